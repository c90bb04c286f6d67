"""Schneider, Inepro, Orno, Janitza, Finder: floats, high word first; each with its own units."""

from __future__ import annotations

from firmware_sim.meters.points import (
    HOLDING,
    INPUT,
    KW_PER_W,
    KWH_PER_WH,
    Encoding,
    MeterModel,
    Point,
    per_phase,
)

F32, S64 = Encoding.F32, Encoding.S64


def _float(name: str, address: int, per_unit: float = 1.0, function: int = HOLDING) -> Point:
    return Point(name, function, address, F32, per_unit)


IEM3000 = MeterModel(
    id="schneider-iem3000",
    longest_read=60,
    quiet_s=0.02,
    identity={
        "meter_name": "Energy Meter",
        "model": "iEM3155",
        "manufacturer": "Schneider Electric",
        "meter_code": 17_214,
        "serial_number": 4_711_006,
    },
    points=(
        *per_phase("current", HOLDING, 0x0BB7, F32),
        *per_phase("voltage", HOLDING, 0x0BD3, F32),
        *per_phase("power", HOLDING, 0x0BED, F32, KW_PER_W),
        _float("power_total", 0x0BF3, KW_PER_W),
        _float("reactive_power_total", 0x0BFB, KW_PER_W),
        _float("apparent_power_total", 0x0C03, KW_PER_W),
        _float("power_factor_total_4q", 0x0C0B),
        _float("frequency", 0x0C25),
        Point("energy_import_total", HOLDING, 0x0C83, S64),
        Point("energy_export_total", HOLDING, 0x0C87, S64),
        Point("meter_name", HOLDING, 0x001D, Encoding.TEXT, registers=20),
        Point("model", HOLDING, 0x0031, Encoding.TEXT, registers=20),
        Point("manufacturer", HOLDING, 0x0045, Encoding.TEXT, registers=20),
        Point("meter_code", HOLDING, 0x0059, Encoding.U16),
        Point("serial_number", HOLDING, 0x0081, Encoding.U32),
    ),
)

PRO380 = MeterModel(
    id="inepro-pro380",
    longest_read=60,
    quiet_s=0.05,
    identity={"serial_number": 4_711_007},
    points=(
        *per_phase("voltage", HOLDING, 0x5002, F32),
        _float("frequency", 0x5008),
        *per_phase("current", HOLDING, 0x500C, F32),
        _float("power_total", 0x5012, KW_PER_W),
        *per_phase("power", HOLDING, 0x5014, F32, KW_PER_W),
        _float("energy_import_total", 0x600C, KWH_PER_WH),
        *per_phase("energy_import", HOLDING, 0x6012, F32, KWH_PER_WH),
        _float("energy_export_total", 0x6018, KWH_PER_WH),
        Point("serial_number", HOLDING, 0x4000, Encoding.U32),
    ),
)

OR_WE_516 = MeterModel(
    id="orno-or-we-516",
    longest_read=60,
    quiet_s=0.05,
    identity={"serial_number": 4_711_008},
    points=(
        *per_phase("voltage", HOLDING, 0x000E, F32),
        _float("frequency", 0x0014),
        *per_phase("current", HOLDING, 0x0016, F32),
        _float("power_total", 0x001C, KW_PER_W),
        *per_phase("power", HOLDING, 0x001E, F32, KW_PER_W),
        _float("reactive_power_total", 0x0024, KW_PER_W),
        *per_phase("reactive_power", HOLDING, 0x0026, F32, KW_PER_W),
        _float("apparent_power_total", 0x002C, KW_PER_W),
        *per_phase("apparent_power", HOLDING, 0x002E, F32, KW_PER_W),
        _float("power_factor_total", 0x0034),
        *per_phase("power_factor", HOLDING, 0x0036, F32),
        _float("energy_sum_total", 0x0100, KWH_PER_WH),
        *per_phase("energy_sum", HOLDING, 0x0102, F32, KWH_PER_WH),
        _float("energy_import_total", 0x0108, KWH_PER_WH),
        *per_phase("energy_import", HOLDING, 0x010A, F32, KWH_PER_WH),
        _float("energy_export_total", 0x0110, KWH_PER_WH),
        *per_phase("energy_export", HOLDING, 0x0112, F32, KWH_PER_WH),
        Point("serial_number", HOLDING, 0x0000, Encoding.U32),
    ),
)

UMG = MeterModel(
    id="janitza-umg",
    longest_read=120,
    quiet_s=0.01,
    identity={"serial_number": 4_711_009},
    points=(
        *per_phase("voltage", HOLDING, 19000, F32),
        *per_phase("current", HOLDING, 19012, F32),
        *per_phase("power", HOLDING, 19020, F32),
        _float("power_total", 19026),
        *per_phase("apparent_power", HOLDING, 19028, F32),
        *per_phase("reactive_power", HOLDING, 19036, F32),
        *per_phase("power_factor", HOLDING, 19044, F32),
        _float("frequency", 19050),
        *per_phase("energy_import", HOLDING, 19062, F32),
        _float("energy_import_total", 19068),
        *per_phase("energy_export", HOLDING, 19070, F32),
        _float("energy_export_total", 19076),
        Point("serial_number", HOLDING, 754, Encoding.U32),
    ),
)

FINDER_7M38 = MeterModel(
    id="finder-7m38",
    quiet_s=0.02,
    identity={},
    points=(
        *per_phase("voltage", INPUT, 2500, F32),
        *per_phase("current", INPUT, 2516, F32),
        *per_phase("power", INPUT, 2530, F32),
        _float("power_total", 2536, function=INPUT),
        *per_phase("reactive_power", INPUT, 2538, F32),
        _float("reactive_power_total", 2544, function=INPUT),
        *per_phase("apparent_power", INPUT, 2546, F32),
        _float("apparent_power_total", 2552, function=INPUT),
        *per_phase("power_factor", INPUT, 2554, F32),
        _float("power_factor_total", 2560, function=INPUT),
        _float("frequency", 2584, function=INPUT),
        _float("energy_import_total", 2752, function=INPUT),
        _float("energy_export_total", 2756, function=INPUT),
    ),
)

MODELS = (IEM3000, PRO380, OR_WE_516, UMG, FINDER_7M38)
