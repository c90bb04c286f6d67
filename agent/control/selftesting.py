"""The agent's half of `evsectl selftest run`: the wanted tests, as many at once as disturb one another in nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from agent.control.attempting import do_all, ticking
from agent.control.commissioning_told import Telling
from agent.core.commissioning import sequence
from agent.core.commissioning.catalogue import Need, Remote, Row, catalogue
from agent.core.commissioning.model import Attempt, Outcome, Verdict, skipped
from agent.core.commissioning.steps import Place
from agent.core.session.model import BUSY, SessionPhase
from agent.errors import BadRequest, Busy, NotPermitted
from agent.tables import close_to

if TYPE_CHECKING:
    from agent.control.commissioning_ports import CommissioningDesk, Tests
    from agent.control.person import PersonAtTerminal
    from agent.control.ports import StationPort
    from agent.control.verb import Arguments
    from agent.core.time import Instant

HANDS = frozenset({Need.PERSON, Need.ADAPTER, Need.LOAD, Need.SWITCHED_OFF})


def is_unattended(row: Row) -> bool:
    """Nobody has to do anything for it, and nothing is plugged in for it."""
    return not row.needs & HANDS


def wanted(station: StationPort, arguments: Arguments, allowed: Callable[[Row], bool]) -> tuple[Place, ...]:
    """The tests that were named, at the connectors that were named. Raises BadRequest."""
    from agent.control.arguments import chosen_connectors

    names = frozenset(name.strip().upper() for name in str(arguments.get("tests", "")).split(",") if name.strip())
    for name in sorted(names):
        if not allowed(row_of(name)):
            raise BadRequest(f"{name} is more than a look: evsectl selftest run {name}, by an installer")
    stage = arguments.get("stage")

    def is_wanted(row: Row) -> bool:
        if names:
            return row.test in names
        if stage is not None:
            return row.stage == stage and allowed(row)
        # The report's signature and whole charges belong to a commissioning, unless somebody names them.
        return allowed(row) and row.stage < sequence.CHARGE and (not arguments.get("unattended") or is_unattended(row))

    found = sequence.places(chosen_connectors(station.connectors(), arguments), is_wanted)
    if not found:
        raise BadRequest("no test fits; see: evsectl selftest list")
    return found


def row_of(name: str) -> Row:
    """Raises BadRequest with the nearest name that there is."""
    if name not in catalogue():
        raise BadRequest(
            f'there is no test "{name[:40]}"{close_to(name[:40], catalogue())}; see: evsectl selftest list'
        )
    return catalogue()[name]


class Session:
    """One call: what it has found so far counts for the gates of what comes."""

    def __init__(self, station: StationPort, desk: CommissioningDesk, person: PersonAtTerminal, by: str) -> None:
        self._station = station
        self._desk = desk
        self._person = person
        self._telling = Telling(person)
        self._by = by
        self._tests: Tests
        self.known: list[Attempt] = []
        self.made: list[Attempt] = []

    async def run(self, tests: Tests, places: Iterable[Place]) -> None:
        """Raises TerminalLost, and StoreError, once everything has come to a safe end."""
        self._tests = tests
        await do_all(self, places, self._station.connectors())

    def why_shut(self, place: Place) -> str:
        row, is_in_service = catalogue()[place[0]], self._desk.is_in_service
        return sequence.gate(row, place[1], self.known, is_in_service=is_in_service)

    async def leave(self, place: Place, why: str) -> None:
        await self._put(self._not_done(place, skipped(why), self._station.now()))

    async def do(self, place: Place) -> None:
        await self._telling.begun(place)
        started = self._station.now()

        def not_judged(outcome: Outcome) -> Attempt:
            return self._not_done(place, outcome, started)

        await self._put(await ticking(self._tests, self._person, place, not_judged))

    def _not_done(self, place: Place, outcome: Outcome, started: Instant) -> Attempt:
        return Attempt(
            test=place[0],
            connector=place[1],
            version=0,
            attempt=1 + sum((one.test, one.connector) == place for one in self.known),
            started=started,
            duration_ms=0,
            outcome=outcome,
            by=self._by,
        )

    async def _put(self, attempt: Attempt) -> None:
        await self.keep(attempt)
        await self._telling.attempt(attempt)

    async def keep(self, attempt: Attempt) -> None:
        """On disk before anything rests on it."""
        job = await self._desk.open_job()
        await self._desk.keep_attempt(job, attempt)
        self.known.append(attempt)
        self.made.append(attempt)

    @property
    def has_failed(self) -> bool:
        return any(one.outcome.verdict in (Verdict.FAIL, Verdict.ERROR) for one in self.made)


def is_a_look(row: Row) -> bool:
    """An operator may have it done at any time."""
    return row.remote is Remote.ANY_TIME and is_unattended(row)


def is_remote_safe(row: Row) -> bool:
    """Somebody who is not there may have it done, where its condition holds; never one that lets power flow."""
    may = row.remote in (Remote.ANY_TIME, Remote.IDLE) and not (row.is_energised or row.is_first_charge)
    return may and is_unattended(row)


def refuse_unsafe(station: StationPort, arguments: Arguments) -> None:
    """Raises NotPermitted for a named test that is never done from afar, Busy for one whose condition does not hold."""
    names = [name.strip().upper() for name in str(arguments.get("tests", "")).split(",") if name.strip()]
    for name in names:
        row = row_of(name)
        if not is_remote_safe(row):
            why = "it needs somebody at the charger" if not is_unattended(row) else "it is no test to be done from afar"
            raise NotPermitted(f"{name}: {why}; at the charger, by an installer: evsectl selftest run {name}")
    for test, connector in wanted(station, arguments, is_remote_safe):
        concerned = station.connectors() if connector is None else (connector,)
        sessions = [station.session(one) for one in concerned]
        why = sequence.unmet(catalogue()[test], sequence.circumstances(sessions, has_person=False))
        in_use = [one for one in sessions if one.phase in BUSY or one.phase is SessionPhase.AUTHORIZED]
        if not why and catalogue()[test].remote is Remote.IDLE and in_use:
            why = f"connector {in_use[0].connector} is in use; wait until nobody is there"
        if why:
            raise Busy(f"{test} is not done now: {why}")


def anything(_row: Row) -> bool:
    return True
