"""Text for people: tables, numbers with units, colour only on a terminal. Runs in `evsectl`, never in the agent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from enum import Enum
from typing import Any

UNKNOWN = "?"
UNITS = {
    "a": "A",
    "v": "V",
    "w": "W",
    "hz": "Hz",
    "ma": "mA",
    "mv": "mV",
    "ms": "ms",
    "ohm": "Ω",
    "percent": "%",
    "celsius": "°C",
}
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400


class Tone(Enum):
    """How a line is meant; a colour on a terminal, nothing elsewhere."""

    PLAIN = ""
    GOOD = "32"
    WARN = "33"
    BAD = "31"
    STRONG = "1"
    DIM = "2"


class Page:
    """Collects lines. `zone` is where the reader is; None is the machine's own.

    `rows`: so many a terminal shows at once; None: nothing scrolls away.
    """

    def __init__(self, *, colour: bool = False, zone: tzinfo | None = None, rows: int | None = None) -> None:
        self._colour = colour
        self._zone = zone
        self.rows = rows
        self.lines: list[str] = []
        self.awaited = ""
        """What comes next, where that may take a while; shown on a terminal until it is there."""

    def line(self, text: str = "", tone: Tone = Tone.PLAIN) -> None:
        """One line; whatever it holds, it stays one and moves no cursor."""
        shown = printable(text).rstrip()
        self.lines.append(f"\x1b[{tone.value}m{shown}\x1b[0m" if self._colour and tone.value and shown else shown)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Columns as wide as their content, heads first; numbers are right-aligned where the whole column is."""
        cells = [[printable(cell) for cell in row] for row in (heads, *rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
        right = [_is_numeric([row[column] for row in cells[1:]]) for column in range(len(heads))]
        for number, row in enumerate(cells):
            padded = [
                cell.rjust(width) if is_right else cell.ljust(width)
                for cell, width, is_right in zip(row, widths, right, strict=True)
            ]
            self.line("  ".join(padded), Tone.DIM if number == 0 else Tone.PLAIN)

    def clock(self, told: Mapping[str, Any] | None) -> str:
        """The moment of a reply in the reader's time, "14:03:12" today's style; "?" where nobody knows."""
        utc = told.get("utc") if told else None
        return self._local(utc).strftime("%H:%M:%S") if utc else UNKNOWN

    def date(self, told: Mapping[str, Any] | None) -> str:
        """With the day before it."""
        utc = told.get("utc") if told else None
        return self._local(utc).strftime("%Y-%m-%d %H:%M:%S") if utc else UNKNOWN

    def since(self, told: Mapping[str, Any] | None) -> str:
        """ "since 14:03:12 (2 min 5 s)", as much of it as is known; "" where nothing is."""
        if not told:
            return ""
        age = None if told.get("age_s") is None else duration(told["age_s"])
        if told.get("utc"):
            known = self.date(told) if (told.get("age_s") or 0) >= DAY_S else self.clock(told)
            return f"since {known}" + (f" ({age})" if age else "")
        return f"for {age}" if age else ""

    def _local(self, utc: str) -> datetime:
        return datetime.fromisoformat(utc.replace("Z", "+00:00")).astimezone(self._zone)


_PAINTED = re.compile(r"(\x1b\[\d+m)(.*)(\x1b\[0m)", re.DOTALL)
_COLUMNS = re.compile(r" {2,}(?=\S)")
LEAST_WIDTH = 40
"""Narrower, what is wrapped is no easier to read than what the terminal breaks."""


def wrapped(line: str, width: int | None) -> list[str]:
    """A line of a page as lines of a terminal: broken between words, and going on below where its text began.

    `width` None: it is no terminal, and a line stays one.
    """
    painted = _PAINTED.fullmatch(line)
    before, text, after = painted.groups() if painted else ("", line, "")
    if width is None or width < LEAST_WIDTH or len(text) <= width:
        return [line]
    columns = [found.end() for found in _COLUMNS.finditer(text) if found.end() <= width // 2]
    hang = max(columns) if columns else 2
    parts = [text]
    while len(parts[-1]) > width:
        last = parts[-1]
        at = last.rfind(" ", (hang if len(parts) > 1 else 0) + 1, width + 1)
        if at <= hang:
            break  # One word that is wider than the terminal, as an address is.
        parts[-1:] = [last[:at].rstrip(), " " * hang + last[at:].lstrip()]
    return [f"{before}{part}{after}" for part in parts]


def printable(text: str) -> str:
    """Without control characters: a text from the network shall not write on this terminal as it likes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def duration(seconds: float) -> str:
    """The two largest units: "42 s", "3 min 20 s", "2 h 5 min", "4 d 3 h"."""
    whole = max(0, round(seconds))
    if whole < MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min {whole % MINUTE_S} s"
    if whole < DAY_S:
        return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} min"
    return f"{whole // DAY_S} d {whole % DAY_S // HOUR_S} h"


def current(amperes: float | None) -> str:
    """ "16.0 A"."""
    return UNKNOWN if amperes is None else f"{amperes:.1f} A"


def power(watts: float | None) -> str:
    """ "850 W" below a kilowatt, else "3.61 kW"."""
    if watts is None:
        return UNKNOWN
    return f"{watts / 1000:.2f} kW" if abs(watts) >= 1000 else f"{watts:.0f} W"


def energy(watt_hours: int | None) -> str:
    """ "1.234 kWh": to the watt hour, for that is what is billed."""
    return UNKNOWN if watt_hours is None else f"{watt_hours / 1000:.3f} kWh"


def quantity(name: str, value: object) -> str:
    """A named value whose unit ends its name: ("high_v", 8.9) is "high 8.9 V"."""
    words, _, unit = name.rpartition("_")
    if isinstance(value, bool) or not isinstance(value, int | float) or not words:
        return f"{name.replace('_', ' ')} {value}"
    if unit == "wh":
        return f"{words.replace('_', ' ')} {energy(int(value))}"
    if unit == "s":
        return f"{words.replace('_', ' ')} {duration(value) if value >= MINUTE_S else f'{value:g} s'}"
    if unit not in UNITS:
        return f"{name.replace('_', ' ')} {value:g}"
    return f"{words.replace('_', ' ')} {value:g} {UNITS[unit]}"


def quantities(evidence: Mapping[str, object]) -> str:
    """All of them in one line."""
    return ", ".join(quantity(name, value) for name, value in evidence.items())


def _is_numeric(cells: Sequence[str]) -> bool:
    return bool(cells) and all(cell[:1].isdigit() or cell in (UNKNOWN, "") for cell in cells) and any(cells)
