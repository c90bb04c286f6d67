"""What a board file fits to the charger's computer beside the power path: the lock of a socket, and lamps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmware_sim.board_file import BoardUnusable
from firmware_sim.gpio_chip import GpioChip
from firmware_sim.gpio_lock import GpioLock
from firmware_sim.lamp import Lamp, SysfsLamp
from firmware_sim.timeline import Timeline
from firmware_sim.world import World

COLOURS = ("red", "green", "blue", "white")


def wire_fittings(board: Mapping[str, Any], chips: Mapping[str, GpioChip], world: World, directory: Path) -> None:
    """Everything of that kind that the board file names. Raises BoardUnusable."""
    for table in board["connector"]:
        number = table["id"]
        lock, indicator = table.get("lock", {}), table.get("indicator", {})
        if lock.get("driver") == "motor_lock":
            bolt = world.outlets[number].parts.lock
            if bolt is None:
                raise BoardUnusable(f"connector {number}: a tethered cable has no lock")
            world.locks[number] = GpioLock(world.timeline, bolt, _chip(chips, lock), lock)
        if indicator.get("driver") == "gpio_led":
            world.lamps[number] = wire_lamp(world.timeline, _chip(chips, indicator), indicator)
        if indicator.get("driver") == "sysfs_led":
            world.lamps[number] = place_leds(world.timeline, indicator, directory)


def wire_lamp(timeline: Timeline, chip: GpioChip, table: Mapping[str, Any]) -> Lamp:
    """A line for each colour that the table names."""
    lamp = Lamp(timeline, tuple(colour for colour in COLOURS if colour in table))
    for colour in COLOURS:
        if colour in table:
            switch = lamp.switch(colour, lit_when_low=bool(table.get("active_low", False)))
            chip.feel(str(table[colour]), switch)
    return lamp


def place_leds(timeline: Timeline, table: dict[str, Any], directory: Path) -> SysfsLamp:
    """The kernel's folders of the LEDs that the table names, which is told where they are."""
    root = directory.absolute() / "leds"
    table["root"] = str(root)
    lamp = SysfsLamp(timeline, root, {colour: str(table[colour]) for colour in COLOURS if colour in table})
    lamp.appear()
    return lamp


def _chip(chips: Mapping[str, GpioChip], table: Mapping[str, Any]) -> GpioChip:
    if table.get("bus") not in chips:
        raise BoardUnusable(f"bus {table.get('bus')!r} is no GPIO chip of this file")
    return chips[str(table["bus"])]
