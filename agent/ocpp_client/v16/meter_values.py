"""MeterReadings → the element of `meterValue` (ocpp16.md section 7)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from agent.core.facts import MeterReadings
from agent.core.quantities import Measurand, Phase, Reading, ReadingContext
from agent.ocpp_client.adapter import Payload

UNITS: dict[Measurand, str | None] = {
    Measurand.ENERGY_IMPORT_REGISTER: "Wh",
    Measurand.POWER_IMPORT: "W",
    Measurand.CURRENT_IMPORT: "A",
    Measurand.VOLTAGE: "V",
    Measurand.FREQUENCY: None,
    Measurand.CURRENT_OFFERED: "A",
    Measurand.POWER_OFFERED: "W",
    Measurand.TEMPERATURE: "Celsius",
}
"""1.6 has no unit for a frequency: hertz are understood (errata 3.86)."""


def meter_value(taken: MeterReadings, timestamp: str) -> Payload | None:
    """One moment's readings; None where there is nothing a message could hold.

    Fields that have a default are written all the same: many central systems misread the defaults.
    """
    values = [_sampled_value(one, taken.context) for one in taken.readings if math.isfinite(one.value)]
    return {"timestamp": timestamp, "sampledValue": values} if values else None


def register_value(register_wh: int, context: ReadingContext) -> Payload:
    """A register in plain, as an element of `sampledValue`."""
    return _sampled_value(Reading(Measurand.ENERGY_IMPORT_REGISTER, register_wh), context)


def _sampled_value(reading: Reading, context: ReadingContext) -> Payload:
    value: Payload = {
        "value": number_text(reading.value),
        "context": context.value,
        "format": "Raw",
        "measurand": reading.measurand.value,
        "location": "Outlet",
    }
    if reading.phase is not None:
        value["phase"] = _phase(reading.measurand, reading.phase)
    unit = UNITS[reading.measurand]
    if unit is not None:
        value["unit"] = unit
    return value


def _phase(measurand: Measurand, phase: Phase) -> str:
    """A voltage is measured between a phase and neutral."""
    return f"{phase.value}-N" if measurand is Measurand.VOLTAGE else phase.value


def number_text(value: float) -> str:
    """A plain decimal number, no exponent, at most three digits behind the point."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def thinned(history: Sequence[MeterReadings], most: int) -> list[MeterReadings]:
    """At most `most` of them in their order, evenly, with the first and the last (errata 3.91)."""
    if len(history) <= most:
        return list(history)
    step = (len(history) - 1) / (most - 1)
    return [history[round(place * step)] for place in range(most)]
