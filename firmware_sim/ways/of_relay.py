"""Ways in which a relay board on a Modbus line misbehaves, and the relay of one connector on it."""

from __future__ import annotations

from typing import Any

from firmware_sim.arguments import NotNow, within
from firmware_sim.relay_board import RelayBoard
from firmware_sim.relay_dialects import Waveshare
from firmware_sim.ways.registry import LONGEST_S, Mend, turned, way
from firmware_sim.world import World

NEEDS_RELAYS = (
    "relay_closed", "relay_deaf_ears", "relay_garbage", "relay_held", "relay_late", "relay_neighbour", "relay_old",
    "relay_restart", "relay_silent", "relay_stuck",
)  # fmt: skip
"""Only a charger whose contactor hangs on a relay board has these."""


@way
def relay_silent(world: World, connector: int) -> Mend:
    """The board answers nothing, and does nothing; its relays stay as they are."""
    return _fault(world, connector, "silent", True)


@way
def relay_garbage(world: World, connector: int) -> Mend:
    """The board obeys, and answers random octets."""
    return _fault(world, connector, "garbage", True)


@way
def relay_late(world: World, connector: int, *, delay_s: float = 0.4) -> Mend:
    """The board answers after the asker's patience, so that its answer meets the next question."""
    within("delay_s", delay_s, 0, LONGEST_S)
    return _fault(world, connector, "late_s", delay_s)


@way
def relay_deaf_ears(world: World, connector: int) -> Mend:
    """The board says that it took an order, and keeps its relays as they were."""
    return _fault(world, connector, "believes_nothing", True)


@way
def relay_neighbour(world: World, connector: int) -> Mend:
    """Orders move the relay beside the one that they are for, which answers in its place: it is counted otherwise."""
    board, _ = _relay(world, connector)
    return turned(board, "shifted", 1, board.settle)


@way
def relay_old(world: World, connector: int) -> Mend:
    """The board speaks its maker's protocol of before September 2021. Only a Waveshare board can."""
    board, _ = _relay(world, connector)
    if not isinstance(board.dialect, Waveshare):
        raise NotNow(f"connector {connector} has a relay board of another maker, which had one protocol only")
    return turned(board.dialect, "speaks_v1", True)


@way
def relay_stuck(world: World, connector: int) -> Mend:
    """The contact of the relay sticks as it is now, whatever the board believes."""
    board, channel = _relay(world, connector)
    relay = board.relays[channel - 1]
    return turned(relay, "stuck", relay.closed, board.settle)


@way
def relay_held(world: World, connector: int, *, seconds: float = 60.0) -> Mend:
    """Somebody else on the line lets the relay be closed for so long."""
    within("seconds", seconds, 0, LONGEST_S)
    board, channel = _relay(world, connector)
    board.hold(channel - 1, seconds)
    return lambda: board.release(channel - 1)


@way
def relay_closed(world: World, connector: int) -> None:
    """Somebody else on the line closes the relay."""
    board, channel = _relay(world, connector)
    board.order(channel - 1, True)


@way
def relay_restart(world: World, connector: int) -> None:
    """The supply of the board was away: all its relays fall open, and it remembers nothing."""
    _relay(world, connector)[0].restart()


def _fault(world: World, connector: int, mark: str, broken: Any) -> Mend:
    return turned(_relay(world, connector)[0], mark, broken)


def _relay(world: World, connector: int) -> tuple[RelayBoard, int]:
    if connector not in world.relays:
        raise NotNow(f"connector {connector} has no relay board; run a board that has one, as sim-modbus-relay")
    return world.relays[connector]
