"""A status that says what the last one said: known for one at a fraction of the cost of reading it anew.

A resting board says the same five times a second for weeks; only its numbers, its clock and the noise of its volts
move. What follows from a status is then already known, and the charger's idle time is spent on nothing else.
"""

from __future__ import annotations

import cbor2

from agent.drivers.pilot_board.messages import MAX_UPTIME_MS, TABLE, U32, Status
from agent.values import frozen

_STATUS = next(number for number, (kind, _) in TABLE.items() if kind is Status)
_PLACES = {field.name: place for place, field in enumerate(TABLE[_STATUS][1], 1)}
_SEQUENCE = _PLACES["sequence"]
_WISH_SEQUENCE = _PLACES["wish_sequence"]
_HIGH_MV = _PLACES["high_mv"]
_LOW_MV = _PLACES["low_mv"]
_UPTIME_MS = _PLACES["uptime_ms"]
_MOVING = (_SEQUENCE, _WISH_SEQUENCE, _HIGH_MV, _LOW_MV, _UPTIME_MS)

SAME_WITHIN_MV = 100
"""Less than any movement of the pilot that means something; the levels of two states are 3 V apart."""


@frozen
class Repetition:
    """The numbers of a status that brought nothing else."""

    sequence: int
    wish_sequence: int


class LastStatus:
    """Remembers one status to hold the next ones against."""

    def __init__(self) -> None:
        self._still: bytes | None = None
        """What does not move, as the board writes it: Python takes True for 1, bytes do not."""
        self._high_mv = 0
        self._low_mv: int | None = None

    def remember(self, status: Status) -> None:
        """This is what the next ones are compared with."""
        resting = {place: getattr(status, name) for name, place in _PLACES.items() if place not in _MOVING}
        self._still = cbor2.dumps({0: _STATUS, **resting})
        self._high_mv, self._low_mv = status.high_mv, status.low_mv

    def repeated_by(self, payload: bytes) -> Repetition | None:
        """The numbers of `payload`; None where it must be read in full, be it a change, no status or garbage."""
        if self._still is None:
            return None
        try:
            content = cbor2.loads(payload)
            sequence, wish_sequence, high_mv, low_mv, uptime_ms = [content.pop(place) for place in _MOVING]
            still = cbor2.dumps(content)
        except (cbor2.CBORError, LookupError, AttributeError, TypeError):
            return None
        if still != self._still:
            return None
        if not (_is_number(sequence) and _is_number(wish_sequence) and _is_number(uptime_ms, MAX_UPTIME_MS)):
            return None
        if not (_is_near(high_mv, self._high_mv) and _is_near(low_mv, self._low_mv)):
            return None
        return Repetition(sequence, wish_sequence)


def _is_number(value: object, highest: int = U32) -> bool:
    return type(value) is int and 0 <= value <= highest


def _is_near(value: object, known: int | None) -> bool:
    if known is None or type(value) is not int:
        return value is known
    return abs(value - known) < SAME_WITHIN_MV
