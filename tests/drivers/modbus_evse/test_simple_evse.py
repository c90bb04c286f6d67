"""What the registers of a SimpleEVSE mean, and which write is due: on paper, without a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.control_pilot import ContactorState, PilotState
from agent.drivers.modbus.block import Write
from agent.drivers.modbus_evse.controller import NoSense, OrderKind
from agent.drivers.modbus_evse.controllers import simple_evse
from tests.drivers.modbus_evse.on_paper import (
    CONTROLLERS,
    NO_LEAVE,
    SIMPLE,
    order,
    told,
)

EVSE = CONTROLLERS["simple-evse"][0]


@pytest.mark.parametrize(
    ("changes", "state", "contactor", "offered_a"),
    [
        ({}, PilotState.A, ContactorState.OPEN, 0),
        ({1002: 2, 1000: 16, 1006: 2}, PilotState.B, ContactorState.OPEN, 16),
        ({1002: 3, 1000: 16, 1001: 13, 1006: 2, 1007: 1}, PilotState.C, ContactorState.CLOSED, 13),
        ({1002: 3, 1000: 32, 1003: 20, 1006: 2, 1007: 1}, PilotState.C, ContactorState.CLOSED, 20),
        ({1002: 4, 1000: 10, 1006: 2, 1007: 5}, PilotState.D, ContactorState.CLOSED, 10),
        ({1002: 2, 1000: 16, 1006: 3}, PilotState.B, ContactorState.OPEN, 0),
        ({1002: 5, 1000: 16, 1006: 1}, PilotState.E, ContactorState.OPEN, 0),
    ],
)
def test_a_simple_evse_is_read(
    changes: dict[int, int], state: PilotState, contactor: ContactorState, offered_a: float
) -> None:
    reading = told(EVSE, SIMPLE | {(3, address): value for address, value in changes.items()})

    assert (reading.state, reading.contactor, reading.offered_a) == (state, contactor, offered_a)
    assert reading.is_connected is (None if state is PilotState.E else state is not PilotState.A)


@pytest.mark.parametrize(
    ("flags", "countdown", "vehicle", "ids"),
    [
        (0x00, 0, 1, []),
        (0x02, 0, 5, ["cp.diode"]),
        (0x10, 25, 1, []),
        (0x10, 0, 1, ["rcd.ac_trip"]),
        (0x20, 0, 1, ["rcd.ac_trip"]),
        (0x30, 25, 1, ["rcd.ac_trip"]),
        (0x04, 0, 5, ["cp.vent_required"]),
        (0x04, 0, 4, []),
        (0x00, 0, 5, ["cp.range"]),
    ],
)
def test_the_faults_of_a_simple_evse_and_a_test_that_is_none(
    flags: int, countdown: int, vehicle: int, ids: list[str]
) -> None:
    registers = SIMPLE | {(3, 1007): flags, (3, 1009): countdown, (3, 1002): vehicle}

    assert [fault.id for fault in told(EVSE, registers).faults] == ids


def test_a_device_without_the_countdown_has_an_error_where_others_may_have_a_test() -> None:
    registers = {key: value for key, value in SIMPLE.items() if key not in ((3, 1008), (3, 1009))}

    assert [fault.id for fault in told(EVSE, registers | {(3, 1007): 0x10}).faults] == ["rcd.ac_trip"]


@pytest.mark.parametrize(("firmware", "flags", "value"), [(17, 0x80, 1618), (16, 0x80, 16), (17, 0, 16), (8, 0, 16)])
def test_the_scale_is_that_of_its_flag_where_the_firmware_can_mean_that(firmware: int, flags: int, value: int) -> None:
    registers = SIMPLE | {(3, 1005): firmware, (3, 2005): flags}

    next_ = order(EVSE, registers, 16.18)

    assert next_ is not None
    assert next_.write == Write(16, 1000, (value,))


@pytest.mark.parametrize(("flags", "value"), [(0, 1600), (0, 5), (0x80, 16), (0x80, 9000)])
def test_what_no_scale_can_mean_is_refused_and_told_to_rest(flags: int, value: int) -> None:
    controller = EVSE
    registers = SIMPLE | {(3, 1005): 17, (3, 2005): flags, (3, 1000): value}

    assert "only master" in told(controller, registers).unfit
    assert (rest := order(controller, registers, 0.0)) is not None
    assert rest.write == controller.rest


def test_an_old_firmware_is_refused() -> None:
    assert "flash 8 or later" in told(EVSE, SIMPLE | {(3, 1005): 7}).unfit


@pytest.mark.parametrize("value", [0, 6])
def test_a_safe_current_after_a_loss_of_power_is_left_as_it_is(value: int) -> None:
    registers = SIMPLE | {(3, 2000): value}

    assert order(EVSE, registers, 0.0) is None
    assert told(simple_evse.create(NO_LEAVE), registers).faults == ()


def test_an_unsafe_one_is_set_with_leave_and_bars_the_charger_without() -> None:
    registers = SIMPLE | {(3, 2000): 32}

    assert (with_leave := order(EVSE, registers, 16.0)) is not None
    assert (with_leave.kind, with_leave.write) == (OrderKind.SET_UP, Write(16, 2000, (0,)))
    assert (without := order(simple_evse.create(NO_LEAVE), registers, 0.0)) is None, without
    (fault,) = told(simple_evse.create(NO_LEAVE), registers).faults
    assert fault.id == "mcu.config_mismatch"
    assert "set_up = true" in str(dict(fault.evidence)["detail"])


@given(st.integers(0, 80), st.integers(0, 5), st.integers(0, 0x3F), st.integers(0, 0xFFFF))
def test_only_three_registers_of_a_simple_evse_are_ever_written(
    is_set_to: int, vehicle: int, flags: int, settings: int
) -> None:
    registers = SIMPLE | {(3, 1000): is_set_to, (3, 1002): vehicle, (3, 1007): flags, (3, 2005): settings}

    for current_a in (0.0, 6.0, 16.0):
        for held_open in (False, True):
            next_ = order(EVSE, registers, current_a, held_open=held_open)
            assert next_ is None or next_.write.address in (1000, 1004, 2000)
            assert next_ is None or next_.write.address != 1004 or next_.write.values == (1,)


def test_held_open_stops_a_simple_evse_under_load() -> None:
    closed = SIMPLE | {(3, 1002): 3, (3, 1007): 1}

    assert (next_ := order(EVSE, closed, 0.0, held_open=True)) is not None
    assert next_.write == Write(16, 1004, (1,))
    assert order(EVSE, closed, 0.0) is None


@pytest.mark.parametrize("change", [{1002: 0}, {1002: 9}, {1002: 0xFFFF}, {1006: 0}, {1006: 4}])
def test_a_state_that_no_simple_evse_has_makes_no_sense(change: dict[int, int]) -> None:
    with pytest.raises(NoSense, match="register 100"):
        told(EVSE, SIMPLE | {(3, address): value for address, value in change.items()})


def test_a_device_that_may_not_offer_so_little_offers_nothing() -> None:
    least_is_ten = SIMPLE | {(3, 2002): 10}

    assert order(EVSE, least_is_ten, 8.0) is None
    assert (next_ := order(EVSE, least_is_ten, 10.0)) is not None
    assert next_.write.values == (10,)
