"""How the text of a setting is read: the kinds of value there are, and what speaks against a text."""

from __future__ import annotations

import re
from typing import Protocol

from agent.core.quantities import Measurand
from agent.core.readings import MEASURABLE
from agent.values import frozen

LONGEST_VALUE = 500
"""OCPP 1.6 ChangeConfiguration, value: CiString500."""
MOST_WHOLE = 2_147_483_647

_DIGITS = re.compile(r"[0-9]{1,10}")
_ROTATION = re.compile(r"[0-9]{1,3}\.(NotApplicable|Unknown|RST|RTS|SRT|STR|TRS|TSR)")


class ValueKind(Protocol):
    def objection(self, text: str) -> str | None:
        """Why `text` is no value of this kind, as the rest of a sentence that begins with it; None where it is one."""
        ...


@frozen
class Whole:
    """A whole number within bounds, both included. `divides`: unless it is 0, it must divide this."""

    low: int = 0
    high: int = MOST_WHOLE
    unit: str = ""
    divides: int | None = None

    def objection(self, text: str) -> str | None:
        if not _DIGITS.fullmatch(text.strip()):
            return "is not a whole number from 0 up"
        value = self.read(text)
        unit = f" {self.unit}" if self.unit else ""
        if value < self.low:
            return f"is below {self.low}{unit}"
        if value > self.high:
            return f"is above {self.high}{unit}"
        if self.divides is not None and value > 0 and self.divides % value != 0:
            return f"does not divide {self.divides}{unit}; write for example 900"
        return None

    def read(self, text: str) -> int:
        return int(text)


@frozen
class Flag:
    """`true` or `false`, in any case (OCPP 1.6 section 9)."""

    def objection(self, text: str) -> str | None:
        return None if text.strip().lower() in ("true", "false") else "is not true or false"

    def read(self, text: str) -> bool:
        return text.strip().lower() == "true"


@frozen
class Line:
    """Any text of one line, possibly empty."""

    longest: int

    def objection(self, text: str) -> str | None:
        if len(text) > self.longest:
            return f"is longer than {self.longest} characters"
        return None if text.isprintable() else "holds characters that cannot be printed"

    def read(self, text: str) -> str:
        return text.strip()


@frozen
class Word:
    """One of `known`."""

    known: tuple[str, ...]

    def objection(self, text: str) -> str | None:
        return None if text.strip() in self.known else f"is not one of {', '.join(self.known)}"

    def read(self, text: str) -> str:
        return text.strip()


@frozen
class Measurands:
    """A list of measurands, separated by commas, possibly empty.

    Only what this charger can measure: a list with anything else is refused as a whole, and central systems find out so
    what there is. A phase suffix ("Voltage.L1") is refused too: all phases are told, or none.
    """

    most: int

    def objection(self, text: str) -> str | None:
        names = split(text)
        known = {measurand.value for measurand in MEASURABLE}
        unknown = next((name for name in names if name not in known), None)
        if unknown is not None:
            return f'holds "{unknown[:40]}", which is not measured here; measured are {", ".join(sorted(known))}'
        if len(names) > self.most:
            return f"holds more than {self.most} measurands"
        return None

    def read(self, text: str) -> tuple[Measurand, ...]:
        return tuple(Measurand(name) for name in dict.fromkeys(split(text)))


@frozen
class Choices:
    """A list of some of `known`, separated by commas, at least one."""

    known: tuple[str, ...]

    def objection(self, text: str) -> str | None:
        names = split(text)
        if names and all(name in self.known for name in names):
            return None
        return f"is not a list of {', '.join(self.known)}"

    def read(self, text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(split(text)))


@frozen
class PhaseRotations:
    """How the phases of each connector are wired: `1.RST,2.RTS`; 0 is the grid connection. May be empty."""

    def objection(self, text: str) -> str | None:
        wrong = next((item for item in split(text) if not _ROTATION.fullmatch(item)), None)
        if wrong is not None:
            return f'holds "{wrong[:40]}"; write as "1.RST", for phases nobody has looked at "1.Unknown"'
        numbers = [item.partition(".")[0] for item in split(text)]
        return "names a connector twice" if len(set(numbers)) < len(numbers) else None

    def read(self, text: str) -> tuple[tuple[int, str], ...]:
        parts = (item.partition(".") for item in split(text))
        return tuple((int(number), rotation) for number, _, rotation in parts)


def split(text: str) -> list[str]:
    """The items of a list, without the blanks around them. An empty text is an empty list."""
    return [item.strip() for item in text.split(",")] if text.strip() else []
