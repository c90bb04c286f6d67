"""Faults of several parts as those of one device."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from agent.drivers.interfaces import DeviceFault
from agent.drivers.level import Level, changes
from agent.errors import DriverError

OUT_OF_REACH = "mcu.comm"
"""A part of the power path that does not answer."""
REACH = "reach of the contactor"
"""Stands for a part's name where its states tell whether it can be reached."""
ASKED_AGAIN_AFTER_S = 0.5

Faults = tuple[DeviceFault, ...]


def out_of_reach(part: str, error: DriverError) -> DeviceFault:
    """A part that does not answer, as a fault with its name and what to check."""
    return DeviceFault(id=OUT_OF_REACH, evidence=(("device", part), ("detail", error.what)))


class PartFaults:
    """Followed part by part, or told."""

    def __init__(self) -> None:
        self._present: Level[Mapping[str, Faults]] = Level({})

    def levels(self) -> AsyncIterator[Faults]:
        """All of them, each time that set changes."""
        return changes(self._present, lambda present: present or None, _together)

    async def follow(self, part: str, faults: Callable[[], AsyncIterator[Faults]]) -> None:
        """For ever."""
        while True:
            try:
                async for level in faults():
                    self.tell(part, level)
            except DriverError as error:
                self.tell(part, (out_of_reach(part, error),))
            await asyncio.sleep(ASKED_AGAIN_AFTER_S)

    def tell(self, part: str, faults: Faults) -> None:
        """All that a part has now."""
        self._present.set({**self._present.value, part: faults})


def _together(present: Mapping[str, Faults]) -> Faults:
    """One of each id: a catalogue has no second place for it. The evidence is that of the first part."""
    by_id: dict[str, DeviceFault] = {}
    for fault in (fault for faults in present.values() for fault in faults):
        by_id.setdefault(fault.id, fault)
    return tuple(by_id.values())
