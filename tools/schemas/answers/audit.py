"""The log of commands."""

from __future__ import annotations

from typing import Literal, TypedDict
from typing import NotRequired as Maybe

from tools.schemas.words import At


class Command(TypedDict):
    """What somebody had done; what is empty is absent."""

    at: Maybe[At]
    via: Literal["socket", "mqtt", "ocpp"]
    """the door"""
    uid: Maybe[int]
    """user at the socket"""
    key: Maybe[str]
    """name of the key that signed it"""
    role: Maybe[str]
    case: Maybe[str]
    """the support case"""
    order_id: Maybe[str]
    verb: str
    arguments: Maybe[str]
    """redacted"""
    outcome: str
    took_ms: Maybe[int]


class Audit(TypedDict):
    """Oldest first."""

    commands: list[Command]


ANSWERS = {"": Audit}
