"""A number as a person types it, or as an instrument's file has it, in the unit that is wanted. Pure.

"0,3 Ω", "300 mOhm", "> 999 MΩ", "28.5 ms". A comma is a decimal one; but "1,000" is one in one country and a thousand
in the next, so it is refused where both could be.
"""

from __future__ import annotations

import math
import re

from agent.values import frozen

NUMBER = re.compile(r"(?P<beyond>[<>≥≤]?)\s*(?P<number>[+-]?\d+(?:[.,]\d+)?)\s*(?P<unit>[^\d\s.,+-][^\d\s]*2?)?")
BEYOND_WHAT_IS_SHOWN = frozenset({"MΩ"})
"""Units in which an instrument ends at a highest value, and ">" of it is a good reading."""


@frozen(kw_only=True)
class _Family:
    """Units of one quantity; how many of the first one each is."""

    name: str
    factors: dict[str, float]


FAMILIES = (
    _Family(name="resistance", factors={"Ω": 1.0, "mΩ": 1e-3, "kΩ": 1e3, "MΩ": 1e6, "GΩ": 1e9}),
    _Family(name="time", factors={"s": 1.0, "ms": 1e-3}),
    _Family(name="current", factors={"A": 1.0, "mA": 1e-3, "µA": 1e-6, "kA": 1e3}),
    _Family(name="voltage", factors={"V": 1.0, "mV": 1e-3, "kV": 1e3}),
    _Family(name="length", factors={"m": 1.0, "cm": 1e-2, "ft": 0.3048}),
    _Family(name="cross-section", factors={"mm²": 1.0}),
    _Family(name="torque", factors={"Nm": 1.0, "cNm": 0.01, "lbfin": 0.112985}),
    _Family(name="part", factors={"%": 1.0}),
    _Family(name="temperature", factors={"°C": 1.0}),
)
SPELLINGS = {
    "ohm": "Ω",
    "ohms": "Ω",
    "mohm": "mΩ",
    "kohm": "kΩ",
    "Kohm": "kΩ",
    "KΩ": "kΩ",
    "Mohm": "MΩ",
    "Gohm": "GΩ",
    "us": "µs",
    "uA": "µA",
    "sec": "s",
    "C": "°C",
    "℃": "°C",
    "mm2": "mm²",
    "sqmm": "mm²",
    "N·m": "Nm",
    "lbf·in": "lbfin",
    "lb-in": "lbfin",
    "in-lb": "lbfin",
}


class Beyond(float):
    """A reading at the end of an instrument's scale: at least so much. Counts as the number, and is written "> 999"."""

    def __format__(self, spec: str) -> str:
        return f"> {float(self):{spec}}"


class NotTaken(ValueError):
    """The number cannot be taken, and why, in words for whoever typed it."""


def number_of(text: str, unit: str = "", low: float | None = None, high: float | None = None) -> float:
    """What was typed, in `unit`; without a unit of its own it counts as one of those. Both bounds are included.

    Raises NotTaken: no number, another quantity's unit, a value that cannot be.
    """
    found = NUMBER.fullmatch(text.strip())
    if found is None:
        raise NotTaken(_no_number(text, unit))
    value = converted(float(found["number"].replace(",", ".")), _spelled(found["unit"] or unit), unit)
    if _looks_grouped(found["number"]) and (high is None or abs(value) * 1000 <= high):
        raise NotTaken(
            f'"{text.strip()}" can be read in two ways; write it with another number of digits behind the comma'
        )
    if found["beyond"] and not (found["beyond"] in ">≥" and unit in BEYOND_WHAT_IS_SHOWN):
        raise NotTaken(f'"{text}" is a bound and no reading; write the number that the instrument shows')
    _check(value, unit, low, high, typed=text.strip() if found["unit"] else "")
    return Beyond(value) if found["beyond"] else value


def converted(value: float, given: str, wanted: str) -> float:
    """From one unit to another of the same quantity. Raises NotTaken."""
    if given == wanted:
        return value
    family = next((one for one in FAMILIES if wanted in one.factors), None)
    if family is None:
        raise NotTaken(f"{given} is no unit here; write it in {wanted}" if wanted else f"write no unit ({given}) here")
    if given not in family.factors:
        others = f" (or one of {', '.join(family.factors)})" if len(family.factors) > 1 else ""
        raise NotTaken(f"{given} is no unit of {family.name}; write it in {wanted}{others}")
    return value * (family.factors[given] / family.factors[wanted])


def _spelled(unit: str) -> str:
    """As the tables have it: "MOhm", "M Ω" and "mω" differ in a letter that counts a thousand million."""
    one = unit.strip().rstrip(".").replace("\N{OHM SIGN}", "Ω").replace("\N{MICRO SIGN}", "µ").replace("μ", "µ")
    if one[-3:].lower() == "ohm" or one[-4:].lower() == "ohms":
        one = one[: len(one) - (4 if one[-1] in "sS" else 3)] + "ohm"
    return SPELLINGS.get(one, one)


def _looks_grouped(number: str) -> bool:
    """Exactly three digits stand behind the sign, and before it something else than a zero."""
    whole, _, rest = number.replace(",", ".").partition(".")
    return len(rest) == 3 and whole.lstrip("+-").strip("0") != ""


def _no_number(text: str, unit: str) -> str:
    example = f"0.25 {unit}".rstrip()
    if not text.strip():
        return f'nothing was written; write a number, as "{example}"'
    return f'"{text.strip()}" is no number; write one, as "{example}"'


def _check(value: float, unit: str, low: float | None, high: float | None, *, typed: str) -> None:
    is_fine = math.isfinite(value) and (low is None or value >= low) and (high is None or value <= high)
    if is_fine:
        return
    if low is not None and high is not None:
        bounds = f"it lies between {low:g} and {shown(high)} {unit}".rstrip()
    elif low is not None:
        bounds = f"it is at least {low:g} {unit}".rstrip()
    else:
        bounds = f"it is at most {shown(high or 0.0)} {unit}".rstrip()
    hint = "" if typed else _other_unit(value, unit, low, high)
    what = typed or f"{shown(value)} {unit}".rstrip()
    raise NotTaken(f"{what} cannot be: {bounds}; {hint}look at the display again")


def _other_unit(value: float, unit: str, low: float | None, high: float | None) -> str:
    """Whether the same number makes sense in another unit of the quantity."""
    family = next((one for one in FAMILIES if unit in one.factors), None)
    if family is None:
        return ""
    # The neighbour first: a slip is by one step of a thousand.
    nearest = sorted(family.factors, key=lambda one: abs(math.log10(family.factors[one] / family.factors[unit])))
    for other in nearest:
        meant = converted(value, other, unit)
        if other != unit and (low is None or meant >= low) and (high is None or meant <= high):
            return f'if the instrument shows {other}, write "{shown(value)} {other}"; '
    return ""


def shown(value: float) -> str:
    """Without an exponent: nobody on a building site reads 1e+06."""
    return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
