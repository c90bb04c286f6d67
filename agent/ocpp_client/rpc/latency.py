"""How long each answer took, read off the frames themselves: by the other end where it was asked, by us else. Pure."""

from __future__ import annotations

import re
from collections import OrderedDict

REMEMBERED = 64
"""CALLs whose answer may still come; of one direction there is one at a time."""

_BEGINNING = re.compile(r'\s*\[\s*([234])\s*,\s*"([^"]{1,64})"')
_OTHER_WAY = {"sent": "received", "received": "sent"}
_CALL = "2"


class Latencies:
    """Shown every frame in the order of the wire. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._calls: OrderedDict[tuple[str, str], float] = OrderedDict()

    def of(self, direction: str, text: str, now_s: float) -> float | None:
        """Seconds since the CALL that `text` answers; None for a CALL, and for what answers nothing."""
        begins = _BEGINNING.match(text)
        if begins is None:
            return None
        kind, message_id = begins.groups()
        if kind != _CALL:
            asked_s = self._calls.pop((_OTHER_WAY[direction], message_id), None)
            return None if asked_s is None else now_s - asked_s
        self._calls[direction, message_id] = now_s
        if len(self._calls) > REMEMBERED:
            self._calls.popitem(last=False)
        return None
