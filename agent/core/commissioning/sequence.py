"""Which test is next, which may run beside it, and why one may not run at all. Pure.

Sources: self-test catalogue sections 1 and 2; which tests wait for which follows from the table there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from agent.core.commissioning.catalogue import Need, Remote, Row, Scope, catalogue
from agent.core.commissioning.model import Attempt, Outcome, Verdict
from agent.core.commissioning.record import MOST_FAILURES, has_passed, latest, repeats_left
from agent.core.commissioning.steps import Place as Place  # noqa: PLC0414 - the word in which it is asked
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.identity import ConnectorId
from agent.core.session.model import Session
from agent.values import frozen

PLATFORM, CHARGE = 7, 8
"""Stages: the controller and its network, which nothing of the power path waits for; and the whole chain."""
LIVE = (5, 6)
LAST_OF_STAGE_5 = ("ST302", "ST303", "ST305", "ST903")
"""They trip what protects the outlet, and somebody has to set it back: so they come last (section 2)."""
BEFORE_POWER = (0, 3)
"""What an installer measured of the circuit stands before anything is switched on to it."""
REGISTERED = "ST808"
OF_METER = ("ST505", "ST506", "ST507")
"""Pilot, mains and adapter without power rest on no meter; whatever lets energy flow does (section 2, stage 6)."""


@cache
def in_order() -> tuple[Row, ...]:
    """Every test, in the order in which they are done."""
    return tuple(sorted(catalogue().values(), key=lambda row: (row.stage, row.test in LAST_OF_STAGE_5)))


def places(connectors: Iterable[ConnectorId], wanted: Callable[[Row], bool] = lambda _row: True) -> tuple[Place, ...]:
    """Where the wanted tests are to be done, in order; at all connectors in turn within each stage."""
    known = tuple(connectors)
    found: list[tuple[int, int, int, Place]] = []
    for number, row in enumerate(row for row in in_order() if wanted(row)):
        if row.scope is Scope.STATION:
            found.append((row.stage, 0, number, (row.test, None)))
        else:
            found += [(row.stage, connector, number, (row.test, connector)) for connector in known]
    return tuple(place for *_, place in sorted(found))


def is_lent_for(row: Row) -> bool:
    """The test moves the outlet or keeps cars away from it, so the session has to let go of its devices."""
    return row.remote is not Remote.ANY_TIME and row.stage in (2, 3, 4, 5, 6)


# Gates.


def gate(row: Row, connector: ConnectorId | None, attempts: Sequence[Attempt], *, is_in_service: bool = False) -> str:
    """Why this test may not be done now, with what to do first; "" where it may.

    `is_in_service`: the charger was commissioned before, so what was measured then need not be measured again first.
    """
    place = (row.test, connector)
    if not repeats_left(attempts, place):
        return f"it has failed {MOST_FAILURES} times in this job: repair what it found, then begin a new job"
    return (
        _shut_by_failure(row, connector, attempts)
        or _shut_by_gap(row, connector, attempts, is_in_service)
        or _shut_by_network(row, attempts)
    )


def _shut_by_failure(row: Row, connector: ConnectorId | None, attempts: Sequence[Attempt]) -> str:
    for other in in_order():
        if other.test == row.test or not other.is_must or not _gates(other, row):
            continue
        for found in _records(other, connector, attempts):
            if _bars(found.outcome, row):
                return f"{other.test} {other.purpose} comes first: {found.outcome.says}{_then(other, connector)}"
    return ""


def _gates(first: Row, row: Row) -> bool:
    """Whether a failure of one test keeps the other from being done."""
    if PLATFORM in (first.stage, row.stage):
        return False  # beside the others; what of it the whole chain needs is `_shut_by_network`
    if row.stage == CHARGE:
        # Whoever signs does so also for a charger that failed.
        return row.is_first_charge and first.stage < CHARGE
    if first.test in OF_METER and row.stage < LIVE[0]:
        return False
    return first.stage < row.stage or first.stage == row.stage == LIVE[0]


def _bars(outcome: Outcome, row: Row) -> bool:
    if outcome.verdict is Verdict.ERROR:
        # It says nothing about the charger; nobody lets power flow on that.
        return row.is_energised or row.stage == CHARGE
    return outcome.verdict is Verdict.FAIL


def _shut_by_gap(row: Row, connector: ConnectorId | None, attempts: Sequence[Attempt], is_in_service: bool) -> str:
    if is_in_service or not (row.is_energised or row.is_first_charge):
        return ""
    for other in in_order():
        if other.stage in BEFORE_POWER and other.is_must and not _records(other, connector, attempts):
            return f"{other.test} {other.purpose} comes before any power, and was not done{_then(other, connector)}"
    return ""


def _shut_by_network(row: Row, attempts: Sequence[Attempt]) -> str:
    if row.stage != CHARGE or Need.NETWORK not in row.needs or has_passed(latest(attempts, (REGISTERED, None))):
        return ""
    other = catalogue()[REGISTERED]
    return f"{other.test} {other.purpose} has to pass before a charge is told to anybody{_then(other, None)}"


def _place_of(row: Row, connector: ConnectorId | None) -> Place:
    return row.test, None if row.scope is Scope.STATION else connector


def _records(row: Row, connector: ConnectorId | None, attempts: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """What a test found last, there; for a test of the whole charger, wherever it was done."""
    if connector is None and row.scope is Scope.CONNECTOR:
        return tuple({one.connector: one for one in attempts if one.test == row.test}.values())
    found = latest(attempts, _place_of(row, connector))
    return () if found is None else (found,)


def known(test: str, connector: ConnectorId | None, attempts: Sequence[Attempt]) -> Outcome | None:
    """What a test came to last, there or for the whole charger; None where it was not done, or is none."""
    row = catalogue().get(test)
    found = None if row is None else latest(attempts, _place_of(row, connector))
    return None if found is None else found.outcome


def _then(row: Row, connector: ConnectorId | None) -> str:
    where = f" --connector {connector}" if row.scope is Scope.CONNECTOR and connector is not None else ""
    return f"; first: evsectl selftest run {row.test}{where}"


# Preconditions.


@frozen(kw_only=True)
class Circumstances:
    """What holds at the place of a test now. None: nobody can tell.

    `is_open`: the contactor. `is_empty`: nothing is plugged in.
    """

    is_open: bool | None
    is_empty: bool | None
    has_person: bool


def unmet(row: Row, now: Circumstances) -> str:
    """Which precondition does not hold, with what to do; "" where all do that can be looked at.

    A silent board is for the test to find: what cannot be looked at stands in nobody's way. An adapter is recognised,
    and a dead supply confirmed, by the person, in the test.
    """
    if row.needs & {Need.PERSON, Need.ADAPTER, Need.LOAD, Need.SWITCHED_OFF} and not now.has_person:
        return "it needs somebody at the charger, an installer: evsectl selftest run"
    if Need.DEAD_OUTPUT in row.needs and now.is_open is False:
        return "the output is live; end the charge first, or wait until the contactor has opened"
    if Need.NO_CAR in row.needs and now.is_empty is False:
        return "something is plugged in; unplug it, then run the test again"
    return ""


def circumstances(sessions: Sequence[Session], *, has_person: bool) -> Circumstances:
    """Of the connectors that a test is about."""
    contactors = [one.contactor for one in sessions if one.contactor is not ContactorState.UNKNOWN]
    pilots = [one.pilot for one in sessions if one.pilot is not PilotState.UNKNOWN]
    return Circumstances(
        is_open=ContactorState.CLOSED not in contactors if contactors else None,
        is_empty=not any(one.plugged for one in pilots) if pilots else None,
        has_person=has_person,
    )


# Who runs beside whom.


def uses(place: Place, connectors: Iterable[ConnectorId]) -> frozenset[str]:
    """What a test has for itself while it runs: outlets, the person, the controller, the network."""
    row, connector = catalogue()[place[0]], place[1]
    found: set[str] = set()
    if connector is not None:
        found.add(f"connector {connector}")
    elif is_lent_for(row):
        found |= {f"connector {one}" for one in connectors}
    if row.needs & {Need.PERSON, Need.ADAPTER, Need.LOAD, Need.SWITCHED_OFF}:
        found.add("person")
    if row.test.startswith("ST8") or Need.NETWORK in row.needs:
        found.add("network")
    return frozenset(found or {"controller"})


def _waits_for(place: Place, other: Place) -> bool:
    """Whether `place` begins only after `other`, which is not over yet: its outcome may be a gate."""
    row, earlier = catalogue()[place[0]], catalogue()[other[0]]
    if row.stage == CHARGE:
        return earlier.stage < CHARGE
    if PLATFORM in (row.stage, earlier.stage):
        return False
    is_near = place[1] is None or other[1] in (None, place[1])
    return earlier.stage < row.stage and is_near


@frozen(kw_only=True)
class Next:
    """`ready`: to be begun now, all at once. `shut`: not to be done in this run, and why."""

    ready: tuple[Place, ...] = ()
    shut: tuple[tuple[Place, str], ...] = ()


def next_of(
    waiting: Sequence[Place],
    running: Sequence[Place],
    connectors: Sequence[ConnectorId],
    why_shut: Callable[[Place], str],
) -> Next:
    """What of `waiting`, in its order, is begun beside what runs. Nothing in both: what waits is waiting for a test.

    `why_shut` is the gate by what is on record now; it is asked only of a place that waits for nobody any more.
    """
    ready: list[Place] = []
    shut: list[tuple[Place, str]] = []
    ahead: list[Place] = list(running)
    taken = frozenset[str]().union(*(uses(place, connectors) for place in running))
    for place in waiting:
        needs = uses(place, connectors)
        if any(_waits_for(place, other) for other in ahead) or needs & taken:
            ahead.append(place)
            taken |= needs  # an earlier one of the same lane comes first
        elif why := why_shut(place):
            shut.append((place, why))
        else:
            ready.append(place)
            ahead.append(place)
            taken |= needs
    return Next(ready=tuple(ready), shut=tuple(shut))
