"""What happened."""

from __future__ import annotations

from typing import NotRequired as Maybe
from typing import TypedDict

from tools.schemas.words import At, Count, EventFields, EventName, Port


class Event(TypedDict):
    """One of docs/events.md."""

    name: EventName
    at: At
    connector: Port | None
    fields: EventFields


class Events(TypedDict):
    """Oldest first."""

    events: list[Event]
    undated: Maybe[Count]
    """more of them, of a boot without a clock: nobody knows whether they are of that time"""


ANSWERS = {"": Events}
