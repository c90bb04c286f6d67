"""What a text frame is, before the package sees it. Pure.

The package's receive loop ends on some malformed frames (an action that is no string raises out of it), so only frames
of the right shape reach it; everything else is named here and counted by the caller.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

DEEPEST = 32
"""Nesting beyond what any OCPP payload needs; the package recurses once per level."""
LONGEST_ID = 36
"""OCPP-J 1.6, section 4.1.4."""


class FrameKind(Enum):
    CALL = "call"
    RESULT = "result"
    ERROR = "error"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame as read. `problem` says what is wrong with garbage; the other fields hold what could be read."""

    kind: FrameKind
    message_id: str = ""
    action: str = ""
    payload: dict[str, Any] | None = None
    code: str = ""
    problem: str = ""


def read_frame(text: str) -> Frame:
    """Any text to a Frame; never raises."""
    try:
        parts = json.loads(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        return garbage("not JSON, or a number no program can hold")
    if not isinstance(parts, list) or not parts:
        return garbage("not a JSON array with content")
    if is_deeper_than(parts, DEEPEST):
        return garbage(f"nested deeper than {DEEPEST} levels")
    if len(parts) < 2 or not isinstance(parts[1], str) or not 1 <= len(parts[1]) <= LONGEST_ID:
        return garbage(f"no message id of 1 to {LONGEST_ID} characters")
    # `True == 1` and `2.0 == 2` in Python: only a plain integer is a message type.
    message_type = parts[0] if type(parts[0]) is int else None
    match message_type:
        case 2:
            return _read_call(parts)
        case 3:
            return _read_result(parts)
        case 4:
            return _read_error(parts)
        case _:
            return garbage(f"unknown message type {parts[0]!r:.40}", parts[1])


def _finite(number: str) -> float:
    """Python reads NaN, Infinity and 1e999, which JSON does not have and which arithmetic further in trips over."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(number)
    return value


def _read_call(parts: list[Any]) -> Frame:
    match parts:
        case [_, str(message_id), str(action), dict(payload)]:
            return Frame(kind=FrameKind.CALL, message_id=message_id, action=action, payload=payload)
        case _:
            return garbage("a CALL is [2, id, action, {…}]", parts[1])


def _read_result(parts: list[Any]) -> Frame:
    match parts:
        case [_, str(message_id), dict(payload)]:
            return Frame(kind=FrameKind.RESULT, message_id=message_id, payload=payload)
        case _:
            return garbage("a CALLRESULT is [3, id, {…}]", parts[1])


def _read_error(parts: list[Any]) -> Frame:
    match parts:
        case [_, str(message_id), str(code), str(), dict(details)]:
            return Frame(kind=FrameKind.ERROR, message_id=message_id, code=code, payload=details)
        case _:
            return garbage("a CALLERROR is [4, id, code, description, {…}]", parts[1])


def garbage(problem: str, message_id: str = "") -> Frame:
    """A frame that says nothing we can use; the id is kept where it could be read."""
    return Frame(kind=FrameKind.GARBAGE, message_id=message_id, problem=problem)


def is_deeper_than(value: Any, levels: int) -> bool:
    """Whether lists and objects nest beyond `levels`; walks level by level, so depth costs no stack."""
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for item in layer
            if isinstance(item, (dict, list))
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not layer:
            return False
    return any(isinstance(item, (dict, list)) for item in layer)
