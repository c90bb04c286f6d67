"""CALL, CALLRESULT and CALLERROR as text and as values (OCPP-J 1.6 section 4.2). Pure.

Whatever arrives becomes a value: reading never raises. What is bounded here needs no second look further inside:
payloads are objects of finite numbers within 64 bits and of texts that can be encoded, not nested deeply.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from agent.errors import ProtocolMisuse
from agent.ocpp_client.adapter import Payload
from agent.values import frozen

CALL, RESULT, ERROR = 2, 3, 4
LARGEST_FRAME_BYTES = 256 * 1024
"""The largest legitimate frame is a local list (ocpp-internals.md section 5)."""
DEEPEST_NESTING = 16
"""Levels inside a payload, its values one of them. OCPP 1.6 needs 5, 2.1 about 8; proposed."""
LONGEST_MESSAGE_ID = 128
"""36 by the standard; some central systems send longer ones, and an answer costs nothing (proposed)."""
LONGEST_ACTION = 64
ESCAPE = "\\u"
"""Half a surrogate pair can be written so and in no other way: a text frame is checked for its UTF-8 before."""
UNUSABLE = "unusable answer"
"""Stands as the code of a CallError for an answer that names our CALL and makes no sense otherwise."""


@frozen
class Call:
    message_id: str
    action: str
    payload: Payload


@frozen
class CallResult:
    message_id: str
    payload: Payload


@frozen
class CallError:
    """`code` is the peer's raw text."""

    message_id: str
    code: str
    description: str = ""


@frozen
class Garbage:
    """A frame that is none. `call_id` is set where it is a CALL that can at least be answered."""

    what: str
    call_id: str | None = None


Frame = Call | CallResult | CallError | Garbage


def read_frame(frame: str | bytes) -> Frame:
    """The value of one websocket message. Never raises."""
    if isinstance(frame, bytes):
        return Garbage("a binary frame")
    # Characters bound bytes from below; the websocket itself has refused what is longer in bytes.
    if len(frame) > LARGEST_FRAME_BYTES:
        return Garbage("a frame beyond the size bound")
    try:
        elements = _DECODER.decode(frame)
    except RecursionError:
        return Garbage("a frame nested too deeply")
    except ValueError:
        return Garbage("a frame that is not JSON")
    if not isinstance(elements, list) or not elements:
        return Garbage("a frame that is no array")
    return _frame(elements, has_escapes=ESCAPE in frame)


def call_text(call: Call, body: str = "") -> str:
    """The CALL as it goes over the wire. Raises ProtocolMisuse for a payload that JSON cannot carry.

    `body`: the same payload, where `body_text` wrote it before.
    """
    if body:
        return f"[{CALL},{_text(call.message_id)},{_text(call.action)},{body}]"
    return _text([CALL, call.message_id, call.action, call.payload])


def body_text(payload: Payload) -> str:
    """The payload within a CALL. Raises ProtocolMisuse."""
    return _text(payload)


def result_text(message_id: str, payload: Payload) -> str:
    """A CALLRESULT. Raises ProtocolMisuse."""
    return _text([RESULT, message_id, payload])


def error_text(message_id: str, code: str, description: str) -> str:
    """A CALLERROR without details: they could only repeat what the peer sent, secrets included."""
    return _text([ERROR, message_id, code, description[:255], {}])


def _text(value: list[Any] | Payload | str) -> str:
    try:
        return _ENCODER.encode(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise ProtocolMisuse(f"a payload of ours cannot be written as JSON: {error}") from error


def _frame(elements: list[Any], *, has_escapes: bool) -> Frame:
    kind, *rest = elements
    if kind not in (CALL, RESULT, ERROR):
        return Garbage("a frame of an unknown message type")
    if not rest or not isinstance(rest[0], str) or not _is_usable_id(rest[0]):
        return Garbage("a frame without a usable message id")
    message_id, *body = rest
    if kind == CALL:
        return _call(message_id, body, has_escapes=has_escapes)
    return _result(message_id, body, has_escapes=has_escapes) if kind == RESULT else _error(message_id, body)


def _call(message_id: str, body: list[Any], *, has_escapes: bool) -> Frame:
    if len(body) != 2:
        return Garbage("a CALL that has not four elements", message_id)
    action, payload = body
    if not isinstance(action, str) or not 0 < len(action) <= LONGEST_ACTION or not _is_text(action):
        return Garbage("a CALL without a usable action", message_id)
    if not isinstance(payload, dict):
        return Garbage("a CALL whose payload is no object", message_id)
    if (wrong := _beyond_bounds(payload, has_escapes=has_escapes)) is not None:
        return Garbage(f"a CALL with {wrong}", message_id)
    return Call(message_id, action, payload)


def _result(message_id: str, body: list[Any], *, has_escapes: bool) -> Frame:
    if len(body) != 1 or not isinstance(body[0], dict):
        return CallError(message_id, UNUSABLE, "the answer is no object")
    if (wrong := _beyond_bounds(body[0], has_escapes=has_escapes)) is not None:
        return CallError(message_id, UNUSABLE, f"the answer has {wrong}")
    return CallResult(message_id, body[0])


def _error(message_id: str, body: list[Any]) -> Frame:
    code, description, *_ = (*body, "", "")
    is_named = isinstance(code, str) and 0 < len(code) <= LONGEST_ACTION and _is_text(code)
    says = description if isinstance(description, str) and _is_text(description) else ""
    return CallError(message_id, code if is_named else UNUSABLE, says[:255])


def _is_usable_id(text: str) -> bool:
    return 0 < len(text) <= LONGEST_MESSAGE_ID and text.isprintable()


def _is_text(text: str) -> bool:
    """Half a surrogate pair can be written in JSON, and neither stored nor logged."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _beyond_bounds(payload: Payload, *, has_escapes: bool) -> str | None:
    """What in `payload` is beyond our bounds; level by level, so that depth costs no stack.

    Without escapes in the frame its texts are what came in UTF-8, and good.
    """
    level: list[Any] = [payload]
    for _ in range(DEEPEST_NESTING - 1):
        if has_escapes and not all(map(_is_text, _texts(level))):
            return "text that cannot be encoded"
        values = [
            value
            for holder in level
            for value in (holder.values() if type(holder) is dict else holder)
            if type(value) in _LOOKED_AT
        ]
        if any(type(value) is int and not -(2**63) <= value < 2**63 for value in values):
            return "a number beyond 64 bits"
        level = [value for value in values if type(value) is not int]
        if not level:
            return None
    return "a payload nested too deeply"


def _texts(holders: list[Any]) -> Iterator[str]:
    for holder in holders:
        values = (*holder, *holder.values()) if type(holder) is dict else holder
        yield from (value for value in values if type(value) is str)


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0.0:
        raise ValueError(text)
    return number


def _no_constant(text: str) -> float:
    raise ValueError(text)


_LOOKED_AT = frozenset({dict, list, int})
_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant)
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
