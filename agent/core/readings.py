"""From one meter sample to the readings somebody asked for."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.quantities import Measurand, MeterSample, Phase, Reading

MEASURABLE = (
    Measurand.ENERGY_IMPORT_REGISTER,
    Measurand.POWER_IMPORT,
    Measurand.CURRENT_IMPORT,
    Measurand.VOLTAGE,
    Measurand.FREQUENCY,
    Measurand.CURRENT_OFFERED,
)
"""What a charger with one meter can tell. Declaring more to the network would be a promise nothing keeps."""


def readings_of(sample: MeterSample, measurands: tuple[Measurand, ...], offered_a: float) -> tuple[Reading, ...]:
    """The readings of `measurands` in their order; a value the meter does not give is left out, never 0."""
    return tuple(reading for measurand in measurands for reading in _readings(sample, measurand, offered_a))


def _readings(sample: MeterSample, measurand: Measurand, offered_a: float) -> Iterator[Reading]:
    match measurand:
        case Measurand.ENERGY_IMPORT_REGISTER:
            yield from _one(measurand, sample.register_wh)
        case Measurand.POWER_IMPORT:
            yield from _one(measurand, sample.power_w)
        case Measurand.CURRENT_IMPORT:
            yield from _phases(measurand, sample.currents_a)
        case Measurand.VOLTAGE:
            yield from _phases(measurand, sample.voltages_v)
        case Measurand.FREQUENCY:
            yield from _one(measurand, sample.frequency_hz)
        case Measurand.CURRENT_OFFERED:
            yield Reading(measurand, offered_a)
        case Measurand.POWER_OFFERED | Measurand.TEMPERATURE:
            return


def _one(measurand: Measurand, value: float | None) -> Iterator[Reading]:
    if value is not None:
        yield Reading(measurand, value)


def _phases(measurand: Measurand, values: tuple[float | None, float | None, float | None]) -> Iterator[Reading]:
    for phase, value in zip(Phase, values, strict=True):
        if value is not None:
            yield Reading(measurand, value, phase)
