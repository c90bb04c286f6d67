"""The charges on record."""

from __future__ import annotations

from typing import TypedDict

from agent.core.facts import StopReason
from agent.store.transactions import Delivery
from tools.schemas.words import At, Count, Port


class Session(TypedDict):
    """One transaction; null at its stop: it runs."""

    key: str
    """our own name of it"""
    connector: Port
    token: str
    """its last characters"""
    remote_id: int | None
    """the central system's number of it"""
    started: At | None
    start_wh: int
    stopped: At | None
    stop_wh: int | None
    stop_reason: StopReason | None
    energy_wh: int | None
    start_delivery: Delivery
    """whether its start was told"""
    delivery: Delivery
    """whether all of it was told"""


class Sessions(TypedDict):
    """Newest first."""

    sessions: list[Session]
    queued_facts: Count
    """records that wait for the central system"""


ANSWERS = {"": Sessions}
