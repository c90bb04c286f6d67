"""Eastron: floats in input registers, high word first; energy in kWh."""

from __future__ import annotations

from firmware_sim.meters.points import HOLDING, INPUT, KWH_PER_WH, Encoding, MeterModel, Point, per_phase


def _float(name: str, address: int, per_unit: float = 1.0) -> Point:
    return Point(name, INPUT, address, Encoding.F32, per_unit)


_IDENTITY = (
    Point("serial_number", HOLDING, 0xFC00, Encoding.U32),
    Point("meter_code", HOLDING, 0xFC02, Encoding.U16),
)

_THREE_PHASE = (
    *per_phase("voltage", INPUT, 0x0000, Encoding.F32),
    *per_phase("current", INPUT, 0x0006, Encoding.F32),
    *per_phase("power", INPUT, 0x000C, Encoding.F32),
    *per_phase("apparent_power", INPUT, 0x0012, Encoding.F32),
    *per_phase("reactive_power", INPUT, 0x0018, Encoding.F32),
    *per_phase("power_factor", INPUT, 0x001E, Encoding.F32),
    _float("power_total", 0x0034),
    _float("apparent_power_total", 0x0038),
    _float("reactive_power_total", 0x003C),
    _float("power_factor_total", 0x003E),
    _float("frequency", 0x0046),
    _float("energy_import_total", 0x0048, KWH_PER_WH),
    _float("energy_export_total", 0x004A, KWH_PER_WH),
    _float("current_n", 0x00E0),
    _float("energy_sum_total", 0x0156, KWH_PER_WH),
)

_SDM72_COUNTERS = (
    _float("energy_resettable_total", 0x0180, KWH_PER_WH),
    _float("energy_resettable_import", 0x0184, KWH_PER_WH),
    _float("energy_resettable_export", 0x0186, KWH_PER_WH),
    _float("power_import_total", 0x0500),
    _float("power_export_total", 0x0502),
)

SDM630 = MeterModel(
    id="eastron-sdm630",
    longest_read=80,
    quiet_s=0.06,
    identity={"serial_number": 4_711_001, "meter_code": 0x0070, "firmware": 0x0114},
    points=(
        *_THREE_PHASE,
        *per_phase("energy_import", INPUT, 0x015A, Encoding.F32, KWH_PER_WH),
        *per_phase("energy_export", INPUT, 0x0160, Encoding.F32, KWH_PER_WH),
        *_IDENTITY,
        Point("firmware", HOLDING, 0xFC03, Encoding.U16),
    ),
)

SDM72D_M = MeterModel(
    id="eastron-sdm72d-m",
    longest_read=60,
    identity={"meter_code": 0x0084},
    points=(
        _float("power_total", 0x0034),
        _float("energy_import_total", 0x0048, KWH_PER_WH),
        _float("energy_export_total", 0x004A, KWH_PER_WH),
        _float("energy_sum_total", 0x0156, KWH_PER_WH),
        *_SDM72_COUNTERS,
        Point("meter_code", HOLDING, 0xFC02, Encoding.U16),
    ),
)

SDM72D_M_V2 = MeterModel(
    id="eastron-sdm72d-m-v2",
    longest_read=60,
    identity={"serial_number": 4_711_002, "meter_code": 0x0089},
    points=(*_THREE_PHASE, *_SDM72_COUNTERS, *_IDENTITY),
)

# Their counter is the world's, as if nothing flowed on the other phases.
_ONE_PHASE = (
    _float("voltage_l1", 0x0000),
    _float("current_l1", 0x0006),
    _float("power_l1", 0x000C),
    _float("apparent_power_l1", 0x0012),
    _float("reactive_power_l1", 0x0018),
    _float("power_factor_l1", 0x001E),
    _float("frequency", 0x0046),
    _float("energy_import_total", 0x0048, KWH_PER_WH),
    _float("energy_export_total", 0x004A, KWH_PER_WH),
    _float("energy_sum_total", 0x0156, KWH_PER_WH),
)

SDM120 = MeterModel(
    id="eastron-sdm120",
    longest_read=80,
    quiet_s=0.06,
    identity={"serial_number": 4_711_004, "meter_code": 0x0020},
    points=(*_ONE_PHASE, *_IDENTITY),
)

SDM230 = MeterModel(
    id="eastron-sdm230",
    longest_read=60,
    quiet_s=0.06,
    identity={"serial_number": 4_711_005},
    points=(*_ONE_PHASE, Point("serial_number", HOLDING, 0xFC00, Encoding.U32)),
)

MODELS = (SDM630, SDM72D_M, SDM72D_M_V2, SDM120, SDM230)
