"""Carlo Gavazzi: whole numbers in input registers, low word first; counters of 100 Wh.

The identification code answers only when it is asked for alone, but is no hole in a longer block.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_sim.meters.points import INPUT, Encoding, MeterModel, Point, per_phase

TENTHS, THOUSANDTHS = 10, 1000
PER_100_WH = 0.01
_CODE = Point("meter_code", INPUT, 0x000B, Encoding.U16)
_SERIAL = Point("serial_number", INPUT, 0x5000, Encoding.TEXT, registers=7)


def _energy(name: str, address: int) -> Point:
    return Point(name, INPUT, address, Encoding.S32, PER_100_WH)


_ELECTRICAL = (
    *per_phase("voltage", INPUT, 0x0000, Encoding.S32, TENTHS),
    *per_phase("current", INPUT, 0x000C, Encoding.S32, THOUSANDTHS),
    *per_phase("power", INPUT, 0x0012, Encoding.S32, TENTHS),
    *per_phase("apparent_power", INPUT, 0x0018, Encoding.S32, TENTHS),
    *per_phase("reactive_power", INPUT, 0x001E, Encoding.S32, TENTHS),
    Point("power_total", INPUT, 0x0028, Encoding.S32, TENTHS),
    Point("apparent_power_total", INPUT, 0x002A, Encoding.S32, TENTHS),
    Point("reactive_power_total", INPUT, 0x002C, Encoding.S32, TENTHS),
)
"""What all the three-phase families have in common."""

EM340 = MeterModel(
    id="carlo-gavazzi-em340",
    low_word_first=True,
    longest_read=50,
    energy_step_wh=100,
    quiet_s=0.02,
    identity={"meter_code": 0x0155, "serial_number": "KX0340"},
    points=(
        *_ELECTRICAL,
        *per_phase("power_factor", INPUT, 0x002E, Encoding.S16, THOUSANDTHS),
        Point("power_factor_total", INPUT, 0x0031, Encoding.S16, THOUSANDTHS),
        Point("frequency", INPUT, 0x0033, Encoding.U16, TENTHS),
        _energy("energy_import_total", 0x0034),
        *per_phase("energy_import", INPUT, 0x0040, Encoding.S32, PER_100_WH),
        _energy("energy_export_total", 0x004E),
        _CODE,
        _SERIAL,
    ),
)

EM540 = replace(EM340, id="carlo-gavazzi-em530", identity={"meter_code": 0x06E0, "serial_number": "KX0540"})

EM24_ETHERNET = replace(
    EM340, id="carlo-gavazzi-em24-e1", quiet_s=0.0, identity={"meter_code": 0x0670, "serial_number": "KX0024"}
)

EM24_DIN = MeterModel(
    id="carlo-gavazzi-em24-din",
    low_word_first=True,
    longest_read=11,
    energy_step_wh=100,
    quiet_s=0.02,
    identity={"meter_code": 71},
    points=(
        *_ELECTRICAL,
        *per_phase("power_factor", INPUT, 0x0032, Encoding.S16, THOUSANDTHS),
        Point("power_factor_total", INPUT, 0x0035, Encoding.S16, THOUSANDTHS),
        Point("frequency", INPUT, 0x0037, Encoding.U16, TENTHS),
        _energy("energy_import_total", 0x003E),
        *per_phase("energy_import", INPUT, 0x0046, Encoding.S32, PER_100_WH),
        _energy("energy_export_total", 0x005C),
        _CODE,
    ),
)

EM111 = MeterModel(
    id="carlo-gavazzi-em111",
    low_word_first=True,
    longest_read=50,
    energy_step_wh=100,
    quiet_s=0.02,
    identity={"meter_code": 101},
    points=(
        Point("voltage_l1", INPUT, 0x0000, Encoding.S32, TENTHS),
        Point("current_l1", INPUT, 0x0002, Encoding.S32, THOUSANDTHS),
        Point("power_l1", INPUT, 0x0004, Encoding.S32, TENTHS),
        Point("power_factor_l1", INPUT, 0x000E, Encoding.S16, THOUSANDTHS),
        Point("frequency", INPUT, 0x000F, Encoding.U16, TENTHS),
        _energy("energy_import_total", 0x0010),
        _energy("energy_export_total", 0x0020),
        _CODE,
    ),
)

MODELS = (EM340, EM540, EM24_ETHERNET, EM24_DIN, EM111)
