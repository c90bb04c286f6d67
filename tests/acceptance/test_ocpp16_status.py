"""Items 4 and 5 of the checklist of OCPP 1.6 (ocpp16.md section 19): what is told of a connector's status, and when."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from agent.core.availability import NO_BOOKINGS, Bookings, ConnectorStatus, Reservation, StatusReport, station_status
from agent.core.control_pilot import PilotState
from agent.core.facts import StopReason
from agent.core.faults.model import Reaction
from agent.core.identity import IdToken
from agent.core.limits import LimitSource
from agent.core.session.effects import ReportStatus, SessionEffect
from agent.core.session.events import (
    AvailabilityRequested,
    FaultObserved,
    LimitChanged,
    SettingsChanged,
    StopRequested,
    TokenPresented,
)
from agent.core.session.model import SessionSettings
from agent.core.session.status import connector_status
from agent.core.time import Instant
from agent.ocpp_client.station.statuses import Statuses
from agent.ocpp_client.v16.status import status_notification
from tests.acceptance.words import second_of
from tests.core.session.station import CARD, CONNECTOR, RecordingStation
from tests.core.session.test_left_cable import AnySocket
from tests.simulation.stage import Charger, tell

NAMES = (
    *("Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"),
    *("Reserved", "Unavailable", "Faulted"),
)
MATRIX = {
    #                Ava Pre Cha SEV SSE Fin Res Una Fau
    "Available":     ". A2 A3 A4 A5 - A7 A8 A9",
    "Preparing":     "B1 . B3 B4 B5 B6 - - B9",
    "Charging":      "C1 - . C4 C5 C6 - C8 C9",
    "SuspendedEV":   "D1 - D3 . D5 D6 - D8 D9",
    "SuspendedEVSE": "E1 - E3 E4 . E6 - E8 E9",
    "Finishing":     "F1 F2 - - - . - F8 F9",
    "Reserved":      "G1 G2 - - - - . G8 G9",
    "Unavailable":   "H1 H2 H3 H4 H5 - - . H9",
    "Faulted":       "I1 I2 I3 I4 I5 I6 I7 I8 .",
}  # fmt: skip
"""The table of the specification (ocpp16.md section 3): a row is from, a column to; "-" is illegal."""
CELLS = {
    (before, after): cell
    for before, row in MATRIX.items()
    for after, cell in zip(NAMES, row.split(), strict=True)
    if cell not in (".", "-")
}


class Wire:
    """What the central system is told of one connector, through the real projection; the line can be lost."""

    def __init__(self) -> None:
        self.statuses = Statuses()
        self.told: list[str] = []
        self.is_open = True

    def follow(self, report: StatusReport, now: Instant) -> None:
        self.statuses.follow(report, now)

    def flush(self, now: Instant, minimum_s: float = 0.0) -> None:
        while self.is_open and (report := self.statuses.next(minimum_s, now)) is not None:
            payload = status_notification(report, now).payload
            self.told.append(str(payload["status"]))
            self.statuses.delivered(report)

    def cells(self) -> set[str]:
        """Every change that was told, by its name in the table; KeyError is an illegal one."""
        return {CELLS[step] for step in pairwise(self.told) if step[0] != step[1]}


# --- 4 every illegal transition is impossible ------------------------------------------------------------------------


class ToldStatuses(AnySocket):
    """Whatever happens to a connector, and to the line: no change that is told is one the table forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.wire = Wire()
        self.seen: list[StatusReport] = []
        self.count = 0

    @rule(is_open=st.booleans())
    def line_changes(self, is_open: bool) -> None:
        if self.wire.is_open and not is_open:
            self.wire.statuses.line_lost()
        self.wire.is_open = is_open

    @invariant()
    def no_illegal_change_is_told(self) -> None:
        station = self.station
        if station.statuses is not self.seen:
            # The program started anew: after the boot the network is told everything from the beginning (errata 3.22).
            self.seen, self.count, self.wire = station.statuses, 0, Wire()
        for report in station.statuses[self.count :]:
            self.wire.follow(report, station.now)
        self.count = len(station.statuses)
        self.wire.flush(station.now, station.settings.minimum_status_duration_s)
        self.wire.cells()


TestItem04NoIllegalStatusTransition = ToldStatuses.TestCase
TestItem04NoIllegalStatusTransition.settings = settings(max_examples=40, stateful_step_count=30)

NOT_OURS = {
    "I3": "a fault that hides a charge has opened its contactor, and is told to be gone at once: the car was not"
    " offered anything again by then, so SuspendedEVSE or SuspendedEV comes between",
}
"""Legal cells that this charger never tells, each with the reason."""


def _walk(seed: int, minimum_s: float, steps: int) -> Wire:
    """One connector's life, drawn from what people, cars, the network and faults do."""
    draw = random.Random(seed)
    wishes = SessionSettings(minimum_status_duration_s=minimum_s, connection_timeout_s=60.0)
    station, wire, count = RecordingStation(wishes), Wire(), 0
    for number in range(steps):
        own = Reservation(id=number, connector=CONNECTOR, token=CARD, expires_ms=1)
        _happens(draw.randrange(16), station, own)
        station.advance(draw.choice([0.3, 1.0, 6.0, 70.0]), sample_every_s=10.0)
        for report in station.statuses[count:]:
            wire.follow(report, station.now)
        count = len(station.statuses)
        wire.flush(station.now)
    return wire


