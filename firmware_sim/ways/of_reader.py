"""Ways in which a PN532 misbehaves, and in which the wires of a Wiegand reader do. Lines are broken as any other."""

from __future__ import annotations

from typing import Any

from firmware_sim.arguments import NotNow, within
from firmware_sim.pn532 import Pn532
from firmware_sim.ways.registry import LONGEST_S, Mend, turned, way
from firmware_sim.wiegand_reader import WiegandReader
from firmware_sim.world import Reader, World

NEEDS_PN532 = ("reader_dead", "reader_garbage", "reader_late", "reader_pieces", "reader_refuses", "reader_stuck")
"""Only a PN532 has these."""
NEEDS_READER = (*NEEDS_PN532, "wiegand_crossed", "wiegand_short")
"""These need a reader of one kind."""


@way
def reader_dead(world: World, connector: int) -> Mend:
    """The reader's supply is off; it comes back as from the factory."""
    reader = _pn532(world, connector)
    reader.lose_power()
    return reader.gain_power


@way
def reader_stuck(world: World, connector: int) -> Mend:
    """The reader's firmware halts until its supply is switched (nfcpy/nfcpy issue 45), which mending does."""
    reader = _pn532(world, connector)
    reader.get_stuck()
    return reader.gain_power


@way
def reader_garbage(world: World, connector: int) -> Mend:
    """Answers what another baud rate makes of its frames."""
    return _fault(world, connector, "garbage", True)


@way
def reader_refuses(world: World, connector: int) -> Mend:
    """Understands nothing: a NACK to every command."""
    return _fault(world, connector, "refuses", True)


@way
def reader_late(world: World, connector: int, *, delay_s: float = 0.7) -> Mend:
    """Its words arrive that much later, acknowledgements too: an answer may meet the next command."""
    within("delay_s", delay_s, 0, LONGEST_S)
    return _fault(world, connector, "late_s", delay_s)


@way
def reader_pieces(world: World, connector: int, *, octets: int = 1) -> Mend:
    """Its frames arrive in pieces of that length (techniq/node-pn532 issue 9)."""
    within("octets", octets, 1, 255)
    return _fault(world, connector, "chunk_octets", octets)


@way
def wiegand_short(world: World, connector: int, *, wire: int = 0) -> Mend:
    """The reader's wire of zeros (0) or of ones (1) touches ground."""
    within("wire", wire, 0, 1)
    wires = _wiegand(world, connector).wire
    wires.short(wire)
    return lambda: wires.short(None)


@way
def wiegand_crossed(world: World, connector: int) -> Mend:
    """The reader's two wires are exchanged."""
    return turned(_wiegand(world, connector), "crossed", True)


def _fault(world: World, connector: int, mark: str, broken: Any) -> Mend:
    return turned(_pn532(world, connector), mark, broken)


def _wiegand(world: World, connector: int) -> WiegandReader:
    reader = _reader(world, connector)
    if not isinstance(reader, WiegandReader):
        raise NotNow(f"connector {connector} has no Wiegand reader; run a board that has one, as sim-wiegand")
    return reader


def _reader(world: World, connector: int) -> Reader | None:
    """Its own, or the station's."""
    return world.readers.get(connector) or world.readers.get(0)


def _pn532(world: World, connector: int) -> Pn532:
    reader = _reader(world, connector)
    if not isinstance(reader, Pn532):
        raise NotNow(f"connector {connector} has no PN532 as its reader; run a board that has one, as sim-pn532")
    return reader
