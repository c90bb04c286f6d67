"""The EVSE controllers that the simulator can be, by the kind of their bus: one entry for each."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware_sim.arguments import BadArgument
from firmware_sim.bench_keys import provision
from firmware_sim.board_kind import Words, kind_words
from firmware_sim.board_storage import FolderStorage
from firmware_sim.energy import RegisterStore, board_folder
from firmware_sim.evse_units.makes import MAKES
from firmware_sim.evse_units.unit import Socket
from firmware_sim.modbus_unit import Join
from firmware_sim.openevse import OpenEvse
from firmware_sim.outlet import Outlet
from firmware_sim.pilot_board import OpenWire, PilotBoard
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline
from firmware_sim.world import Board


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a controller is built in, and what is known of it; `kind` and `micropython` are for pilot boards only.

    One with a port of its own opens it, one with an address on a Modbus line joins that; `bus` is its table.
    """

    outlet: Outlet
    timeline: Timeline
    bus: Mapping[str, object]
    open_wire: OpenWire
    join: Join
    shared_wire: Callable[[], SerialWire | None]
    """The serial line of the bus that it joined, once that is there; None over a network."""
    ids: random.Random
    store: RegisterStore
    directory: Path
    kind: Words | None = None
    micropython: Path | None = None


def _pilot_board(place: Place) -> Board:
    outlet, kind = place.outlet, kind_words(tethered=place.outlet.tethered, given=place.kind)
    if place.micropython is None:
        kept = place.store.board(outlet.number)
        provision(kept)
        return PilotBoard(outlet, place.timeline, place.open_wire, place.ids, kind=kind, kept=kept)
    # Only a world in real time needs it.
    from firmware_sim.micropython_board import MicropythonBoard

    folder = board_folder(place.directory, outlet.number)
    folder.mkdir(exist_ok=True)
    interpreter = place.micropython
    provision(FolderStorage(folder))
    return MicropythonBoard(
        outlet, place.timeline, place.open_wire, place.ids, micropython=interpreter, folder=folder, kind=kind
    )


def _openevse(place: Place) -> Board:
    kept = place.store.board(place.outlet.number)
    return OpenEvse(place.outlet, place.timeline, place.open_wire, place.ids, kept=kept)


def _modbus_evse(place: Place) -> Board:
    make, address = MAKES.get(str(place.bus.get("controller"))), place.bus.get("address")
    if make is None or not isinstance(address, int):
        raise BadArgument(f"controller: {place.bus.get('controller')!r} at {address!r}; there are {', '.join(MAKES)}")
    socket = Socket(
        outlet=place.outlet,
        timeline=place.timeline,
        join=place.join,
        wire=place.shared_wire,
        ids=place.ids,
        kept=place.store.board(place.outlet.number),
    )
    return make(address, socket)


MAKERS: Mapping[str, Callable[[Place], Board]] = {
    "pilot_board": _pilot_board,
    "openevse": _openevse,
    "modbus_evse": _modbus_evse,
}
"""A board file's driver of pilot and contactor, and kind of their bus."""
