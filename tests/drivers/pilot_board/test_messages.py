"""The message table as the agent knows it: bounds, and what becomes of everything outside of them."""

from __future__ import annotations

from dataclasses import astuple

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.faults.catalogue import CATALOGUE, ID_BY_CODE
from agent.core.session.effects import Signal
from agent.drivers.pilot_board.codec import decode, encode
from agent.drivers.pilot_board.frames import MAX_PAYLOAD
from agent.drivers.pilot_board.messages import SIGNALS, Identify, Identity, Message, MessageError, Wish
from tests.drivers.pilot_board.strategies import messages


@given(messages())
def test_a_message_survives_the_way_and_fits_into_a_frame(message: Message) -> None:
    payload = encode(message)

    assert decode(payload) == message
    assert len(payload) <= MAX_PAYLOAD


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_a_message_error(payload: bytes) -> None:
    try:
        message = decode(payload)
    except MessageError:
        return
    assert decode(encode(message)) == message


def test_a_later_firmware_may_say_more_of_itself_and_of_nothing_else() -> None:
    identity = Identity(7, "0badcafe", "pilot-board", "b", "9.0.0", "00000001", 0)
    grown = cbor2.dumps({0: 2, **dict(enumerate(astuple(identity), 1)), 8: "of the future"})

    assert decode(grown) == identity
    assert decode(cbor2.dumps({0: 1, 1: 7, 2: "0badcafe", 3: 1})) == Identify(7, "0badcafe")
    with pytest.raises(MessageError):
        decode(cbor2.dumps({0: 3, **dict(enumerate(astuple(Wish(1, True, 160, False, 0, 1, True)), 1)), 8: 1}))


def test_a_value_that_holds_itself_is_no_message() -> None:
    with pytest.raises(MessageError):
        decode(bytes.fromhex("d81ca60003010102f50318a004f405d81d00"))


def test_nested_containers_without_end_are_no_message() -> None:
    with pytest.raises(MessageError):
        decode(b"\x81" * MAX_PAYLOAD)


def test_every_signal_can_be_wished() -> None:
    assert set(SIGNALS) == set(Signal)


def test_every_fault_code_of_the_firmware_is_in_the_catalogue() -> None:
    import fault_codes

    codes = {name: code for name, code in vars(fault_codes).items() if isinstance(code, int)}

    assert codes
    assert {ID_BY_CODE[code].replace(".", "_").upper() for code in codes.values()} == set(codes)
    assert all("mcu" in CATALOGUE[ID_BY_CODE[code]].owner for code in codes.values())
