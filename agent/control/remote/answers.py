"""The last answers, so that an order that comes again, as a broker may deliver it, gets the same one again."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

MOST_BYTES = 256 << 10
LARGEST_BYTES = 64 << 10
"""A larger one is not remembered: whoever lost it asks anew, with a new id."""


class Answers:
    """Bounded in bytes; the oldest goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()
        self._bytes = 0

    def remember(self, id: str, payload: bytes, answer: Mapping[str, Any]) -> None:
        """`answer` to the order `id` that came as `payload`."""
        text = json.dumps(answer).encode()
        if len(text) > LARGEST_BYTES:
            return
        self._kept[id] = sha256(payload).digest(), text
        self._bytes += len(text)
        while self._bytes > MOST_BYTES:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._bytes -= len(oldest)

    def of(self, id: str, payload: bytes) -> Mapping[str, Any] | None:
        """The same answer; None where it is not remembered, or another order had this id."""
        kept = self._kept.get(id)
        if kept is None or kept[0] != sha256(payload).digest():
            return None
        answer: dict[str, Any] = json.loads(kept[1])
        return answer
