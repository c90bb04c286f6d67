"""What starts anew; of a modem and of a pilot board, what became of it."""

from __future__ import annotations

from typing import Literal, TypedDict
from typing import NotRequired as Maybe

from agent.control.remedies_port import Restart
from tools.schemas.words import Port


class Restarts(TypedDict):
    """It is on its way; whether it came back says `status`."""

    restarts: Restart


class Modem(TypedDict):
    """As ModemManager has it, in its words."""

    modem: Maybe[str]
    """its state"""
    sim: Maybe[str]
    registration: Maybe[str]
    operator: Maybe[str]
    technology: Maybe[str]
    signal_percent: Maybe[int]


class ModemBack(TypedDict):
    """It was told to start anew."""

    restarts: Literal["modem"]
    back_after_s: Maybe[float]
    """until it was in its network again; absent where it did not come back in time"""
    next: Maybe[str]
    """what to do where it did not"""
    modem: Maybe[Modem]
    """as it was seen last"""


class BoardBack(TypedDict):
    """It agreed to start anew."""

    restarts: Literal["board"]
    connector: Port
    back_after_s: float | None
    """until it was heard again; null where it was not in time"""


ANSWERS = {
    **dict.fromkeys(("service", "system", "forced"), Restarts),
    "board": BoardBack,
    "modem": ModemBack,
}
