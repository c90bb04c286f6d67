"""What the registers of Phoenix controllers mean, and which write is due: on paper, without a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.control_pilot import ContactorState, PilotState
from agent.drivers.modbus.block import Write
from agent.drivers.modbus_evse.controller import NoSense, OrderKind
from agent.drivers.modbus_evse.controllers import phoenix_serial
from agent.drivers.modbus_evse.letters import letter_of
from tests.drivers.modbus_evse.on_paper import (
    CONTROLLERS,
    ETHERNET,
    NO_LEAVE,
    SERIAL,
    WALLBE,
    order,
    steps_towards,
    told,
)

ON_LINE = CONTROLLERS["phoenix-serial"][0]
ON_NET = CONTROLLERS["phoenix-ethernet"][0]


@pytest.mark.parametrize(
    ("register", "state", "has_offer"),
    [
        (0x4131, PilotState.A, False),
        (0x4232, PilotState.B, True),
        (0x4331, PilotState.C, False),
        (0x4432, PilotState.D, True),
        (0x4530, PilotState.E, None),
        (0x0042, PilotState.B, None),
        (0x4300, PilotState.C, None),
        (0x2046, PilotState.F, None),
    ],
)
def test_a_letter_is_found_in_either_byte(register: int, state: PilotState, has_offer: bool | None) -> None:
    letter = letter_of(register)

    assert (letter.state, letter.has_offer) == (state, has_offer)


@given(st.integers(0, 0xFFFF))
def test_whatever_is_no_letter_from_a_to_f_is_refused(register: int) -> None:
    octets = register.to_bytes(2, "big")
    is_letter = sum(octet in b"ABCDEF" for octet in octets) == 1 and any(octet in b"012 \0" for octet in octets)

    if is_letter:
        assert letter_of(register).state.value.encode() in octets
    else:
        with pytest.raises(NoSense, match="A to F"):
            letter_of(register)


@pytest.mark.parametrize(
    ("bits", "ids"),
    [
        (0, []),
        (1 << 10, ["cp.vent_required"]),
        (1 << 12, ["cp.diode"]),
        (1 << 14, ["rcd.ac_trip"]),
        (1 << 15, ["rcd.selftest_failed"]),
        (1 << 4, []),
        (1 << 11 | 1 << 2, ["contactor.welded", "pp.range"]),
    ],
)
def test_the_error_bits_of_a_serial_phoenix_count_from_one(bits: int, ids: list[str]) -> None:
    reading = told(ON_LINE, SERIAL | {(3, 24025): bits})

    assert [fault.id for fault in reading.faults] == ids
    assert (reading.contactor is ContactorState.WELDED) == ("contactor.welded" in ids)


@pytest.mark.parametrize(
    ("status", "leave", "contactor", "offered_a"),
    [
        (0x4331, 0, ContactorState.OPEN, 0),
        (0x4332, 1, ContactorState.CLOSED, 13),
        (0x0043, 1, ContactorState.CLOSED, 13),
        (0x0043, 0, ContactorState.OPEN, 0),
        (0x4232, 1, ContactorState.OPEN, 13),
    ],
)
def test_a_serial_phoenix_is_closed_in_c2_and_d2(
    status: int, leave: int, contactor: ContactorState, offered_a: float
) -> None:
    registers = SERIAL | {(3, 24000): status, (1, 20000): leave, (3, 24003): 13}

    reading = told(ON_LINE, registers)

    assert (reading.contactor, reading.offered_a, reading.may_give_power) == (contactor, offered_a, bool(leave))


def test_a_serial_phoenix_tells_since_when_the_car_is_there() -> None:
    registers = SERIAL | {(3, 24000): 0x4232, (3, 24019): 12 << 8 | 34, (3, 24020): 2}

    assert told(ON_LINE, registers).elapsed_s == 2 * 3600 + 12 * 60 + 34


def test_a_serial_phoenix_that_an_input_lets_charge_is_refused_without_leave_to_change_that() -> None:
    registers = SERIAL | {(3, 4000): 1}

    assert "must be 3" in told(phoenix_serial.create(NO_LEAVE), registers).unfit
    assert told(ON_LINE, registers).unfit == ""
    assert told(ON_LINE, registers).may_give_power
    assert (next_ := order(ON_LINE, registers, 16.0)) is not None
    assert next_.write == Write(6, 4000, (3,))


def test_a_box_of_wallbe_is_proven_to_count_in_tenths_before_it_is_enabled() -> None:
    orders = steps_towards(ON_NET, WALLBE, 16.18)

    assert [(one.kind, one.write) for one in orders] == [
        (OrderKind.PROVE, Write(6, 528, (90,))),
        (OrderKind.RAISE, Write(6, 528, (161,))),
        (OrderKind.ENABLE, Write(5, 400, (1,))),
    ]


def test_a_device_of_whole_amperes_never_sees_tenths() -> None:
    orders = steps_towards(ON_NET, ETHERNET, 32.0)

    assert [one.write.values for one in orders if one.write.address == 528] == [(32,)]


def test_more_than_eighty_can_only_be_tenths() -> None:
    registers = ETHERNET | {(3, 528): 160}

    assert told(ON_NET, registers | {(4, 100): 0x43, (1, 400): 1}).offered_a == 16
    assert [one.write.values for one in steps_towards(ON_NET, registers, 10.0)] == [(100,), (1,)]


def test_what_is_enabled_with_a_scale_that_is_not_proven_is_disabled() -> None:
    registers = WALLBE | {(1, 400): 1}

    assert (next_ := order(ON_NET, registers, 16.0)) is not None
    assert next_.write == Write(5, 400, (0,))
