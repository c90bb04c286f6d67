"""What the pins of a pilot board show of its outlet, as the firmware's own `Inputs`; and the same as a line of text."""

from __future__ import annotations

from typing import Any

from firmware_sim.firmware import load_module
from firmware_sim.mains import IN_ORDER
from firmware_sim.outlet import Outlet


def new_inputs() -> Any:
    """Pins before the first reading."""
    return load_module("inputs").Inputs()


def show(outlet: Outlet, inputs: Any) -> None:
    """Bring `inputs` up to date."""
    window, parts, mains = outlet.pilot_read(), outlet.parts, outlet.mains
    inputs.high_mv = window.high_mv
    inputs.low_mv = window.low_mv
    inputs.samples_high = window.samples_high
    inputs.frozen = outlet.faults.samples_frozen
    inputs.generator_mhz = parts.capture.mhz
    inputs.generator_duty = parts.capture.duty
    inputs.plus_mv, inputs.minus_mv = (round(rail_v * 1000) for rail_v in parts.rails_v)
    inputs.supply_mv = round(parts.feed_v * 1000)
    inputs.mirror_open = outlet.contactor.mirror_open
    inputs.chain_ok = parts.chain_shown(outlet.chain_ok())
    inputs.load_edges = parts.load_side.edges
    inputs.earth_edges = parts.earth_edges(mains)
    inputs.earth_neutral_mv = round(mains.earth_neutral_v * 1000)
    inputs.residual = parts.residual.bits
    inputs.voltage_mv = mains.phases_mv
    inputs.current_ma = parts.measured_ma(outlet.phase_ma())
    inputs.mains_mhz = mains.mhz
    inputs.rotation_ok = mains.rotation == IN_ORDER
    inputs.ntc_codes = parts.warmth.codes
    inputs.pp_mv = outlet.proximity_mv()
    if parts.lock is not None:
        inputs.lock_code = parts.lock.code
        inputs.release_mv = round(parts.lock.release_v * 1000)


def as_words(inputs: Any) -> str:
    """All fields in the order of `boards/unix.py`, "-" for None."""
    return " ".join("-" if number is None else str(int(number)) for number in _numbers(inputs))


def _numbers(inputs: Any) -> list[int | None]:
    numbers: list[int | None] = []
    for name in load_module("boards.pin_line").FIELDS:
        field = getattr(inputs, name)
        numbers.extend(field if isinstance(field, tuple) else (field,))
    return numbers
