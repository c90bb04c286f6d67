"""What a board file hangs on the lines of GPIO chips: coils, mirror contacts, cut-offs, emergency stops, doors
and buttons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from firmware_sim.board_file import BoardUnusable
from firmware_sim.gpio_chip import GpioChip
from firmware_sim.gpio_devices import Contact, PulseRelay
from firmware_sim.outlet import Outlet
from firmware_sim.timeline import Timeline
from firmware_sim.world import PlacedContact, World

LIBRARY = "firmware_sim.gpiod_stand_in"
"""What the charger loads in place of gpiod."""
PULSE_MS = 100

Table = Mapping[str, Any]


def make_chips(buses: Mapping[str, dict[str, Any]], directory: Path, timeline: Timeline) -> dict[str, GpioChip]:
    """One for each bus of that kind, whose table is told where it is. They appear once everything hangs on them."""
    chips = {}
    for name, bus in buses.items():
        if bus.get("kind") == "gpio":
            path = directory.absolute() / name
            label = str(bus["chip"]).rpartition("/")[2] or name
            chips[name] = GpioChip(timeline, path, label)
            bus["chip"], bus["library"] = str(path), LIBRARY
    return chips


def wire_board(board: dict[str, Any], chips: Mapping[str, GpioChip], world: World) -> None:
    """Everything that the board file names on them. Raises BoardUnusable for what no line of ours can carry."""
    for table in board["connector"]:
        outlet = world.outlets[table["id"]]
        contactor, cut_off = table["contactor"], table.get("cut_off")
        if contactor["driver"] == "gpio_relay":
            wire_contactor(_chip(chips, contactor), contactor, outlet)
        if cut_off is not None:
            _fits("cut_off", cut_off, "gpio_pulse")
            world.cut_offs[outlet.number] = wire_cut_off(_chip(chips, cut_off), cut_off, outlet, world.timeline)
    for number, table in ((0, board), *((table["id"], table) for table in board["connector"])):
        for one in table.get("input", []):
            if one["driver"] == "gpio":
                world.contacts.append(PlacedContact(number, str(one["means"]), wire_input(_chip(chips, one), one)))


def _fits(interface: str, table: Table, driver: str) -> None:
    if table.get("driver") != driver:
        raise BoardUnusable(f"{interface} is {table.get('driver')!r}; only {driver} can be simulated")


def _chip(chips: Mapping[str, GpioChip], table: Table) -> GpioChip:
    if table.get("bus") not in chips:
        raise BoardUnusable(f"bus {table.get('bus')!r} is no GPIO chip of this file")
    return chips[str(table["bus"])]


def wire_contactor(chip: GpioChip, table: Table, outlet: Outlet) -> None:
    """The coil hangs on the line, and on the second one where there is one: then both must drive it."""
    lines = [str(table[key]) for key in ("line", "second_line") if key in table]
    on = not table.get("active_low", False)
    drives = dict.fromkeys(lines, False)

    def feels(line: str) -> Callable[[bool], None]:
        def feel(is_high: bool) -> None:
            drives[line] = is_high is on
            outlet.switch_elsewhere(all(drives.values()))

        return feel

    outlet.switch_elsewhere(False)
    for line in lines:
        chip.feel(line, feels(line))
    if table.get("feedback", "none") != "none":
        _wire_feedback(chip, table, outlet)


def _wire_feedback(chip: GpioChip, table: Table, outlet: Outlet) -> None:
    contact = Contact(
        chip,
        str(table["feedback_line"]),
        rests_closed=table["feedback"] == "normally_closed",
        to_supply=table.get("feedback_closes_to") == "supply",
        own_resistor=bool(table.get("feedback_own_resistor", False)),
    )
    outlet.mirror_moved = lambda: contact.actuate(not outlet.contactor.mirror_open)


def wire_cut_off(chip: GpioChip, table: Table, outlet: Outlet, timeline: Timeline) -> PulseRelay:
    """The relay in series with the outlet's contactor."""
    pulse_s = table.get("pulse_ms", PULSE_MS) / 1000
    relay = PulseRelay(timeline, pulse_s, lambda: outlet.switch_cut_off(relay.is_closed))
    outlet.switch_cut_off(False)
    chip.feel(str(table["line"]), relay.pulse)
    return relay


def wire_input(chip: GpioChip, table: Table) -> Contact:
    """A contact that a person, or a part of the cabinet, moves."""
    return Contact(
        chip,
        str(table["line"]),
        rests_closed=table.get("contact", "normally_closed") == "normally_closed",
        to_supply=table.get("closes_to") == "supply",
        own_resistor=bool(table.get("own_resistor", False)),
    )
