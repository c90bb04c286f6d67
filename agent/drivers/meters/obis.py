"""What meters with a readout of their own tell, from OBIS codes (IEC 62056-61) to the points of a sample. Pure.

Of A-B:C.D.E the medium A is 1, electricity, the channel B 0; C is the quantity, D how it is made, E the tariff.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal

from agent.drivers.meters.decode import SIGNIFICANT_DIGITS
from agent.drivers.meters.maps import IMPORT, Value
from agent.values import frozen

Code = tuple[int, int, int]
"""C, D, E."""

IMPORT_REGISTER: Code = (1, 8, 0)
IMPORTED: Code = (1, 7, 0)
EXPORTED: Code = (2, 7, 0)
"""Power without a sign, of meters that tell both in the place of 16.7.0."""

POINTS: Mapping[Code, tuple[str, str]] = {
    IMPORT_REGISTER: (IMPORT, "Wh"),
    (16, 7, 0): ("power_total", "W"),
    (36, 7, 0): ("power_l1", "W"),
    (56, 7, 0): ("power_l2", "W"),
    (76, 7, 0): ("power_l3", "W"),
    (32, 7, 0): ("voltage_l1", "V"),
    (52, 7, 0): ("voltage_l2", "V"),
    (72, 7, 0): ("voltage_l3", "V"),
    (31, 7, 0): ("current_l1", "A"),
    (51, 7, 0): ("current_l2", "A"),
    (71, 7, 0): ("current_l3", "A"),
    (14, 7, 0): ("frequency", "Hz"),
    IMPORTED: ("power_import", "W"),
    EXPORTED: ("power_export", "W"),
}


@frozen(kw_only=True)
class Readout:
    """One push of a meter. `step_wh` is the least its register can move, as far as its digits show."""

    meter_id: str
    values: Mapping[str, Value] = field(default_factory=dict)
    step_wh: float = 1.0


def readout(meter_id: str, told: Mapping[Code, tuple[Decimal, str]]) -> Readout:
    """Of numbers with their units (Wh, W, V, A, Hz). One in another unit than its quantity has is no value."""
    values: dict[str, Value] = {}
    for code, (number, unit) in told.items():
        name, due = POINTS.get(code, ("", ""))
        if name and unit == due:
            values[name] = _value(name, number)
    imported, exported = values.pop("power_import", None), values.pop("power_export", None)
    if "power_total" not in values and isinstance(imported, float) and isinstance(exported, float):
        values["power_total"] = imported - exported
    step = told[IMPORT_REGISTER][0].as_tuple().exponent if IMPORT_REGISTER in told else 0
    return Readout(meter_id=meter_id, values=values, step_wh=10.0**step if isinstance(step, int) else 1.0)


def _value(name: str, number: Decimal) -> Value:
    """Counters as whole Wh, rounded down: exact, since they are decimals from the start."""
    if name.startswith("energy_"):
        return int(number // 1)
    return float(f"{number:.{SIGNIFICANT_DIGITS}g}")
