"""What the registers of a Bender CC612 mean, and which write is due: on paper, without a line."""

from __future__ import annotations

import pytest

from agent.core.control_pilot import ContactorState, PilotState
from agent.drivers.modbus.block import Write
from agent.drivers.modbus_evse.controller import NoSense, OrderKind
from agent.drivers.modbus_evse.controllers import bender
from tests.drivers.modbus_evse.on_paper import (
    BENDER,
    CONTROLLERS,
    NO_LEAVE,
    steps_towards,
    told,
)

EVSE = CONTROLLERS["bender"][0]


@pytest.mark.parametrize(
    ("change", "state", "contactor", "offered_a"),
    [
        ({}, PilotState.A, ContactorState.OPEN, 0),
        ({122: 2, 1000: 16}, PilotState.B, ContactorState.OPEN, 16),
        ({122: 3, 140: 1, 1000: 16}, PilotState.C, ContactorState.CLOSED, 16),
        ({122: 3, 140: 5, 1000: 0xFFFF}, PilotState.C, ContactorState.CLOSED, 32),
        ({122: 5, 1000: 16}, PilotState.E, ContactorState.OPEN, 0),
        ({122: 0}, PilotState.UNKNOWN, ContactorState.OPEN, 0),
    ],
)
def test_a_bender_is_read(
    change: dict[int, int], state: PilotState, contactor: ContactorState, offered_a: float
) -> None:
    reading = told(EVSE, BENDER | {(3, address): value for address, value in change.items()})

    assert (reading.state, reading.contactor, reading.offered_a) == (state, contactor, offered_a)
    assert reading.firmware == "5.22"


def test_a_bender_whose_time_out_is_not_proven_is_refused_without_leave_to_set_it() -> None:
    registers = BENDER | {(3, 131): 6, (3, 132): 60}

    assert "register 131 is 6, and must be 0" in told(bender.create(NO_LEAVE), registers).unfit
    assert told(bender.create(NO_LEAVE), BENDER).unfit == ""
    assert [(one.kind, one.write) for one in steps_towards(EVSE, registers, 16.0)] == [
        (OrderKind.SET_UP, Write(16, 131, (0,))),
        (OrderKind.SET_UP, Write(16, 132, (10,))),
        (OrderKind.ENABLE, Write(16, 1000, (16,))),
    ]


@pytest.mark.parametrize("change", [{122: 6}, {122: 0xFFFF}, {131: 0xFFFF}, {132: 0xFFFF}, {140: 2}, {140: 0xFFFF}])
def test_no_value_and_a_state_that_no_bender_has_make_no_sense(change: dict[int, int]) -> None:
    with pytest.raises(NoSense, match=r"registers? 1"):
        told(EVSE, BENDER | {(3, address): value for address, value in change.items()})


def test_a_faulted_bender_is_told_with_its_error_words() -> None:
    (fault,) = told(EVSE, BENDER | {(3, 104): 4, (3, 105): 0x0010}).faults

    assert "0010" in str(dict(fault.evidence)["errors"])
