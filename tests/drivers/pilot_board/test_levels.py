"""From a status to what drivers tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.faults.catalogue import CATALOGUE
from agent.core.identity import PlugIdentity
from agent.drivers.interfaces import DeviceFault
from agent.drivers.pilot_board.conversation import Mismatch, Report
from agent.drivers.pilot_board.levels import (
    FIRMWARE_MISMATCH,
    VOLTS_STEP,
    Absence,
    BoardState,
    faults_of,
    refusal,
    report_of,
    state_of,
)
from agent.drivers.pilot_board.messages import CONTACTOR_STATES, EVIDENCE, PILOT_STATES, TABLE_HASH, Identity, Status
from agent.errors import DriverRejected, DriverUnavailable

RESTING = Status(
    sequence=1,
    boot_number=0x0BADCAFE,
    wish_sequence=1,
    pilot_state=1,
    high_mv=11_952,
    low_mv=None,
    offered_da=0,
    duty=10_000,
    contactor=1,
    waits_for=2,
    permit_seen=False,
    plugged=False,
    insertions=3,
    chain_ok=True,
    faults={},
    uptime_ms=1_000,
    closings=0,
    load_openings=0,
    frame_errors=0,
    live=0,
    lock=0,
    cable_da=None,
    limit_da=800,
    testing=False,
)


def told(status: Status, before: BoardState | None = None) -> BoardState:
    return state_of(Report("0badcafe", status), before)


def test_a_resting_board_tells_state_a_without_a_plug() -> None:
    state = told(RESTING)

    assert state.pilot.state is PilotState.A
    assert state.pilot.plug is None
    assert (state.pilot.high_v, state.pilot.low_v, state.pilot.offered_a) == (11.952, None, 0.0)
    assert state.pilot.board_boot_id == "0badcafe"
    assert state.contactor is ContactorState.OPEN


def test_a_plug_is_named_by_boot_and_insertion() -> None:
    state = told(replace(RESTING, pilot_state=3, plugged=True, offered_da=161, high_mv=5_994, low_mv=-11_975))

    assert state.pilot.plug == PlugIdentity("0badcafe", 3)
    assert (state.pilot.offered_a, state.pilot.low_v) == (16.1, -11.975)


@pytest.mark.parametrize(("lock", "cable_da", "cable_in"), [(0, None, None), (1, None, False), (1, 320, True)])
def test_only_a_board_of_a_socket_tells_whether_a_cable_is_in(
    lock: int, cable_da: int | None, cable_in: bool | None
) -> None:
    assert told(replace(RESTING, lock=lock, cable_da=cable_da)).pilot.cable_in is cable_in


def test_every_state_has_its_name_on_both_sides() -> None:
    assert {told(replace(RESTING, pilot_state=n)).pilot.state for n in range(len(PILOT_STATES))} == set(PilotState)
    told_states = {told(replace(RESTING, contactor=n)).contactor for n in range(len(CONTACTOR_STATES))}
    assert told_states == set(ContactorState)


@given(st.lists(st.integers(-int(VOLTS_STEP * 400), int(VOLTS_STEP * 400)), max_size=10))
def test_noise_of_the_volts_is_no_news(noise_mv: list[int]) -> None:
    state = told(RESTING)

    for noise in noise_mv:
        assert told(replace(RESTING, high_mv=RESTING.high_mv + noise), state) == state


def test_volts_that_moved_are_news() -> None:
    state = told(RESTING)

    assert told(replace(RESTING, high_mv=9_000), state).pilot.high_v == 9.0


def test_faults_are_named_by_the_catalogue_with_their_evidence() -> None:
    faults = faults_of(replace(RESTING, faults={0x0802: {}, 0x0101: {0: 210, 1: -198, 2: 18}}))

    assert faults == (
        DeviceFault(id="cp.short", evidence=(("high_v", 0.21), ("low_v", -0.198), ("shunt_ohm", 18))),
        DeviceFault(id="host.lease_expired"),
    )


@pytest.mark.parametrize(
    ("name", "number", "told_as"),
    [
        ("high_mv", 8_980, ("high_v", 8.98)),
        ("current_ma", 16_400, ("current_a", 16.4)),
        ("limit_ma", 6, ("limit_a", 0.006)),
        ("frequency_mhz", 50_020, ("frequency_hz", 50.02)),
        ("duty", 2_667, ("duty_percent", 26.67)),
        ("temperature_dc", 853, ("temperature_celsius", 85.3)),
        ("rail_mv", -11_000, ("rail_v", -11.0)),
        ("phase", 2, ("phase", "L2")),
        ("phase", 0, ("phase", 0)),
        ("phase", 4, ("phase", 4)),
        ("sensor", 0, ("sensor", "board")),
        ("sensor", 3, ("sensor", "connector")),
        ("sensor", 9, ("sensor", 9)),
        ("live", 0b101, ("live", "L1 L3")),
        ("live", 0, ("live", "none")),
        ("shunt_ohm", 18, ("shunt_ohm", 18)),
        ("after_ms", 42, ("after_ms", 42)),
    ],
)
def test_evidence_is_told_in_people_s_units_and_names(name: str, number: int, told_as: tuple[str, object]) -> None:
    (fault,) = faults_of(replace(RESTING, faults={0x0101: {EVIDENCE.index(name): number}}))

    assert fault.evidence == (told_as,)


def test_the_board_s_report_is_in_people_s_units() -> None:
    status = replace(RESTING, live=0b011, lock=2, cable_da=200, limit_da=163, testing=True, waits_for=14)
    identity = Identity(1, TABLE_HASH, "pilot-board", "b", "0.2.0", "0badcafe", 0b1000_0000_0010 | 1 << 31)

    report = report_of(status, identity)

    assert (report.live_phases, report.lock, report.cable_a, report.limit_a) == (("L1", "L2"), "locked", 20.0, 16.3)
    assert (report.testing, report.waits_for, report.firmware_version) == (True, "lock", "0.2.0")
    assert report.capabilities == ("socket", "update"), "a bit without a word is left out"


def test_a_lock_that_moved_is_news() -> None:
    assert told(RESTING).lock == "none"
    assert told(replace(RESTING, lock=3)) != told(RESTING)


def test_a_fault_this_agent_does_not_know_is_never_left_out() -> None:
    faults = faults_of(replace(RESTING, faults={0x0FFF: {}, 0x0101: {}}))

    assert [fault.id for fault in faults] == ["cp.short", FIRMWARE_MISMATCH]
    assert dict(faults[1].evidence) == {"unknown_faults": "0x0FFF"}
    assert CATALOGUE[FIRMWARE_MISMATCH].reaction.value == "block"


def test_a_mismatch_is_a_refusal_with_the_way_out() -> None:
    absence = refusal(Mismatch(board_speaks="3f2a1b00", firmware_version="9.0.0"))

    error = absence.error("pilot")
    assert isinstance(error, DriverRejected)
    assert error.what == f"board speaks 3f2a1b00, agent needs {TABLE_HASH}; run `evsectl board flash`"
    assert [fault.id for fault in absence.faults] == [FIRMWARE_MISMATCH]


@pytest.mark.parametrize("why", ["the cable is out; check it"])
def test_an_absence_is_unavailable_and_no_fault_of_the_board(why: str) -> None:
    absence = Absence(why=why)

    assert isinstance(absence.error("pilot"), DriverUnavailable)
    assert absence.error("pilot").what == why
    assert absence.faults == ()


@pytest.mark.parametrize(("cable_da", "why"), [(None, "reduction"), (320, "reduction"), (200, "cable")])
def test_the_boards_own_limit_is_told_with_its_reason(cable_da: int | None, why: str) -> None:
    pilot = told(replace(RESTING, plugged=True, limit_da=200, cable_da=cable_da)).pilot

    assert pilot.limit_a == 20.0
    assert why in pilot.limit_detail
