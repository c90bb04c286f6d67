"""Which signal a lamp shows, told by its colours and rhythm alone, as a person with the table in hand tells it."""

from __future__ import annotations

from agent.core.session.effects import Signal
from firmware_sim.lamp import Lamp, SysfsLamp

LOOKS_FOR_S = 9.0

WINK, SLOW, FAST, FLASH = 3.9, 1.0, 0.2, 0.1
TABLE = {
    (("green",), WINK): Signal.AVAILABLE,
    (("green",), SLOW): Signal.PREPARING,
    (("green",), FAST): Signal.ACCEPTED,
    (("red",), FAST): Signal.REFUSED,
    (("blue",), SLOW): Signal.CHARGING,
    (("blue",), FLASH): Signal.PAUSED,
    (("blue",), WINK): Signal.FINISHING,
    (("red", "green"), WINK): Signal.UNAVAILABLE,
    (("red",), SLOW): Signal.FAULT,
    (("red", "green"), FLASH): Signal.OFFLINE,
    (("red", "blue"), SLOW): Signal.UPDATE,
}
"""Colours, and how long they are lit each time, seconds."""


async def signal_shown(lamp: Lamp | SysfsLamp) -> Signal | None:
    """None where it is nothing of the table."""
    colours, lengths_s = await lamp.watched(LOOKS_FOR_S)
    # Who looks a hundred times a second is off by as much.
    lengths = {round(length_s, 1) for length_s in lengths_s}
    return TABLE.get((colours, lengths.pop())) if len(lengths) == 1 else None
