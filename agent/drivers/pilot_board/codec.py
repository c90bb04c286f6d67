"""From messages to CBOR and back. Reads nothing but the messages of the table, in their only form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import cbor2

from agent.drivers.pilot_board.messages import (
    EVIDENCE,
    MAX_DEPTH,
    MAX_EVIDENCE,
    MAY_GROW,
    NUMBERS,
    TABLE,
    U16,
    U32,
    Field,
    Message,
    MessageError,
)

UNREADABLE = (cbor2.CBORError, ArithmeticError, RuntimeError, TypeError, ValueError)
"""What the reading of garbage raises. cbor2 5.9 lets through what a date, a fraction, a pattern or a value that holds
itself makes of nonsense; 6 wraps everything. Both are in use (pyproject.toml)."""


def encode(message: Message) -> bytes:
    """The payload of one message."""
    number = NUMBERS[type(message)]
    fields = TABLE[number][1]
    return cbor2.dumps({0: number, **{place: getattr(message, field.name) for place, field in enumerate(fields, 1)}})


def decode(payload: bytes) -> Message:
    """The message that `payload` is. Raises MessageError for everything outside of the table."""
    try:
        content = cbor2.loads(payload)
    except UNREADABLE as error:
        raise MessageError(str(error)) from error
    _check_form(payload, content)
    number = content.get(0) if isinstance(content, dict) else None
    if type(number) is not int or number not in TABLE:
        raise MessageError("no map with a known type")
    kind, fields = TABLE[number]
    if kind not in MAY_GROW and len(content) != len(fields) + 1:
        raise MessageError("not the fields of the table and nothing else")
    # The table's own fields, each checked: mypy cannot know that they are the dataclass'.
    build = cast("Callable[..., Message]", kind)
    return build(*[_value(content, place, field) for place, field in enumerate(fields, 1)])


def _check_form(payload: bytes, content: object) -> None:
    """The subset of CBOR that the board speaks, in its only form: what is written anew is the same again.

    cbor2 alone takes bytes after the value, a key that is there twice, longer heads, tags and floats.
    """
    try:
        is_the_form = _is_plain(content, 0) and cbor2.dumps(content) == payload
    except UNREADABLE:  # a value that holds itself can be read and not written
        is_the_form = False
    if not is_the_form:
        raise MessageError("not the form of CBOR that the link speaks")


def _is_plain(value: object, depth: int) -> bool:
    """Of the kinds that the board reads, no deeper than it does. A truth is no key, though it equals a number."""
    if depth > MAX_DEPTH:
        return False
    match value:
        case None | bool() | str() | bytes():
            return True
        case int():
            return -(2**64) <= value < 2**64
        case list():
            return all(_is_plain(item, depth + 1) for item in value)
        case dict():
            return all(type(key) is int and _is_plain(key, depth) for key in value) and all(
                _is_plain(item, depth + 1) for item in value.values()
            )
        case _:
            return False


_ABSENT = object()


def _value(content: Mapping[object, object], place: int, field: Field) -> object:
    value = content.get(place, _ABSENT)
    if not _fits(value, field):
        raise MessageError(f"{field.name} is missing or out of bounds")
    return value


def _fits(value: object, field: Field) -> bool:
    match value:
        case None:
            return field.kind == "int?"
        case bool():
            return field.kind == "bool"
        case int():
            return field.kind in ("int", "int?") and field.low <= value <= field.high
        case str():
            return field.kind == "text" and field.low <= len(value) <= field.high
        case bytes():
            return field.kind == "bytes" and field.low <= len(value) <= field.high
        case dict():
            return field.kind == "faults" and len(value) <= field.high and _are_faults(value)
        case _:
            return False


def _are_faults(faults: Mapping[object, object]) -> bool:
    return all(
        _is_int(code, 1, U16)
        and isinstance(evidence, dict)
        and len(evidence) <= MAX_EVIDENCE
        and all(_is_int(kind, 0, len(EVIDENCE) - 1) and _is_int(value, -U32, U32) for kind, value in evidence.items())
        for code, evidence in faults.items()
    )


def _is_int(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
