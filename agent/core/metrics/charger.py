"""The figures of one charger. What cannot be known is None with the reason, and never 0.

Definitions: operations reference section 4; in plain words docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum

from agent.core.commissioning.first_time import visits
from agent.core.commissioning.model import JobState
from agent.core.metrics.records import SECONDS_A_DAY, WATCHED_S, ChargerRecords, Gate, JobRecord, Milestone
from agent.core.metrics.timeline import Timeline
from agent.core.time import Instant
from agent.values import frozen

ONBOARDED_WITHIN_S = 14 * SECONDS_A_DAY
ENDED = (JobState.COMPLETE, JobState.INCOMPLETE, JobState.ABANDONED)


@frozen
class Span:
    """Seconds, or None and `why` nobody can know them."""

    seconds: float | None
    why: str = ""


@frozen
class Answer:
    """Yes or no with the reasons that speak against, or None and `why` nobody can say."""

    holds: bool | None
    why: str = ""


class Stage(Enum):
    """The parts of the time to activate."""

    NETWORK = "power_to_network"
    TLS = "network_to_tls"
    ACCEPTED = "tls_to_accepted"
    AVAILABLE = "accepted_to_available"
    PAID = "available_to_first_paid_energy"


@frozen(kw_only=True)
class Run:
    """One commissioning. `month` is the UTC month of its start as 2026-11, "" where nobody knows when it began.

    `visits` None: nobody knows how long work on it rested.
    """

    job_id: str
    month: str
    state: JobState
    duration: Span
    pauses_s: float
    runs: int
    visits: int | None


@frozen(kw_only=True)
class ChargerFigures:
    """`planning_min`, `mounting_min`: as somebody typed them with the first commissioning; None: nobody did."""

    serial: str
    installation: Span
    activation: Span
    split: Mapping[Stage, Span]
    runs: tuple[Run, ...]
    first_time_right: Answer
    onboarding: Answer
    planning_min: float | None = None
    mounting_min: float | None = None


def figures_of(records: ChargerRecords) -> ChargerFigures:
    """Everything that the charger's own records say."""
    return _Charger(records).figures()


