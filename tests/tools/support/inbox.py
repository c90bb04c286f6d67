"""A link whose messages are there already."""

from __future__ import annotations

from collections.abc import Iterable

from tools.support.link import Message


class Inbox:
    """Hands out what is waiting; `acknowledged` are the numbers of what was done."""

    def __init__(self, told: Iterable[tuple[str, bytes]]) -> None:
        self.waiting = [Message(topic, payload, False, 0.0, "", number) for number, (topic, payload) in enumerate(told)]
        self.acknowledged: list[int] = []

    def next(self, _: float) -> Message | None:
        return self.waiting.pop(0) if self.waiting else None

    def done(self, message: Message) -> None:
        self.acknowledged.append(message.number)
