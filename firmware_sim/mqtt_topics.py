"""Which filter takes which topic, and what the broker keeps: retained messages and subscriptions (MQTT 5 section 4.7).

No input, no output.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware_sim.mqtt_packets import Message

SHARED = "$share/"


def is_filter(text: str) -> bool:
    """Whether `+` and `#` stand where they may."""
    levels = text.split("/")
    fits = all(level == "+" or "+" not in level for level in levels)
    return (
        bool(text)
        and fits
        and all("#" not in level for level in levels[:-1])
        and levels[-1].count("#") in (0, 1)
        and ("#" not in levels[-1] or levels[-1] == "#")
    )


def is_topic(text: str) -> bool:
    return bool(text) and "+" not in text and "#" not in text


def takes(pattern: str, topic: str) -> bool:
    """Whether the filter takes the topic. A wildcard in front takes none that begins with "$"."""
    wanted, given = pattern.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(given) or level not in ("+", given[place]):
            return False
    return len(wanted) == len(given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Of one client. `group`: of a shared one, else ""."""

    pattern: str
    qos: int
    group: str = ""
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: int = 0
    number: int = 0

    @classmethod
    def of(cls, text: str, options: int, number: int) -> Subscription | None:
        """As SUBSCRIBE has it; None where it is no filter."""
        group, pattern = "", text
        if text.startswith(SHARED):
            group, _, pattern = text.removeprefix(SHARED).partition("/")
            if not group or "+" in group or "#" in group:
                return None
        if not is_filter(pattern):
            return None
        return cls(
            pattern=pattern,
            qos=min(options & 3, 1),
            group=group,
            no_local=bool(options & 4),
            retain_as_published=bool(options & 8),
            retain_handling=options >> 4 & 3,
            number=number,
        )


class Retained:
    """The newest retained message of each topic."""

    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}

    def __len__(self) -> int:
        return len(self._messages)

    def keep(self, message: Message) -> None:
        """An empty one removes what is kept."""
        if message.payload:
            self._messages[message.topic] = message
        else:
            self._messages.pop(message.topic, None)

    def of(self, pattern: str) -> Iterator[Message]:
        if pattern in self._messages:
            yield self._messages[pattern]
        elif "+" in pattern or "#" in pattern:
            yield from [one for topic, one in self._messages.items() if takes(pattern, topic)]

    def get(self, topic: str) -> Message | None:
        return self._messages.get(topic)

    def forget(self) -> None:
        self._messages.clear()
