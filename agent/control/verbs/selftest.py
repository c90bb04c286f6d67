"""`evsectl selftest …`: single tests of the catalogue: what there is, doing them, and what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import Busy
from agent.loading import loaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.control.commissioning_ports import CommissioningDesk
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.commissioning.catalogue import Row
    from agent.core.commissioning.model import Attempt

SILENCE_TIMEOUT_S = 60.0
"""A sign of life comes each second while a test runs."""
REMOTE_WITHIN_S = 900.0
"""Of the whole answer: all that may be done from afar takes seven minutes by the catalogue, at one connector."""
REMOTE = {
    "R0": "any time",
    "R1": "no car, unattended",
    "R2": "somebody watches",
    "R3": "installer on site",
}


async def listed(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    await loaded("agent.selftest.checks_found", "agent.core.commissioning.sequence")
    from agent.core.commissioning.catalogue import catalogue
    from agent.core.commissioning.sequence import in_order

    attempts, built = await _desk(station).attempts(), _built()
    tests = [_listed_row(row, attempts, is_built=row.test in built) for row in in_order()]
    missing = [test for test in catalogue() if test not in built]
    return Done({"tests": tests, "not_built": missing})


def _listed_row(row: Row, attempts: tuple[Attempt, ...], *, is_built: bool) -> dict[str, Any]:
    latest = {one.connector: one.outcome for one in attempts if one.test == row.test}
    return {
        "test": row.test,
        "name": row.name,
        "purpose": row.purpose,
        "stage": row.stage,
        "scope": row.scope.value,
        "remote": row.remote.value,
        "needs": "".join(sorted(need.value for need in row.needs)),
        "seconds": row.seconds,
        "duty": row.duty.value,
        "power": row.is_energised,
        "built": is_built,
        "last": [
            {"connector": connector, "verdict": one.verdict.value, "not_applicable": one.is_not_applicable}
            for connector, one in latest.items()
        ],
    }


async def run(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.selftesting import anything

    return await _run(station, arguments, conversation, anything)


async def run_from_afar(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """Only tests that need nobody there and whose condition holds now. Raises NotPermitted and Busy."""
    from agent.control.selftesting import is_remote_safe, refuse_unsafe

    arguments = {**arguments, "unattended": True}
    refuse_unsafe(station, arguments)
    return await _run(station, arguments, conversation, is_remote_safe)


async def health(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.selftesting import is_a_look

    return await _run(station, {**arguments, "unattended": True}, conversation, is_a_look)


async def _run(
    station: StationPort, arguments: Arguments, conversation: Conversation, allowed: Callable[[Row], bool]
) -> Done:
    from agent.control.commissioning_told import told
    from agent.control.person import PersonAtTerminal
    from agent.control.selftesting import Session, anything, is_a_look, wanted
    from agent.core.commissioning.diagnosis import diagnosed
    from agent.selftest.bench import TerminalLost
    from agent.selftest.ports import Helper

    desk, person = _desk(station), PersonAtTerminal(conversation)
    places = wanted(station, arguments, allowed)
    is_look = allowed is is_a_look
    by = "operator" if is_look else "installer" if allowed is anything else "support"
    has_hands = not arguments.get("unattended")
    session = Session(station, desk, person, by)
    session.known.extend(await desk.attempts())
    job = await desk.open_job()
    typed = {} if job is None else dict(job.answers)
    helper = Helper(person=person if has_hands else None, by=by, prove=None if is_look else person.prove)
    with desk.tests(helper, lambda: tuple(session.known), typed.get) as tests:
        try:
            await session.run(tests, places)
        except TerminalLost as lost:
            raise ConnectionAbortedError(str(lost)) from lost
    counts: dict[str, int] = {}
    for one in session.made:
        word = "not_applicable" if one.outcome.is_not_applicable else one.outcome.verdict.value
        counts[word] = counts.get(word, 0) + 1
    mend = told(diagnosed(tuple(session.made)))
    await conversation.say({"over": {"counts": counts, "mend": mend}})
    return Done({}, passed=not session.has_failed)


async def shown(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.moments import told as told_moment
    from agent.control.selftesting import row_of

    test = str(arguments.get("test", "")).upper()
    if test:
        row_of(test)
    attempts, now = await _desk(station).attempts(), station.now()
    chosen = [one for one in attempts if not test or one.test == test]
    if not test:
        latest = {(one.test, one.connector): one for one in chosen}
        chosen = list(latest.values())
    return Done(
        {"test": test, "attempts": [_attempt(one) | {"started": told_moment(one.started, now)} for one in chosen]}
    )


def _attempt(one: Attempt) -> dict[str, Any]:
    from agent.control.commissioning_told import outcome_body
    from agent.core.commissioning.catalogue import catalogue

    return {
        "test": one.test,
        "connector": one.connector,
        "purpose": catalogue()[one.test].purpose if one.test in catalogue() else "",
        "attempt": one.attempt,
        "version": one.version,
        "duration_ms": one.duration_ms,
        "by": one.by,
        "remote": one.remote,
        **outcome_body(one.outcome),
        "answers": dict(one.answers),
    }


def _desk(station: StationPort) -> CommissioningDesk:
    desk = station.commissioning
    if desk is None:
        raise Busy("this charger has no store to keep tests in; see its log")
    return desk


def _built() -> frozenset[str]:
    from agent.selftest.checks_found import files

    return frozenset(files())


def look(arguments: Arguments) -> None:
    """Files and names, before anybody is asked. Raises BadRequest."""
    from agent.control.answering import answering

    answering(arguments)


def supplier(arguments: Arguments) -> Callable[[str], str]:
    from agent.control.answering import answering

    return answering(arguments)


# What a person sees.


def show_list(body: Body, page: Page) -> None:
    rows = [
        [one["test"], str(one["stage"]), one["purpose"], REMOTE[one["remote"]], _last(one)] for one in body["tests"]
    ]
    page.table(["test", "stage", "what", "who", "last"], rows)
    page.line()
    if body["not_built"]:
        page.line(f"Not built: {', '.join(body['not_built'])}")
    page.line("Do one: evsectl selftest run ST203; all that need nobody: evsectl selftest run --unattended")


def _last(one: dict[str, Any]) -> str:
    def word(found: dict[str, Any]) -> str:
        said = "none fitted" if found["not_applicable"] else found["verdict"]
        return said if found["connector"] is None else f"{found['connector']}: {said}"

    return ", ".join(word(found) for found in one["last"]) or "–"


def show_run(body: Body, page: Page) -> None:
    from agent.control.verbs import commission

    for part, draw in commission.DRAWN.items():
        if part in body and part != "summary":
            draw(body[part], page)
    if "over" in body:
        _over(body["over"], page)


def _over(over: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone

    counts = over["counts"]
    failed, done = counts.get("fail", 0), sum(counts.values()) - counts.get("not_applicable", 0)
    words = {"error": "could not be judged", "warn": "with a warning", "skip": "not done"}
    rest = "".join(f", {counts[key]} {word}" for key, word in words.items() if key in counts)
    page.line()
    head = f"{failed} of {done} failed" if failed else f"none of {done} failed"
    page.line(f"{head}{rest}.", Tone.BAD if failed else Tone.GOOD)
    if over["mend"]:
        first = over["mend"][0]
        page.line(f"First to mend: {first['purpose']}: {first['says']}")
        if first["next"]:
            page.line(f"Next: {first['next']}")


def show_attempts(body: Body, page: Page) -> None:
    from agent.control.render import Tone
    from agent.control.verbs import commission

    if not body["attempts"]:
        page.line("Nothing is on record. Begin with: evsectl selftest run --unattended")
        return
    for one in body["attempts"]:
        commission.DRAWN["test"](one, page)
        if body["test"]:
            when = (one["started"] or {}).get("utc") or "before the clock was set"
            page.line(f"        attempt {one['attempt']}, {when}, by {one['by'] or 'nobody named'}", Tone.DIM)
            for measured in one["measured"]:
                page.line(f"        {commission.measured_words([measured])}  {measured['source']}", Tone.DIM)


TESTS = Parameter(name="tests", positional=True, default="", purpose="numbers parted by commas: ST203,ST301")
CONNECTOR = Parameter(name="connector", kind=Kind.CONNECTOR, purpose="at this one alone")
VERB = Verb(
    purpose="the self-tests of the charger, one by one: what there is, doing them, what they found",
    actions=(
        Action(
            name="list",
            purpose="every test with its stage, who may have it done, and what it came to last",
            answer=listed,
            remote=Effect.READ,
            show=show_list,
        ),
        Action(
            name="health",
            purpose="the tests that nobody notices, at any time",
            role=Role.OPERATOR,
            parameters=(TESTS, CONNECTOR),
            answer=health,
            remote=Effect.READ,
            remote_within_s=REMOTE_WITHIN_S,
            show=show_run,
            changes=True,
            follows=True,
            timeout_s=SILENCE_TIMEOUT_S,
        ),
        Action(
            name="run",
            purpose="tests by their number, of a stage, or all; the connector is out of service meanwhile",
            role=Role.INSTALLER,
            parameters=(
                TESTS,
                CONNECTOR,
                Parameter(name="stage", kind=Kind.WHOLE, low=0, high=8, purpose="those of one stage"),
                Parameter(name="unattended", kind=Kind.FLAG, default=False, purpose="only those that need nobody"),
                Parameter(name="answers", kind=Kind.FILE, purpose='answers by key, TOML; "-": a program answers'),
                Parameter(name="key", kind=Kind.FILE, purpose="the local key of this unit, as on its key card"),
            ),
            answer=run,
            answer_remote=run_from_afar,
            remote=Effect.OPENS,
            remote_within_s=REMOTE_WITHIN_S,
            look=look,
            supplier=supplier,
            show=show_run,
            changes=True,
            follows=True,
            timeout_s=SILENCE_TIMEOUT_S,
        ),
        Action(
            name="show",
            purpose="what the tests found last; of one test every attempt with its values",
            parameters=(Parameter(name="test", positional=True, default="", purpose='its number, as "ST203"'),),
            answer=shown,
            remote=Effect.READ,
            masked=(Masked.WORDS,),
            show=show_attempts,
        ),
    ),
)
