"""Ways in which a meter misbehaves."""

from __future__ import annotations

from typing import Any

from firmware_sim.arguments import NotNow, within
from firmware_sim.modbus_meter import ModbusMeter
from firmware_sim.sml_meter import SmlMeter
from firmware_sim.ways.registry import LONGEST_S, Mend, way
from firmware_sim.world import World

MOST_REGISTER_WH = 10**9


@way
def meter_silent(world: World, connector: int) -> Mend:
    """Answers nothing."""
    return _meter_fault(world, connector, "silent", True)


@way
def meter_late(world: World, connector: int, *, delay_s: float = 0.6) -> Mend:
    """Answers after the asker's patience, so that its answer meets the next question (field-problems.md B6)."""
    within("delay_s", delay_s, 0, LONGEST_S)
    return _meter_fault(world, connector, "late_s", delay_s)


@way
def meter_garbage(world: World, connector: int) -> Mend:
    """Answers random octets."""
    return _meter_fault(world, connector, "garbage", True)


@way
def meter_swapped(world: World, connector: int) -> Mend:
    """Sends the low word first (field-problems.md V1)."""
    return _meter_fault(world, connector, "swapped", True)


@way
def meter_absent_values(world: World, connector: int) -> Mend:
    """Answers the pattern for "not available" everywhere (field-problems.md V10)."""
    return _meter_fault(world, connector, "without_values", True)


@way
def meter_zero(world: World, connector: int) -> Mend:
    """Answers zeros everywhere (field-problems.md V10)."""
    return _meter_fault(world, connector, "all_zero", True)


@way
def meter_frozen(world: World, connector: int) -> Mend:
    """Answers the values of this moment for ever (field-problems.md T2)."""
    meter = _meter(world, connector)
    meter.freeze(True)
    return lambda: meter.freeze(False)


@way
def meter_exchanged(world: World, connector: int, *, register_wh: int = 0) -> None:
    """Puts another meter of the same kind in its place, with a register of its own."""
    within("register_wh", register_wh, 0, MOST_REGISTER_WH)
    _meter(world, connector)
    world.outlet(connector).registers.exchange(register_wh)


def _meter(world: World, connector: int) -> ModbusMeter | SmlMeter:
    meter = world.meters.get(connector) or world.heads.get(connector)
    if meter is None:
        raise NotNow(f"connector {connector} has no meter")
    return meter


def _meter_fault(world: World, connector: int, knob: str, broken: Any) -> Mend:
    meter = _meter(world, connector)
    if not hasattr(meter, knob):
        raise NotNow(f"connector {connector} has a meter of another kind, {meter.model.id}, which cannot do that")
    whole = getattr(meter, knob)
    setattr(meter, knob, broken)
    return lambda: setattr(meter, knob, whole)