def _happens(what: int, station: RecordingStation, own: Reservation) -> None:
    is_in = station.pilot is not PilotState.A
    match what:
        case 0 | 1:
            station.unplug() if is_in else station.plug_in(PilotState.C)
        case 2:
            station.pilot_is(PilotState.B if station.pilot is PilotState.C else PilotState.C) if is_in else None
        case 3 | 4:
            station.feed(TokenPresented(CARD))
        case 5:
            station.feed(StopRequested(reason=StopReason.REMOTE))
        case 6 | 7:
            station.feed(AvailabilityRequested(operative=what == 6))
        case 8 | 9:
            station.booked(Bookings(own=own) if what == 8 else NO_BOOKINGS)
        case 10 | 11 | 12:
            station.feed(FaultObserved(id="mains.overvoltage", present=what == 10))
        case 13 | 14:
            station.feed(LimitChanged(source=LimitSource.LOCAL, current_a=0.0 if what == 13 else None, detail=""))
        case _:
            is_free = station.settings.free_vend_token is not None
            station.settings = replace(station.settings, free_vend_token=None if is_free else IdToken("FREE"))
            station.feed(SettingsChanged(station.settings))


def test_item_04_each_legal_change_that_this_charger_knows_is_really_told() -> None:
    # Lives that are rich enough, found among the first ten seeds; should the core change, others may be.
    reached = _walk(6, 0.0, 1500).cells() | _walk(7, 5.0, 1500).cells() | _walk(10, 15.0, 1500).cells()

    assert set(CELLS.values()) - reached == set(NOT_OURS)


def test_item_04_the_station_has_three_statuses_and_they_are_no_sum_of_its_connectors() -> None:
    assert {station_status(operative=one, reaction=other) for one in (True, False) for other in Reaction} == {
        ConnectorStatus.AVAILABLE,
        ConnectorStatus.UNAVAILABLE,
        ConnectorStatus.FAULTED,
    }

    async def story(charger: Charger) -> None:
        await charger.charge()
        for operative in (False, True):
            await charger.network("change_availability", operative=operative, connector=0)
            await charger.passes(10.0)
        assert charger.statuses(0) == ["Available", "Unavailable", "Available"]
        assert charger.statuses(1)[-1] == "Charging"

    tell(story)


# --- 5 MinimumStatusDuration -----------------------------------------------------------------------------------------

bounces = st.lists(
    st.tuples(st.sampled_from([0.0, 10.0, 32.0]), st.booleans(), st.floats(0.05, 30.0)), min_size=1, max_size=25
)


@given(bounces, st.sampled_from([2.0, 5.0, 20.0]))
@settings(max_examples=60)
def test_item_05_what_does_not_last_is_not_told_and_what_is_there_in_the_end_always_is(
    bounces: list[tuple[float, bool, float]], minimum_s: float
) -> None:
    """Limits come and go, a car starts and stops: each status that is told has lasted, and the last is the true one."""
    station, wire = RecordingStation(SessionSettings(minimum_status_duration_s=minimum_s)), Wire()
    told: list[tuple[float, StatusReport]] = []

    def note(effect: SessionEffect) -> bool:
        if isinstance(effect, ReportStatus):
            told.append((station.now.monotonic_s, effect.report))
            wire.follow(effect.report, station.now)
            wire.flush(station.now, minimum_s)
        return False

    station.fails = note
    station.plug_in(PilotState.C)
    station.feed(TokenPresented(CARD))
    station.advance(60.0)
    for current_a, asks, seconds in bounces:
        station.pilot_is(PilotState.C if asks else PilotState.B)
        station.limited(current_a)
        station.advance(seconds, sample_every_s=5.0)
    station.advance(120.0 + 2 * minimum_s, sample_every_s=10.0)

    assert all(told_s - report.at.monotonic_s >= minimum_s - 1e-6 for told_s, report in told)
    assert told[-1][1].status is connector_status(station.session)[0]
    assert wire.told[-1] == told[-1][1].status.value, "held back twice it would not be here yet"
    wire.cells()


def test_item_05_a_bounce_over_the_wire_is_not_told_with_the_key_and_the_end_of_it_is() -> None:
    async def story(charger: Charger) -> None:
        await charger.network("change_configuration", key="MinimumStatusDuration", value="10")
        await charger.charge()
        await charger.passes(15.0)
        before = charger.statuses()
        assert before[-1] == "Charging"
        for _ in range(3):  # a car that makes up its mind
            await charger.world("suspend", connector=1)
            await charger.passes(4.0)
            await charger.world("resume", connector=1)
            await charger.passes(4.0)
        assert charger.statuses() == before

        await charger.world("suspend", connector=1)
        await charger.passes(9.0)
        assert charger.statuses() == before
        await charger.passes(3.0)
        assert charger.statuses() == [*before, "SuspendedEV"]
        changed_s = second_of(charger.told("StatusNotification")[-1]["timestamp"])
        now_s = charger.agent.station.clock.now().monotonic_s
        assert 10 <= now_s - changed_s <= 13, "told with the time of the change, and not with that of the telling"

    tell(story)
