"""Values of a report as words on paper: numbers, limits, times, verdicts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.papers.blocks import Cell, Tone

VERDICTS: Mapping[str, tuple[str, Tone]] = {
    "pass": ("passed", Tone.GOOD),
    "warn": ("warning", Tone.WARN),
    "fail": ("FAILED", Tone.BAD),
    "skip": ("not done", Tone.WARN),
    "error": ("not judged", Tone.BAD),
    "n.a.": ("not fitted", Tone.DIM),
    "": ("open", Tone.DIM),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def number(value: Any, unit: str = "") -> str:
    """Four digits that count, no exponent, with its unit."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            text = f"{value:.4g}"
            text = text if "e" not in text else f"{value:.0f}" if abs(value) >= 1 else f"{value:.6f}"
            return f"{text} {unit}".strip()
    return f"{value} {unit}".strip()


def measured(row: Mapping[str, Any]) -> str:
    """A value as its instrument showed it: "> 999 MΩ" at the end of its scale, a long hash by its beginning."""
    value, unit = row["value"], row["unit"]
    if isinstance(value, str) and HASH.fullmatch(value):
        return f"{value[:16]}…"
    return f"> {number(value, unit)}" if row.get("beyond") else number(value, unit)


HASH = re.compile(r"[0-9a-f]{32,}")


def sentences(*parts: Any) -> str:
    """One after the other, each ending with a full stop where another follows; "" for nothing."""
    told = [text for part in parts if (text := str(part or "").strip())]
    for n, text in enumerate(told[:-1]):
        if text[-1] not in ".!?":
            told[n] = f"{text}."
    return " ".join(
        f"{text[:1].upper()}{text[1:]}" if n and text[:1].isalpha() else text for n, text in enumerate(told)
    )


LONGEST_LINE = 105
"""Letters of a step or of a thing that is missing, on the first page: it has to stay one page."""
AT_CONNECTOR = re.compile(r" at connector (\d+)(?=: )")


def cut(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1].rstrip()}…"


def lacking(missing: Sequence[str]) -> list[str]:
    """What a report misses, as lines: the same thing at several outlets is one."""
    places: dict[tuple[str, str], list[str]] = {}
    for line in missing:
        at = AT_CONNECTOR.search(line)
        around = (line, "") if at is None else (line[: at.start()], line[at.end() :])
        places.setdefault(around, []).extend([] if at is None else [at[1]])
    return [
        f"{before}, outlet{'s' if len(at) > 1 else ''} {', '.join(at)}{after}" if at else before
        for (before, after), at in places.items()
    ]


def limit(row: Mapping[str, Any]) -> str:
    """ "0.5 … 3 V", "≤ 3 V", "≥ 1 MΩ"; "" where there is none."""
    low, high, unit = row.get("low"), row.get("high"), row.get("unit", "")
    if low is not None and high is not None:
        return f"{number(low)} … {number(high, unit)}"
    if high is not None:
        return f"≤ {number(high, unit)}"
    return f"≥ {number(low, unit)}" if low is not None else ""


def verdict(row: Mapping[str, Any]) -> Cell:
    """Of a test, a step, a measured value."""
    word = "n.a." if row.get("is_not_applicable") else str(row.get("verdict", ""))
    if word == "skip" and str(row.get("says", "")).startswith("not applicable"):
        return Cell("does not apply", Tone.DIM)
    text, tone = VERDICTS.get(word, (word, Tone.PLAIN))
    return Cell(text, tone)


def moment(told: Mapping[str, Any] | None) -> str:
    """ "30 Nov 2026, 12:00 UTC", or that nobody knows."""
    utc = (told or {}).get("utc")
    if not utc:
        return "time of day not known"
    at = datetime.fromisoformat(str(utc))
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"


def day(told: Mapping[str, Any] | None) -> str:
    return moment(told).split(",")[0]


def signed(people: Mapping[str, Any]) -> str:
    """When somebody took responsibility, or that they would not."""
    if people["signed"].get("ST910.signed") == "no":
        return f"refused by {people['signed'].get('ST910.name') or 'the installer'}"
    return moment(people["signed_at"]) if people["signed_at"] else "not signed"


def duration(ms: Any) -> str:
    """ "850 ms", "12 s", "4 min 05 s", "1 h 20 min"."""
    if not isinstance(ms, int | float):
        return "not known"
    seconds = ms / 1000
    if seconds < 1:
        return f"{ms:.0f} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02d} min"


def worked(ms: float) -> str:
    """Of a step: seconds are enough."""
    if ms < 1000:
        return "below 1 s"
    return f"{ms / 1000:.0f} s" if ms < 59_500 else duration(ms)


def place(connector: Any) -> str:
    return "" if connector is None else str(connector)


def named(key: str) -> str:
    """ "cable_section_mm2" as "Cable section"."""
    words = [word for word in key.replace(".", "_").split("_") if word not in UNITS]
    text = " ".join(SPELLED.get(word, word) for word in words)
    return text[:1].upper() + text[1:]


SPELLED = {"rcd": "RCD", "dc": "DC", "pen": "PEN", "evse": "EVSE", "id": "id", "tls": "TLS", "url": "URL"}
UNITS = {"a": "A", "v": "V", "w": "W", "wh": "Wh", "s": "s", "ms": "ms", "mm2": "mm²", "m": "m", "ma": "mA", "mv": "mV"}


def valued(key: str, value: Any) -> str:
    """With the unit that ends the key's name."""
    unit = UNITS.get(key.rpartition("_")[2], "") if "_" in key else ""
    if isinstance(value, list):
        return ", ".join(number(one) for one in value)
    return number(value, unit) if value != "" else "-"
