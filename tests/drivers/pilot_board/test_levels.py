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
    state_of,
)
from agent.drivers.pilot_board.messages import CONTACTOR_STATES, PILOT_STATES, TABLE_HASH, Status
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


def test_a_fault_this_agent_does_not_know_is_never_left_out() -> None:
    faults = faults_of(replace(RESTING, faults={0x0FFF: {}, 0x0101: {}}))

    assert [fault.id for fault in faults] == ["cp.short", FIRMWARE_MISMATCH]
    assert dict(faults[1].evidence) == {"unknown_faults": "0x0FFF"}
    assert CATALOGUE[FIRMWARE_MISMATCH].reaction.value == "block"


def test_a_mismatch_is_a_refusal_with_the_way_out() -> None:
    absence = refusal(Mismatch(board_speaks="3f2a1b00", firmware_version="9.0.0"))

    error = absence.error("pilot")
    assert isinstance(error, DriverRejected)
    assert error.what == f"board speaks 3f2a1b00, agent needs {TABLE_HASH}; install this release on the board"
    assert [fault.id for fault in absence.faults] == [FIRMWARE_MISMATCH]


@pytest.mark.parametrize("why", ["the cable is out; check it"])
def test_an_absence_is_unavailable_and_no_fault_of_the_board(why: str) -> None:
    absence = Absence(why=why)

    assert isinstance(absence.error("pilot"), DriverUnavailable)
    assert absence.error("pilot").what == why
    assert absence.faults == ()
