"""What the pins of a pilot board show of its outlet, as the firmware's own `Inputs`; and the same as a line of text."""

from __future__ import annotations

from typing import Any

from firmware_sim.firmware import load_module
from firmware_sim.outlet import Outlet


def new_inputs() -> Any:
    """Pins before the first reading."""
    return load_module("inputs").Inputs()


def show(outlet: Outlet, inputs: Any) -> None:
    """Bring `inputs` up to date."""
    window = outlet.pilot_window()
    inputs.high_mv = window.high_mv
    inputs.low_mv = window.low_mv
    inputs.samples_high = window.samples_high
    inputs.frozen = outlet.faults.samples_frozen
    inputs.mirror_open = outlet.contactor.mirror_open
    inputs.chain_ok = outlet.chain_ok()
    inputs.pp_mv = outlet.proximity_mv()


def as_words(inputs: Any) -> str:
    """All fields in the order of `boards/unix.py`, "-" for None."""
    return " ".join("-" if number is None else str(int(number)) for number in _numbers(inputs))


def _numbers(inputs: Any) -> list[int | None]:
    numbers: list[int | None] = []
    for name in load_module("boards.pin_line").FIELDS:
        field = getattr(inputs, name)
        numbers.extend(field if isinstance(field, tuple) else (field,))
    return numbers
