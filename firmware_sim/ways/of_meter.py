"""Ways in which a meter misbehaves."""

from __future__ import annotations

from typing import Any

from firmware_sim.arguments import BadArgument, NotNow, within
from firmware_sim.mains import PHASES
from firmware_sim.meter_models import MODELS
from firmware_sim.meter_wiring import Wiring, exchanged, scaled
from firmware_sim.modbus_meter import ModbusMeter
from firmware_sim.sml_meter import SmlMeter
from firmware_sim.ways.registry import LONGEST_S, Mend, turned, way
from firmware_sim.world import World

MOST_REGISTER_WH = 10**9
WIRED_WRONG = ("meter_crossed", "meter_other", "meter_ratio", "meter_reversed")
"""Nothing that comes and goes: so an installer left it, and no account of energy holds with it."""


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


@way
def meter_other(world: World, connector: int, *, model: str = "abb-b2x") -> Mend:
    """A meter of another make hangs at the same address."""
    meter = _meter(world, connector)
    if not isinstance(meter, ModbusMeter) or model not in MODELS:
        raise BadArgument(f"model: {model!r} is none that can hang there; there are {', '.join(sorted(MODELS))}")
    before = meter.model
    meter.become(MODELS[model])
    return lambda: meter.become(before)


@way
def meter_crossed(world: World, connector: int, *, phase: int = 1, other: int = 2, with_voltage: bool = True) -> Mend:
    """Two phases are exchanged at the meter: the wires through it, or without their voltages two transformers."""
    if phase not in PHASES or other not in PHASES or phase == other:
        raise BadArgument(f"phase, other: {phase} and {other} are not two of 1, 2 and 3")
    return _wired(world, connector, exchanged(_wiring(world, connector), phase, other, with_voltage=with_voltage))


@way
def meter_reversed(world: World, connector: int, *, phase: int | None = None) -> Mend:
    """The current of one phase, or of all, flows the wrong way through the meter."""
    return _wired(world, connector, scaled(_wiring(world, connector), _one_of(phase), -1.0))


@way
def meter_ratio(world: World, connector: int, *, factor: float = 0.5, phase: int | None = None) -> Mend:
    """The meter is set to other current transformers than it has: everything, or one phase, times the factor."""
    within("factor", factor, 0, 100)
    return _wired(world, connector, scaled(_wiring(world, connector), _one_of(phase), factor))


def _one_of(phase: int | None) -> int | None:
    if phase is not None:
        within("phase", phase, min(PHASES), max(PHASES))
    return phase


def _wiring(world: World, connector: int) -> Wiring:
    _meter(world, connector)
    return world.outlet(connector).meter_wiring


def _wired(world: World, connector: int, wiring: Wiring) -> Mend:
    outlet = world.outlet(connector)
    return turned(outlet, "meter_wiring", wiring, outlet.settle)


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
