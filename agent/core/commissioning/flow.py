"""Which step, which question or which test of a commissioning is next, by what is on record. Pure.

Nothing is kept but the job itself: after a power cut or on another day the same question follows from the same record.
What one visit has tried already is the caller's to remember; a step that failed is offered once a visit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from agent.core.commissioning.catalogue import Need, Row, catalogue
from agent.core.commissioning.model import Job, Verdict
from agent.core.commissioning.record import (
    NOT_APPLICABLE,
    is_accepted,
    is_done,
    is_not_applicable,
    is_settled,
    latest_at,
    missing,
    record_of,
    repeats_left,
)
from agent.core.commissioning.steps import LEFT_BLANK, RESTS_ON, Place, Site, Step, rows_of, step_of
from agent.core.identity import ConnectorId
from agent.values import frozen

LONGEST_OPTIONAL_S = 300.0
Gate = Callable[[Row, ConnectorId | None, Job], str]
"""Why a test may not be done now, "" where it may."""


@frozen(kw_only=True)
class Wish:
    """What the caller named. `only`: steps and tests, done anew. `since`: that step and all behind it, done anew."""

    only: frozenset[str] = frozenset()
    since: Step | None = None

    def names(self, step: Step, test: str = "") -> bool:
        """Whether it is to be done although it is on record."""
        if self.only:
            return step.value in self.only or test in self.only
        return self.since is not None and _index(step) >= _index(self.since)

    def leaves_out(self, step: Step) -> bool:
        if self.only:
            return not any(one == step.value or _is_test_of(one, step) for one in self.only)
        return self.since is not None and _index(step) < _index(self.since)


@frozen(kw_only=True)
class Visit:
    """What was done since somebody sat down: steps ended, tests tried, questions asked."""

    wish: Wish = Wish()
    ended: frozenset[Step] = frozenset()
    tried: frozenset[Place] = frozenset()
    asked: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Begin:
    step: Step


@frozen(kw_only=True)
class Ask:
    step: Step
    key: str


@frozen(kw_only=True)
class Run:
    """Tests in the order of the catalogue. What `beside` holds disturbs none of them and may run at the same time."""

    step: Step
    places: tuple[Place, ...]
    beside: tuple[Place, ...] = ()


@frozen(kw_only=True)
class Do:
    """The step's own work, which is no test: the plan, load management, the report, the hand-over."""

    step: Step


@frozen(kw_only=True)
class End:
    """`left`: what was not done, each time with why; a test that comes first, or what else is to be done."""

    step: Step
    verdict: Verdict
    says: str
    left: tuple[tuple[str, tuple[Place, ...]], ...] = ()


@frozen(kw_only=True)
class Over:
    """Nothing is left to do in this visit. `missing`: what stands between here and a complete commissioning."""

    missing: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing


Next = Begin | Ask | Run | Do | End | Over


def next_of(job: Job, site: Site, visit: Visit, gate: Gate) -> Next:
    """What follows from the record; never anything that was settled, unless the wish names it."""
    for step in Step:
        if step in visit.ended or visit.wish.leaves_out(step) or _rests(job, site, visit, step):
            continue
        record = record_of(job, step)
        if record is None or record.verdict is not None:
            return Begin(step=step)
        return _within(step, job, site, visit, gate)
    return Over(missing=missing(job, site))


def _rests(job: Job, site: Site, visit: Visit, step: Step) -> bool:
    """It is done, and nobody asked for it again."""
    if any(visit.wish.names(step, row.test) for row in rows_of(step)) or visit.wish.names(step):
        return False
    record = record_of(job, step)
    if record is None or not is_settled(record):
        return False
    if record.accepted_by or record.verdict is Verdict.SKIP:
        return True
    return all(is_done(job, place) for row in rows_of(step) if row.is_must for place in site.places(row))


def _within(step: Step, job: Job, site: Site, visit: Visit, gate: Gate) -> Next:
    if why := site.why_not(step):
        return End(step=step, verdict=Verdict.SKIP, says=f"{NOT_APPLICABLE}: {why}")
    for key in site.asks(step):
        is_due = not job.answers.get(key) or visit.wish.names(step)
        if is_due and key not in visit.asked and not _is_pointless(key, job):
            return Ask(step=step, key=key)
    due = tuple(place for place in _due(step, job, site, visit) if not _shut(place, job, gate))
    if due:
        return Run(step=step, places=due, beside=_beside(step, job, site, visit, gate))
    if not rows_of(step) or step is Step.REPORT:
        return Do(step=step)
    return _ended(step, job, site, gate)


