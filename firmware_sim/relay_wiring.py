"""Relay boards as a board file wires them: relays to coils of outlets, auxiliary and other contacts to inputs."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from firmware_sim.board_file import BoardUnusable, buses
from firmware_sim.modbus_unit import Unit
from firmware_sim.outlet import Outlet
from firmware_sim.relay_board import RelayBoard
from firmware_sim.relay_dialects import DIALECTS
from firmware_sim.world import PlacedContact, World

Table = Mapping[str, Any]

KIND = "modbus_relay"
"""Of the bus, and driver of a contactor and of an input."""
CHANNELS = 8
SLOW_TO_OPEN_S = 0.35
"""An order waits for the exchange under way on its line, a meter's longest block perhaps, and takes its own time."""


class InputContact:
    """At an input of a relay board; moved, or with its wire off."""

    def __init__(self, *, rests_closed: bool) -> None:
        self._rests_closed = rests_closed
        self._is_actuated = self._is_off = False

    def actuate(self, actuated: bool) -> None:
        """Press it, open the door: whatever takes it out of its rest."""
        self._is_actuated = actuated

    def break_wire(self, broken: bool) -> None:
        self._is_off = broken

    def feeds(self) -> bool:
        """Current flows through the input."""
        return self._rests_closed is not self._is_actuated and not self._is_off


def wire_relays(board: dict[str, Any], world: World, units_on: Callable[[str], list[Unit]]) -> None:
    """Every relay board of the file, on its line, with everything that the file hangs on it. Raises BoardUnusable."""
    boards = {name: _board(name, bus, world) for name, bus in buses(board).items() if bus.get("kind") == KIND}
    for name, relays in boards.items():
        units_on(str(buses(board)[name].get("bus"))).append(relays)
    for table in board["connector"]:
        contactor = table["contactor"]
        if contactor["driver"] == KIND:
            relays = _of(boards, contactor)
            wire_contactor(relays, contactor, world.outlets[table["id"]])
            world.relays[table["id"]] = relays, contactor["channel"]
    for number, place in ((0, board), *((table["id"], table) for table in board["connector"])):
        for one in place.get("input", []):
            if one["driver"] == KIND:
                world.contacts.append(PlacedContact(number, str(one["means"]), wire_input(_of(boards, one), one)))


def wire_contactor(relays: RelayBoard, table: Table, outlet: Outlet) -> None:
    """The relay carries the coil; the auxiliary contact feeds its input, where there is one."""
    outlet.switch_elsewhere(False)
    outlet.slow_to_open_s = SLOW_TO_OPEN_S
    relays.wires[table["channel"]] = outlet.switch_elsewhere
    rests_closed = table.get("feedback") == "normally_closed"
    if "feedback_input" in table:
        relays.senses[table["feedback_input"]] = lambda: outlet.contactor.mirror_open is rests_closed


def wire_input(relays: RelayBoard, table: Table) -> InputContact:
    """A contact that a person, or a part of the cabinet, moves."""
    contact = InputContact(rests_closed=table.get("contact", "normally_closed") == "normally_closed")
    relays.senses[table["channel"]] = contact.feeds
    return contact


def _board(name: str, bus: Table, world: World) -> RelayBoard:
    family = bus.get("family")
    if family not in DIALECTS:
        raise BoardUnusable(f"bus {name}: family is {family!r}; only {' or '.join(DIALECTS)} can be simulated")
    dialect = DIALECTS[str(family)](bus.get("first"))
    # A stream of its own: what else is drawn in this world stays as it was.
    noise = random.Random(f"relays {name}")
    return RelayBoard(bus["address"], dialect, bus.get("channels", CHANNELS), world.timeline, noise)


def _of(boards: Mapping[str, RelayBoard], table: Table) -> RelayBoard:
    if table.get("bus") not in boards:
        raise BoardUnusable(f"bus {table.get('bus')!r} is no relay board of this file")
    return boards[str(table["bus"])]
