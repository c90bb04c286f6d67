"""What the central system was told of one connector's charge, and what it answered: read from the frames themselves.

Pure. A trace shortens long frames; of those the few numbers that count are found in the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import field
from typing import Any

from agent.ocpp_client.rpc.frames import CALL, RESULT
from agent.values import mutable

SENT = "sent"
START, STOP, VALUES = "StartTransaction", "StopTransaction", "MeterValues"
NUMBERS = ("connectorId", "meterStart", "meterStop", "transactionId")
HEAD = re.compile(r'^\[2, ?"([^"]{1,128})", ?"([A-Za-z]{1,64})"')


@mutable
class Told:
    """Registers in Wh. `transaction_id` is the network's own, `stopped_id` the one that the stop named."""

    start_wh: int | None = None
    stop_wh: int | None = None
    transaction_id: int | None = None
    stopped_id: int | None = None
    start_answered: bool = False
    stop_answered: bool = False
    order: list[str] = field(default_factory=list)
    """The messages of the charge as they left for the first time."""
    _asked: dict[str, str] = field(default_factory=dict)

    @property
    def is_in_order(self) -> bool:
        """Its beginning, then its values, then its end, and nothing behind that."""
        return self.order == [START, *[VALUES] * self.order.count(VALUES), STOP]


def told_of(frames: Iterable[tuple[str, str]], connector: int) -> Told:
    """From (direction, text) in their order: the latest charge that began at the connector in them."""
    told = Told()
    for direction, text in frames:
        if direction == SENT:
            told = _sent(told, text, connector)
        else:
            _received(told, text)
    return told


def _sent(told: Told, text: str, connector: int) -> Told:
    head = HEAD.match(text)
    if head is None:
        return told
    id, action = head.groups()
    numbers = _numbers(text)
    if action == START and numbers.get("connectorId") == connector:
        if told.start_answered or told.start_wh != numbers.get("meterStart"):
            told = Told(start_wh=numbers.get("meterStart"))
        _note(told, id, action)
    elif action == STOP and told.transaction_id is not None and numbers.get("transactionId") == told.transaction_id:
        told.stop_wh, told.stopped_id = numbers.get("meterStop"), numbers.get("transactionId")
        _note(told, id, action)
    elif action == VALUES and told.transaction_id is not None and numbers.get("transactionId") == told.transaction_id:
        _note(told, id, action)
    return told


def _note(told: Told, id: str, action: str) -> None:
    """A repetition keeps its place."""
    if action == VALUES or action not in told.order:
        told.order.append(action)
    told._asked[id] = action


def _received(told: Told, text: str) -> None:
    frame = _parsed(text)
    if not isinstance(frame, list) or len(frame) != 3 or frame[0] != RESULT:
        return
    match told._asked.pop(str(frame[1]), None):
        case "StartTransaction":
            told.start_answered = True
            told.transaction_id = frame[2].get("transactionId")
        case "StopTransaction":
            told.stop_answered = True
        case _:
            return


def _numbers(text: str) -> dict[str, int]:
    frame = _parsed(text)
    if isinstance(frame, list) and len(frame) == 4 and frame[0] == CALL and isinstance(frame[3], dict):
        return {name: value for name, value in frame[3].items() if name in NUMBERS and isinstance(value, int)}
    found = ((name, re.search(rf'"{name}": ?(-?\d{{1,18}})', text)) for name in NUMBERS)
    return {name: int(match[1]) for name, match in found if match is not None}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
