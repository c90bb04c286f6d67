"""The message table: the agent's copy against the firmware's, and against one file of vectors."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import cbor2
import messages as of_board
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.faults.catalogue import CATALOGUE, ID_BY_CODE
from agent.core.session.effects import Signal
from agent.drivers.pilot_board.frames import MAX_PAYLOAD, unframe
from agent.drivers.pilot_board.messages import (
    EVIDENCE,
    MAX_EVIDENCE,
    MAX_FAULTS,
    NUMBERS,
    SIGNALS,
    TABLE,
    TABLE_HASH,
    U32,
    Field,
    Identify,
    Identity,
    Message,
    MessageError,
    Wish,
    decode,
    encode,
    table_text,
)
from tests.vectors import load_vectors

VECTORS = load_vectors("pilot_board_frames")
NO_MESSAGES = [vector for vector in VECTORS["refused"] if vector["refused_by"] == "message"]


def values_of(field: Field) -> st.SearchStrategy[Any]:
    match field.kind:
        case "int":
            return st.integers(field.low, field.high)
        case "int?":
            return st.none() | st.integers(field.low, field.high)
        case "bool":
            return st.booleans()
        case "text":
            printable = st.characters(min_codepoint=32, max_codepoint=126)
            return st.text(printable, min_size=field.low, max_size=field.high)
        case _:
            # In the order in which the board writes them, so that the twins' bytes can be compared.
            evidence = st.dictionaries(
                st.integers(0, len(EVIDENCE) - 1), st.integers(-U32, U32), max_size=MAX_EVIDENCE
            ).map(in_order)
            return st.dictionaries(st.integers(1, 0xFFFF), evidence, max_size=MAX_FAULTS).map(in_order)


def in_order(mapping: dict[int, Any]) -> dict[int, Any]:
    return dict(sorted(mapping.items()))


def messages() -> st.SearchStrategy[Message]:
    return st.sampled_from(list(TABLE.values())).flatmap(
        lambda row: st.tuples(*(values_of(field) for field in row[1])).map(lambda values: row[0](*values))
    )


def fields_of(vector: dict[str, Any]) -> list[Any]:
    """JSON has only texts as keys; the faults of a status have numbers."""
    return [
        {int(code): {int(kind): number for kind, number in evidence.items()} for code, evidence in value.items()}
        if isinstance(value, dict)
        else value
        for value in vector["fields"].values()
    ]


@pytest.mark.parametrize("vector", VECTORS["good"], ids=lambda vector: str(vector["name"]))
def test_both_codecs_read_and_write_the_recorded_messages(vector: dict[str, Any]) -> None:
    payload, values = bytes.fromhex(vector["payload"]), fields_of(vector)
    message = decode(payload)

    assert type(message).__name__.lower() == vector["message"]
    assert [getattr(message, name) for name in vector["fields"]] == values
    assert of_board.unpack(payload) == (vector["type"], values)
    assert encode(message) == of_board.pack(vector["type"], tuple(values)) == payload


@pytest.mark.parametrize("vector", NO_MESSAGES, ids=lambda vector: str(vector["name"]))
def test_both_codecs_refuse_what_is_no_message(vector: dict[str, str]) -> None:
    payload = unframe(bytes.fromhex(vector["frame"])[:-1])

    with pytest.raises(MessageError):
        decode(payload)
    with pytest.raises(of_board.MessageError):
        of_board.unpack(payload)


def test_both_sides_have_one_table() -> None:
    assert table_text() == of_board.table_text()
    assert TABLE_HASH == of_board.table_hash() == VECTORS["table_hash"]


@given(messages())
def test_the_twins_write_the_same_bytes_and_read_them_alike(message: Message) -> None:
    payload = encode(message)
    number, values = of_board.unpack(payload)

    assert payload == of_board.pack(number, tuple(values))
    assert number == NUMBERS[type(message)]
    assert decode(payload) == message
    assert len(payload) <= MAX_PAYLOAD


@given(messages(), st.data())
def test_the_twins_judge_a_changed_message_alike(message: Message, data: st.DataObject) -> None:
    content = cbor2.loads(encode(message))
    place = data.draw(st.sampled_from(sorted(content)) | st.integers(0, 25))
    content[place] = data.draw(
        st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=40) | st.just({}) | st.just([1])
    )
    payload = cbor2.dumps(content)

    assert is_message(payload) == is_message_to_board(payload)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_a_message_error(payload: bytes) -> None:
    assert is_message(payload) in (True, False)


def is_message(payload: bytes) -> bool:
    try:
        decode(payload)
    except MessageError:
        return False
    return True


def is_message_to_board(payload: bytes) -> bool:
    try:
        of_board.unpack(payload)
    except of_board.MessageError:
        return False
    return True


def test_a_later_firmware_may_say_more_of_itself_and_of_nothing_else() -> None:
    identity = Identity(7, "0badcafe", "pilot-board", "b", "9.0.0", "00000001", 0)
    grown = cbor2.dumps({0: 2, **dict(enumerate(astuple(identity), 1)), 8: "of the future"})

    assert decode(grown) == identity
    assert decode(cbor2.dumps({0: 1, 1: 7, 2: "0badcafe", 3: 1})) == Identify(7, "0badcafe")
    with pytest.raises(MessageError):
        decode(cbor2.dumps({0: 3, **dict(enumerate(astuple(Wish(1, True, 160, False, 0)), 1)), 6: 1}))


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
