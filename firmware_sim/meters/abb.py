"""ABB: whole numbers in holding registers, high word first, with a pattern for what a variant lacks."""

from __future__ import annotations

from firmware_sim.meters.points import HOLDING, Encoding, MeterModel, Point, per_phase

ABB_B2X = MeterModel(
    id="abb-b2x",
    energy_step_wh=10,
    identity={"serial_number": 4_711_003, "firmware": "B1.02", "mapping_version": 24, "model": "B23 "},
    points=(
        *per_phase("voltage", HOLDING, 0x5B00, Encoding.U32, 10),
        *per_phase("current", HOLDING, 0x5B0C, Encoding.U32, 100),
        Point("current_n", HOLDING, 0x5B12, Encoding.U32, 100),
        Point("power_total", HOLDING, 0x5B14, Encoding.S32, 100),
        *per_phase("power", HOLDING, 0x5B16, Encoding.S32, 100),
        Point("frequency", HOLDING, 0x5B2C, Encoding.U16, 100),
        Point("power_factor_total", HOLDING, 0x5B3A, Encoding.S16, 1000),
        *per_phase("power_factor", HOLDING, 0x5B3B, Encoding.S16, 1000),
        Point("energy_import_total", HOLDING, 0x5000, Encoding.U64, 0.1),
        Point("energy_export_total", HOLDING, 0x5004, Encoding.U64, 0.1),
        *per_phase("energy_import", HOLDING, 0x5460, Encoding.U64, 0.1),
        *per_phase("energy_export", HOLDING, 0x546C, Encoding.U64, 0.1),
        Point("serial_number", HOLDING, 0x8900, Encoding.U32),
        Point("firmware", HOLDING, 0x8908, Encoding.TEXT, registers=8),
        Point("mapping_version", HOLDING, 0x8910, Encoding.U16),
        Point("model", HOLDING, 0x8960, Encoding.TEXT, registers=2),
    ),
)

MODELS = (ABB_B2X,)