class _Charger:
    def __init__(self, records: ChargerRecords) -> None:
        self._records = records
        self._time = Timeline(records.moments())
        self._jobs = sorted(dict.fromkeys(records.jobs), key=lambda job: (job.number, job.job_id))
        complete = [job for job in self._jobs if job.state is JobState.COMPLETE]
        self._done = complete[0] if complete else None

    def figures(self) -> ChargerFigures:
        first = self._jobs[0] if self._jobs else None
        return ChargerFigures(
            serial=self._records.serial,
            installation=self._installation(),
            activation=self._activation(),
            split=self._split(),
            runs=tuple(self._run(job) for job in self._jobs),
            first_time_right=self._first_time_right(),
            onboarding=self._onboarding(),
            planning_min=None if first is None else first.planning_min,
            mounting_min=None if first is None else first.mounting_min,
        )

    # The gates.

    def _all(self, gate: Gate) -> list[Milestone]:
        return [one for one in self._records.milestones if one.gate is gate]

    def _first(self, gate: Gate, connector: int | None = None) -> Instant | None:
        """The earliest; there is one but where records of two storages were laid together."""
        found = [one.at for one in self._all(gate) if connector is None or one.connector == connector]
        return min(found, key=self._time.order, default=None)

    def _powered(self) -> tuple[Instant | None, str]:
        """The first power-on at the site, or why it is not known."""
        began = self._all(Gate.BEGAN)
        if began:
            return None, f"the first power-on is not on record: {began[0].field('why') or 'recording began later'}"
        at = self._first(Gate.POWERED)
        return at, "" if at is not None else "no power-on at a site is on record"

    def _available(self) -> tuple[Instant | None, str]:
        """The moment from which every connector had been available once."""
        found: list[Instant] = []
        for connector in self._records.connectors:
            at = self._first(Gate.AVAILABLE, connector)
            if at is None:
                return None, f"connector {connector} was never available"
            found.append(at)
        return max(found, key=self._time.order, default=None), "" if found else "no connector is on record"

    # Times.

    def _span(self, earlier: Instant | None, later: Instant | None, missing: str, what: str) -> Span:
        if earlier is None or later is None:
            return Span(None, missing)
        seconds = self._time.between(earlier, later)
        if seconds is None:
            return Span(None, f"the clock was unknown {what}")
        if seconds < 0:
            return Span(None, f"the order is another one {what}")
        return Span(seconds)

    def _installation(self) -> Span:
        powered, why = self._powered()
        first = self._jobs[0].started if self._jobs else None
        missing = why or "commissioning was not begun"
        return self._span(powered, first, missing, "between the power-on and the begin of commissioning")

    def _activation(self) -> Span:
        powered, why = self._powered()
        available, unavailable = self._available()
        accepted = self._first(Gate.ACCEPTED)
        done = None if self._done is None else self._done.ended
        missing = why or ("" if done else "commissioning is not complete")
        missing = missing or ("" if accepted else "the central system never accepted the charger") or unavailable
        if missing or done is None or accepted is None or available is None:
            return Span(None, missing)
        ends = (done, accepted, available)
        spans = [self._span(powered, end, "", "between the power-on and the last gate") for end in ends]
        unknown = [span for span in spans if span.seconds is None]
        return unknown[0] if unknown else Span(max(span.seconds or 0.0 for span in spans))

    def _split(self) -> Mapping[Stage, Span]:
        powered, why = self._powered()
        available, unavailable = self._available()
        gates = (
            (powered, why),
            (self._first(Gate.NETWORK), "nobody beyond the charger was reached yet"),
            (self._first(Gate.TLS), "there was no TLS with the central system"),
            (self._first(Gate.ACCEPTED), "the central system never accepted the charger"),
            (available, unavailable),
            (self._first(Gate.PAID), "there was no charge but tests yet"),
        )
        found: dict[Stage, Span] = {}
        for place, stage in enumerate(Stage):
            (before, no_before), (after, no_after) = gates[place], gates[place + 1]
            missing = no_before if before is None else no_after
            found[stage] = self._span(before, after, missing, f"from {stage.value.replace('_', ' ')}")
        return found

    # Commissionings.

    def _run(self, job: JobRecord) -> Run:
        utc_ms = self._time.utc_ms(job.started)
        return Run(
            job_id=job.job_id,
            month="" if utc_ms is None else _month(utc_ms),
            state=job.state,
            duration=self._duration(job),
            pauses_s=job.pauses_s,
            runs=job.runs,
            visits=self._visits(job),
        )

    def _duration(self, job: JobRecord) -> Span:
        if job.state is not JobState.COMPLETE:
            return Span(None, f"it is {job.state.value}")
        span = self._span(job.started, job.ended, "its end is not on record", "between its begin and its end")
        if span.seconds is None:
            return span
        if span.seconds < job.pauses_s:
            return Span(None, "its pauses are longer than the whole")
        return Span(span.seconds - job.pauses_s)

    def _visits(self, job: JobRecord) -> int | None:
        """None where nobody knows how long work rested."""
        return visits((job.started, *job.work), self._time)

    # Verdicts.

    def _first_time_right(self) -> Answer:
        done = self._done
        if done is None or done.ended is None:
            return Answer(None, "commissioning is not complete")
        against = [f"{', '.join(job.failures)} failed" for job in self._until(done) if job.failures]
        against += [f"commissioning {job.number} was {job.state.value}" for job in self._until(done) if job is not done]
        visits = self._visits(done)
        against += [f"{visits} visits"] if visits is not None and visits > 1 else []
        later = self._followed(done)
        if against or later:
            return _no([*against, *(later or ())])
        if visits is None or later is None:
            return Answer(None, f"the clock was unknown {'during it' if visits is None else 'in the 30 days after'}")
        watched = self._time.between(done.ended, self._records.exported)
        if watched is None or watched < WATCHED_S:
            return Answer(None, "the 30 days after commissioning are not over")
        return Answer(True)

    def _until(self, done: JobRecord) -> Iterable[JobRecord]:
        return [job for job in self._jobs if job.number <= done.number]

    def _followed(self, done: JobRecord) -> list[str] | None:
        """What had to be put right in the 30 days after; None where something has no known time."""
        assert done.ended is not None
        events = [
            (job.started, f"commissioned again as {job.number}") for job in self._jobs if job.number > done.number
        ]
        events += [(one.at, f"fault {one.field('id')}") for one in self._all(Gate.FAULT)]
        events += [(one.at, "the configuration was changed") for one in self._all(Gate.CONFIG)]
        found, is_known = [], True
        for at, what in events:
            after_s = self._time.between(done.ended, at)
            if after_s is None:
                is_known = False
            elif 0 < after_s <= WATCHED_S:
                found.append(what)
        return sorted(set(found)) if found or is_known else None

    def _onboarding(self) -> Answer:
        done, handed, paid = self._done, self._first(Gate.HANDED), self._first(Gate.PAID)
        if done is None or done.ended is None:
            return Answer(None, "commissioning is not complete")
        if handed is None:
            return self._still(done.ended, "the hand-over list is not ticked")
        if paid is None:
            return self._still(handed, "no charge but tests since the hand-over")
        after_s = self._time.between(handed, paid)
        if after_s is None:
            return Answer(None, "the clock was unknown between hand-over and first charge")
        if after_s > ONBOARDED_WITHIN_S:
            return Answer(False, f"the first charge came {after_s / SECONDS_A_DAY:.0f} days after the hand-over")
        return Answer(True)

    def _still(self, since: Instant, what: str) -> Answer:
        passed_s = self._time.between(since, self._records.exported)
        if passed_s is None:
            return Answer(None, f"{what}, and nobody knows for how long")
        return Answer(False, what) if passed_s > ONBOARDED_WITHIN_S else Answer(None, f"{what} yet")


def _no(against: list[str]) -> Answer:
    return Answer(False, "; ".join(against))


def _month(utc_ms: int) -> str:
    return datetime.fromtimestamp(utc_ms / 1000, UTC).strftime("%Y-%m")
