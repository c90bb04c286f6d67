"""One value, one text: canonical JSON (RFC 8785), so that what was sealed has the same bytes wherever it is made again.

Written here since it is short for what JSON is here: no library for it is kept well enough to rest evidence on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

EXACT_INTEGER = 2**53
"""Beyond it a reader in another language lands on a neighbour (RFC 8785, 3.2.2.3 with RFC 7493, 2.2)."""
SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
ESCAPED = str.maketrans({chr(code): f"\\u{code:04x}" for code in range(0x20)} | SHORT)


def canonical(value: object) -> bytes:
    """UTF-8 of mappings with text keys, sequences, texts, numbers, true, false and null.

    Raises ValueError for a number that JSON has not (NaN, infinities, integers that are not exact) and for half a
    surrogate pair; TypeError for everything else: mistakes of whoever made the value.
    """
    pieces: list[str] = []
    _write(value, pieces)
    return "".join(pieces).encode("utf-8")


def _write(value: object, pieces: list[str]) -> None:
    match value:
        case None:
            pieces.append("null")
        case bool():
            pieces.append("true" if value else "false")
        case str():
            pieces.append(_text(value))
        case int():
            pieces.append(_integer(value))
        case float():
            pieces.append(_number(value))
        case Mapping():
            _write_object(value, pieces)
        case Sequence() if not isinstance(value, bytes | bytearray):
            pieces.append("[")
            for place, one in enumerate(value):
                pieces.append("," if place else "")
                _write(one, pieces)
            pieces.append("]")
        case _:
            raise TypeError(f"{type(value).__name__} is nothing that JSON can say")


def _write_object(value: Mapping[str, object], pieces: list[str]) -> None:
    if not all(isinstance(key, str) for key in value):
        raise TypeError("the keys of an object are texts")
    pieces.append("{")
    # By code units of UTF-16, as the standard wants; by code points the order differs above U+FFFF.
    for place, key in enumerate(sorted(value, key=lambda one: one.encode("utf-16-be"))):
        pieces.append(("," if place else "") + _text(key) + ":")
        _write(value[key], pieces)
    pieces.append("}")


def _text(value: str) -> str:
    value.encode("utf-8")
    return f'"{value.translate(ESCAPED)}"'


def _integer(value: int) -> str:
    if abs(value) <= EXACT_INTEGER:
        return str(value)
    if abs(value) < 10**21 and (text := _number(float(value))) == str(value):
        # What a float of this size is read back as.
        return text
    raise ValueError(f"{str(value)[:24]} is too large to be exact in JSON; write it as a text")


def _number(value: float) -> str:
    """As ECMAScript writes it (7.1.12.1): the fewest digits that lead back to the same number."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number of JSON")
    if value == 0:
        return "0"
    # Python has the same digits, and other rules for where the point stands.
    mantissa, _, power = repr(abs(value)).partition("e")
    whole, _, broken = mantissa.partition(".")
    written = (whole + broken).lstrip("0")
    digits, point = written.rstrip("0"), len(written) - len(broken) + int(power or 0)
    minus = "-" if value < 0 else ""
    if len(digits) <= point <= 21:
        return f"{minus}{digits}{'0' * (point - len(digits))}"
    if 0 < point <= 21:
        return f"{minus}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{digits}"
    more = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{minus}{digits[0]}{more}e{'+' if point > 0 else '-'}{abs(point - 1)}"
