"""SunSpec: a list of models behind a marker, as the Alliance's documents have it. Built at any of the three bases.

The device tells a common model, an inverter's that a meter reader has to pass over, and the meter.
"""

from __future__ import annotations

from collections.abc import Iterator

from firmware_sim.meters.points import HOLDING, Encoding, MeterModel, Point, Reading, per_phase

F32, NUMBER, COUNTER = Encoding.F32, Encoding.SUNSSF, Encoding.ACC32
COMMON, INVERTER, WYE, WYE_IN_FLOATS, END = 1, 103, 203, 213, 0xFFFF
LENGTHS = {COMMON: 66, INVERTER: 50, WYE: 105, WYE_IN_FLOATS: 124, END: 0}
EXPONENTS = {"current": -2, "voltage": -1, "frequency": -2, "power": 0, "energy": 1}
"""Of the whole numbers. Energy in tens of Wh: the counter has 32 bits."""


def _in_numbers(at: int) -> tuple[Point, ...]:
    per = {what: 10.0**-exponent for what, exponent in EXPONENTS.items()}
    return (
        *per_phase("current", HOLDING, at + 3, NUMBER, per["current"]),
        *per_phase("voltage", HOLDING, at + 8, NUMBER, per["voltage"]),
        Point("frequency", HOLDING, at + 16, NUMBER, per["frequency"]),
        Point("power_total", HOLDING, at + 18, NUMBER, per["power"]),
        *per_phase("power", HOLDING, at + 19, NUMBER, per["power"]),
        Point("energy_export_total", HOLDING, at + 38, COUNTER, per["energy"]),
        *per_phase("energy_export", HOLDING, at + 40, COUNTER, per["energy"]),
        Point("energy_import_total", HOLDING, at + 46, COUNTER, per["energy"]),
        *per_phase("energy_import", HOLDING, at + 48, COUNTER, per["energy"]),
        Point("current_exponent", HOLDING, at + 6, NUMBER),
        Point("voltage_exponent", HOLDING, at + 15, NUMBER),
        Point("frequency_exponent", HOLDING, at + 17, NUMBER),
        Point("power_exponent", HOLDING, at + 22, NUMBER),
        Point("energy_exponent", HOLDING, at + 54, NUMBER),
    )


def _in_floats(at: int) -> tuple[Point, ...]:
    return (
        *per_phase("current", HOLDING, at + 4, F32),
        *per_phase("voltage", HOLDING, at + 12, F32),
        Point("frequency", HOLDING, at + 26, F32),
        Point("power_total", HOLDING, at + 28, F32),
        *per_phase("power", HOLDING, at + 30, F32),
        Point("energy_export_total", HOLDING, at + 60, F32),
        Point("energy_import_total", HOLDING, at + 68, F32),
    )


def _list(base: int, models: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Each model and the address of its header; the end too."""
    at = base + 2
    for model in (*models, END):
        yield model, at
        at += 2 + LENGTHS[model]


def sunspec_meter(id: str, *, base: int = 40_000, models: tuple[int, ...] = (COMMON, INVERTER, WYE)) -> MeterModel:
    """A device with these models behind `base`. Of several meters all show the same."""
    points = [Point("sunspec_marker", HOLDING, base, Encoding.U32)]
    identity: dict[str, Reading] = {"sunspec_marker": 0x53756E53}
    for place, (model, at) in enumerate(_list(base, models)):
        header = {f"model_{place}": model, f"length_{place}": LENGTHS[model]}
        identity |= header
        points += [Point(name, HOLDING, at + offset, Encoding.U16) for offset, name in enumerate(header)]
        if model == COMMON:
            identity |= {"manufacturer": "Wattmeter Works", "model": "WW-3", "serial_number": "S-4711011"}
            points += [
                Point("manufacturer", HOLDING, at + 2, Encoding.TEXT, registers=16),
                Point("model", HOLDING, at + 18, Encoding.TEXT, registers=16),
                Point("serial_number", HOLDING, at + 50, Encoding.TEXT, registers=16),
            ]
        elif model == WYE:
            identity |= {f"{what}_exponent": exponent for what, exponent in EXPONENTS.items()}
            points += _in_numbers(at)
        elif model == WYE_IN_FLOATS:
            points += _in_floats(at)
    step_wh = 10 ** EXPONENTS["energy"] if WYE in models else 1
    return MeterModel(id=id, points=tuple(points), identity=identity, energy_step_wh=step_wh, quiet_s=0.0)


MODELS = (
    sunspec_meter("sunspec-meter"),
    sunspec_meter("sunspec-meter-float", models=(COMMON, INVERTER, WYE_IN_FLOATS)),
)
