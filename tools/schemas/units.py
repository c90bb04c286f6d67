"""The unit that ends a field's name."""

from __future__ import annotations

from collections.abc import Mapping

UNITS: Mapping[str, str] = {
    "a": "A",
    "bytes": "B",
    "c": "°C",
    "celsius": "°C",
    "days": "d",
    "db": "dB",
    "dbm": "dBm",
    "h": "h",
    "hours": "h",
    "hz": "Hz",
    "kb": "kB",
    "mbit": "Mbit/s",
    "mhz": "MHz",
    "min": "min",
    "minutes": "min",
    "ms": "ms",
    "mv": "mV",
    "s": "s",
    "seconds": "s",
    "us": "µs",
    "v": "V",
    "w": "W",
    "wh": "Wh",
}
"""By the last word of the name; of percent it may be any word, as in percent_of_recorded."""
RATES: Mapping[str, str] = {"_kb_per_day": "kB/d"}
"""By its end, where one word is not enough."""


def unit_of(name: str) -> str:
    """ "" where the name ends in none: a count, a number that names something, or a share."""
    for end, unit in RATES.items():
        if name.endswith(end):
            return unit
    words = name.split("_")
    return "%" if "percent" in words else UNITS.get(words[-1], "")
