"""Which registers are due, and what they said: the polls of one controller over time. Pure."""

from __future__ import annotations

import math

from agent.drivers.modbus.block import Block
from agent.drivers.modbus_evse.controller import Poll, Said


class Reading:
    """Refusals are remembered for good: a block that is refused is never asked again (field-problems.md C6)."""

    def __init__(self, polls: tuple[Poll, ...]) -> None:
        self._polls = polls
        self._choice = [0] * len(polls)
        """Which of its blocks each poll has come to; past the last one: the device lacks it."""
        self._due = [-math.inf] * len(polls)
        self._unread = set[int]()
        self._values: dict[tuple[int, int], int] = {}
        self._most: dict[tuple[int, int], int] = {}
        self.begin()

    def begin(self) -> None:
        """Nothing that was read counts any more."""
        self._values.clear()
        self._most.clear()
        self._due = [-math.inf] * len(self._polls)
        self._unread = set(range(len(self._polls)))

    def hurry(self, now: float) -> None:
        """Something was written: all that may have changed is due now, and what was read is old until then."""
        for index, poll in enumerate(self._polls):
            if math.isfinite(poll.every_s):
                self._due[index] = now
                self._unread.add(index)

    @property
    def first(self) -> Block:
        """How the device is found again."""
        return self._block(0) or self._polls[0].blocks[0]

    @property
    def said(self) -> Said:
        return Said(self._values, self._most)

    @property
    def is_complete(self) -> bool:
        """Everything was read at least once since the last `begin`; what the device lacks aside."""
        return not any(self._never_read(index) for index in range(len(self._polls)))

    @property
    def is_fresh(self) -> bool:
        """Everything was read since the last `begin` or `hurry`."""
        return not any(self._block(index) for index in self._unread)

    @property
    def due_at(self) -> float:
        """When the next block is due."""
        return min(due for index, due in enumerate(self._due) if self._block(index) is not None)

    def due(self, now: float) -> Block | None:
        """The block that has waited longest, if one is due."""
        index = min(range(len(self._polls)), key=lambda one: self._due[one] if self._block(one) else math.inf)
        return self._block(index) if self._due[index] <= now else None

    def take(self, block: Block, values: tuple[int, ...], now: float) -> None:
        """The device said so."""
        for place, value in enumerate(values):
            key = (block.function, block.address + place)
            self._values[key] = value
            self._most[key] = max(value, self._most.get(key, 0))
        for index in self._of(block):
            self._due[index] = now + self._polls[index].every_s
            self._unread.discard(index)

    def refuse(self, block: Block) -> bool:
        """The device refuses it for good. Whether that may be: another block is tried instead, or none is needed."""
        may_be = True
        for index in self._of(block):
            self._choice[index] += 1
            if self._block(index) is None and self._polls[index].needed:
                self._choice[index] = 0
                may_be = False
        return may_be

    def _never_read(self, index: int) -> bool:
        block = self._block(index)
        return block is not None and (block.function, block.address) not in self._values

    def _of(self, block: Block) -> list[int]:
        return [index for index in range(len(self._polls)) if self._block(index) == block]

    def _block(self, index: int) -> Block | None:
        blocks = self._polls[index].blocks
        return blocks[self._choice[index]] if self._choice[index] < len(blocks) else None
