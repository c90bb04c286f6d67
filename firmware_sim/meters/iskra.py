"""Iskra: decimal numbers with their exponent in the top octet; energy in tens of Wh, the power of ten beside it."""

from __future__ import annotations

from firmware_sim.meters.points import INPUT, Encoding, MeterModel, Point, per_phase

ENERGY_EXPONENT = 1

WM3M4 = MeterModel(
    id="iskra-wm3m4c",
    longest_read=64,
    quiet_s=0.005,
    energy_step_wh=10**ENERGY_EXPONENT,
    identity={
        "model": "WM3M4C",
        "serial_number": "47110010",
        "energy_import_exponent": ENERGY_EXPONENT,
        "energy_export_exponent": ENERGY_EXPONENT,
    },
    points=(
        Point("frequency", INPUT, 105, Encoding.DECIMAL, 10_000),
        *per_phase("voltage", INPUT, 107, Encoding.DECIMAL, 1000),
        *per_phase("current", INPUT, 126, Encoding.DECIMAL, 10_000),
        Point("power_total", INPUT, 140, Encoding.DECIMAL, 10),
        *per_phase("power", INPUT, 142, Encoding.DECIMAL, 100),
        Point("energy_import_exponent", INPUT, 414, Encoding.S16),
        Point("energy_export_exponent", INPUT, 415, Encoding.S16),
        Point("energy_import_total", INPUT, 418, Encoding.S32, 10**-ENERGY_EXPONENT),
        Point("energy_export_total", INPUT, 420, Encoding.S32, 10**-ENERGY_EXPONENT),
        Point("model", INPUT, 1, Encoding.TEXT, registers=8),
        Point("serial_number", INPUT, 9, Encoding.TEXT, registers=4),
    ),
)

MODELS = (WM3M4,)
