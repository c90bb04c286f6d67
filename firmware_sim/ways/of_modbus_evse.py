"""Ways in which a bought EVSE controller on Modbus misbehaves in its own registers."""

from __future__ import annotations

from typing import Any

from firmware_sim.arguments import BadArgument, NotNow, within
from firmware_sim.evse_units.bender import Bender
from firmware_sim.evse_units.phoenix import PhoenixEthernet, PhoenixSerial
from firmware_sim.evse_units.simple_evse import FINE, FLAGS_KEPT, SimpleEvse
from firmware_sim.evse_units.unit import ModbusEvse
from firmware_sim.modbus_unit import RegisterUnit, Table
from firmware_sim.ways.registry import LONGEST_S, Mend, turned, way
from firmware_sim.world import World

NEEDS_MODBUS_EVSE = (
    "evse_deaf_registers", "evse_exchanged", "evse_garbage", "evse_late", "evse_letter", "evse_other_master",
    "evse_refuses", "evse_scale", "evse_self_test", "evse_silent", "evse_slow", "evse_swallows", "evse_time_out_dead",
)  # fmt: skip
"""Only an EVSE controller on Modbus has these; some, only one make of them."""
MOST_SWALLOWED = 1000


@way
def evse_silent(world: World, connector: int) -> Mend:
    """Answers nothing, and goes on with what it was set to (field-problems.md C4)."""
    return turned(_unit(world, connector), "silent", True)


@way
def evse_late(world: World, connector: int, *, delay_s: float = 0.6) -> Mend:
    """Answers after the asker's patience, so that its answer meets the next question (field-problems.md B6)."""
    within("delay_s", delay_s, 0, LONGEST_S)
    return turned(_unit(world, connector), "late_s", delay_s)


@way
def evse_garbage(world: World, connector: int) -> Mend:
    """Answers random octets."""
    return turned(_unit(world, connector), "garbage", True)


@way
def evse_swallows(world: World, connector: int, *, requests: int = 1) -> None:
    """Does not hear the next requests, as one that sleeps until it is spoken to."""
    within("requests", requests, 1, MOST_SWALLOWED)
    _unit(world, connector).swallows = requests


@way
def evse_slow(world: World, connector: int, *, quiet_s: float = 0.3) -> Mend:
    """Wants so long a silence after each answer before it listens again."""
    within("quiet_s", quiet_s, 0, LONGEST_S)
    return turned(_unit(world, connector), "quiet_s", quiet_s)


@way
def evse_deaf_registers(world: World, connector: int) -> Mend:
    """Says that it takes what is written, and keeps what it had (field-problems.md C8)."""
    return turned(_unit(world, connector), "believes_nothing", True)


@way
def evse_refuses(world: World, connector: int, *, address: int = 1000) -> Mend:
    """Denies to have that register or coil."""
    return turned(_unit(world, connector), "refuses", frozenset((address,)))


@way
def evse_other_master(world: World, connector: int, *, address: int = 1000, value: int = 16) -> None:
    """Somebody else writes that register, once: an app, or the device's own web page."""
    evse = _evse(world, connector)
    table = Table.COILS if (Table.COILS, address) in evse.values else Table.HOLDING
    if (table, address) not in evse.values:
        raise BadArgument(f"address: this controller has no {address} that can be written")
    evse.write(table, address, value)


@way
def evse_scale(world: World, connector: int) -> Mend:
    """Another program lets a SimpleEVSE count in 0.01 A while it runs: bit 7 of its register 2005."""
    evse = _of(world, connector, SimpleEvse)
    evse.write(Table.HOLDING, FLAGS_KEPT, evse.holding(FLAGS_KEPT) | FINE)
    return lambda: evse.write(Table.HOLDING, FLAGS_KEPT, evse.holding(FLAGS_KEPT) & ~FINE)


@way
def evse_self_test(world: World, connector: int) -> Mend:
    """A SimpleEVSE tests its residual current sensor, and says so in the bit that is an error in older firmware."""
    return turned(_of(world, connector, SimpleEvse), "tests", True)


@way
def evse_letter(world: World, connector: int, *, register: int = 0x4711) -> Mend:
    """A serial Phoenix shows that in its status register."""
    within("register", register, 0, 0xFFFF)
    return turned(_of(world, connector, PhoenixSerial), "letter_shown", register)


@way
def evse_exchanged(world: World, connector: int) -> Mend:
    """A Phoenix on Ethernet is exchanged for a box of Wallbe, which counts in tenths."""
    evse = _of(world, connector, PhoenixEthernet)
    mend = turned(evse, "wallbe", True)
    evse.reset("power")
    return mend


@way
def evse_time_out_dead(world: World, connector: int) -> Mend:
    """A Bender tells its time-out as it was set, and does nothing of it."""
    return turned(_of(world, connector, Bender), "ignores_time_out", True)


def _evse(world: World, connector: int) -> ModbusEvse:
    board = world.boards.get(connector)
    if not isinstance(board, ModbusEvse):
        raise NotNow(f"connector {connector} has no controller on Modbus; run a board that has, as sim-simple-evse")
    return board


def _unit(world: World, connector: int) -> RegisterUnit:
    return _evse(world, connector).unit


def _of(world: World, connector: int, make: type[Any]) -> Any:
    evse = _evse(world, connector)
    if not isinstance(evse, make):
        raise NotNow(f"connector {connector} has a {evse.firmware}, and only {make.firmware} goes wrong in this way")
    return evse