def _is_pointless(key: str, job: Job) -> bool:
    """What it would add to is left blank, or the plan has it."""
    return key in RESTS_ON and job.answers.get(RESTS_ON[key], LEFT_BLANK) == LEFT_BLANK


def _due(step: Step, job: Job, site: Site, visit: Visit) -> Iterator[Place]:
    for row in rows_of(step):
        wished = visit.wish.names(step, row.test)
        if visit.wish.only and not wished:
            continue
        for place in site.places(row):
            if place in visit.tried or not repeats_left(job.attempts, place):
                continue
            if wished or not (is_done(job, place) or _takes_too_long(row)):
                yield place


def _takes_too_long(row: Row) -> bool:
    """Nobody stands and waits for it; it is done by its name, or later from afar."""
    return not row.is_must and row.seconds > LONGEST_OPTIONAL_S


def _beside(step: Step, job: Job, site: Site, visit: Visit, gate: Gate) -> tuple[Place, ...]:
    """The network's unattended tests beside the self-test (self-test catalogue, section 2)."""
    if step is not Step.SELF_TEST or visit.wish.only or site.why_not(Step.NETWORK):
        return ()
    return tuple(
        place
        for place in _due(Step.NETWORK, job, site, visit)
        if not catalogue()[place[0]].needs & {Need.NO_CAR, Need.PERSON} and not _shut(place, job, gate)
    )


def _shut(place: Place, job: Job, gate: Gate) -> str:
    return gate(catalogue()[place[0]], place[1], job)


def _ended(step: Step, job: Job, site: Site, gate: Gate) -> End:
    """What the latest attempts of its tests come to."""
    verdicts = {Verdict.PASS: 0, Verdict.WARN: 0, Verdict.FAIL: 0, Verdict.ERROR: 0, Verdict.SKIP: 0}
    left: dict[str, list[Place]] = {}
    for row in rows_of(step):
        for place in site.places(row):
            latest = latest_at(job, place)
            if latest is None and (why := _shut(place, job, gate)):
                left.setdefault(why, []).append(place)
            if latest is not None and is_not_applicable(latest.outcome):
                continue
            verdict = Verdict.SKIP if latest is None else latest.outcome.verdict
            if verdict is Verdict.SKIP and (not row.is_must or (latest is not None and is_accepted(latest))):
                continue
            verdicts[verdict] += 1
    return End(
        step=step,
        verdict=_worst(verdicts),
        says="; ".join([_counted(verdicts), *_first(left)]),
        left=tuple((why, tuple(places)) for why, places in left.items()),
    )


def _first(reasons: Iterable[str]) -> Iterator[str]:
    """What comes before the tests that were left out: tests by their numbers, all else in its own words."""
    tests = dict.fromkeys(word for why in reasons if (word := why.partition(" ")[0]) in catalogue())
    if tests:
        yield f"first: {', '.join(tests)}"
    yield from dict.fromkeys(why for why in reasons if why.partition(" ")[0] not in catalogue())


def _worst(verdicts: Mapping[Verdict, int]) -> Verdict:
    order = (Verdict.FAIL, Verdict.ERROR, Verdict.SKIP, Verdict.WARN)
    return next((verdict for verdict in order if verdicts[verdict]), Verdict.PASS)


def _counted(verdicts: Mapping[Verdict, int]) -> str:
    words = {
        Verdict.PASS: "passed",
        Verdict.WARN: "passed with a warning",
        Verdict.FAIL: "failed",
        Verdict.ERROR: "could not be judged",
        Verdict.SKIP: "not done",
    }
    return ", ".join(f"{count} {words[verdict]}" for verdict, count in verdicts.items() if count) or "nothing to do"


def _index(step: Step) -> int:
    return list(Step).index(step)


def _is_test_of(name: str, step: Step) -> bool:
    row = catalogue().get(name)
    return row is not None and step_of(row) is step


def wish_of(only: str, since: str) -> Wish:
    """`only`: steps and tests, parted by commas. Raises ValueError with a sentence."""
    names = frozenset(name.strip() for name in only.split(",") if name.strip())
    steps = [step.value for step in Step]
    for name in sorted(names):
        if name not in steps and name not in catalogue():
            raise ValueError(f'there is no step or test "{name[:40]}"; steps are {", ".join(steps)}')
    if since and since not in steps:
        raise ValueError(f'there is no step "{since[:40]}"; steps are {", ".join(steps)}')
    return Wish(only=names, since=Step(since) if since else None)
