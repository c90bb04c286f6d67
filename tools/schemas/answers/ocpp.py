"""The link to the central system."""

from __future__ import annotations

from typing import NotRequired as Maybe
from typing import TypedDict

from tools.schemas.health import Losses
from tools.schemas.words import At, Count, Moment


class Slot(TypedDict):
    """One address."""

    slot: Count
    endpoint: str | None
    network: str | None
    """the interface it is reached by"""
    security_profile: int | None
    active: bool
    last_good: bool
    """it accepted the charger last"""
    failures: Count
    why: str | None
    """of the last failure"""
    trial: str | None
    """what is tried there"""
    trial_failures: Count


class Status(TypedDict):
    """All but the first is absent where no central system is configured."""

    configured: bool
    endpoint: Maybe[str]
    connected: Maybe[bool]
    since: Maybe[At | None]
    cause: Maybe[str]
    """why it is not connected"""
    registration: Maybe[str | None]
    last_answer_s: Maybe[float | None]
    """since it answered last"""
    round_trip_ms: Maybe[float | None]
    queued: Maybe[Count]
    """records to tell"""
    queue_percent: Maybe[int]
    """of the room"""
    thinned: Maybe[Count]
    """samples that went for want of room"""
    unanswered: Maybe[Count]
    """records that were sent and not answered"""
    oldest: Maybe[At | None]
    oldest_kind: Maybe[str | None]
    oldest_age_s: Maybe[int | None]
    reconnects: Maybe[Count]
    losses: Maybe[Losses]
    clock_known: Maybe[bool]
    clock_offset_s: Maybe[float | None]
    """how far the central system's clock is ahead"""
    certificate_days: Maybe[int | None]
    """until it ends"""
    slots: Maybe[list[Slot]]


class Frame(TypedDict):
    """One message."""

    utc: Moment | None
    direction: str
    """"sent", "received", or of a gap what is missing"""
    action: str | None
    """of a call"""
    latency_ms: float | None
    """of an answer, since its call"""
    frame: str
    """its text, tokens masked"""


class Trace(TypedDict):
    """Oldest first."""

    frames: list[Frame]
    why_none: Maybe[str]


ANSWERS = {"status": Status, "trace": Trace}
