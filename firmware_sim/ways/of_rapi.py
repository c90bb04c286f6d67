"""Ways in which an OpenEVSE, or the line to it, misbehaves in its own protocol."""

from __future__ import annotations

from typing import Any

from firmware_sim.arguments import BadArgument, NotNow, within
from firmware_sim.openevse import OpenEvse
from firmware_sim.rapi_line import RapiLine
from firmware_sim.ways.registry import LONGEST_S, Mend, turned, way
from firmware_sim.world import World

NEEDS_RAPI = ("rapi_checks", "rapi_deaf", "rapi_echo", "rapi_garbage", "rapi_lacks", "rapi_late", "rapi_mute")
"""Only an OpenEVSE has these."""
MAY_LACK = ("sequence", "heartbeat")


@way
def rapi_mute(world: World, connector: int) -> Mend:
    """Obeys and says nothing: the line back is broken."""
    return _fault(world, connector, "mute", True)


@way
def rapi_deaf(world: World, connector: int) -> Mend:
    """Hears nothing, and says what it says unasked: the line towards it is broken."""
    return _fault(world, connector, "deaf", True)


@way
def rapi_garbage(world: World, connector: int) -> Mend:
    """Sends what another baud rate makes of its lines."""
    return _fault(world, connector, "garbage", True)


@way
def rapi_checks(world: World, connector: int) -> Mend:
    """Sends each line with a wrong checksum."""
    return _fault(world, connector, "bad_checks", True)


@way
def rapi_echo(world: World, connector: int) -> Mend:
    """Gives back what it hears, and answers all the same (field-problems.md B11)."""
    return _fault(world, connector, "echo", True)


@way
def rapi_late(world: World, connector: int, *, delay_s: float = 0.6) -> Mend:
    """Answers after the asker's patience, so that its answer meets the next command (field-problems.md B6)."""
    within("delay_s", delay_s, 0, LONGEST_S)
    return _fault(world, connector, "late_s", delay_s)


@way
def rapi_lacks(world: World, connector: int, *, what: str = "heartbeat") -> Mend:
    """Runs a firmware without "heartbeat" supervision, or without "sequence" ids, from its next start on."""
    if what not in MAY_LACK:
        raise BadArgument(f"what: {what!r} is not one of {', '.join(MAY_LACK)}")
    board = _openevse(world, connector)
    mend = turned(board.line, "lacks", frozenset({what}))
    board.reset()

    def mended() -> None:
        mend()
        board.reset()

    return mended


def _fault(world: World, connector: int, mark: str, broken: Any) -> Mend:
    line: RapiLine = _openevse(world, connector).line
    return turned(line, mark, broken)


def _openevse(world: World, connector: int) -> OpenEvse:
    board = world.boards.get(connector)
    if not isinstance(board, OpenEvse):
        raise NotNow(f"connector {connector} has no OpenEVSE; run a board that has one, as sim-openevse")
    return board
