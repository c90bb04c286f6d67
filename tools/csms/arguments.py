"""Reads the arguments of one command, strictly: every problem is a sentence, and an unknown argument is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class BadCommand(Exception):
    """The command cannot be carried out as written; the text says why."""


class Arguments:
    """The arguments of one command; each `take` removes one, `finish` refuses what is left."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._left = dict(given)

    def has(self, name: str) -> bool:
        return name in self._left

    def text(self, name: str, default: str | None = None) -> str:
        value = self._left.pop(name, default)
        if not isinstance(value, str):
            raise BadCommand(f"{name}: a text is needed, not {value!r}")
        return value

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if name in self._left else None

    def choice(self, name: str, options: tuple[str, ...], default: str | None = None) -> str:
        """One of `options`, whichever way its letters are written."""
        value = self.text(name, default)
        for option in options:
            if option.casefold() == value.casefold():
                return option
        raise BadCommand(f"{name}: {value!r} is not one of {', '.join(options)}")

    def whole(self, name: str, default: int | None = None) -> int:
        value = self._left.pop(name, default)
        if type(value) is not int:
            raise BadCommand(f"{name}: a whole number is needed, not {value!r}")
        return value

    def optional_whole(self, name: str) -> int | None:
        return self.whole(name) if name in self._left else None

    def number(self, name: str, default: float | None = None) -> float:
        value = self._left.pop(name, default)
        if type(value) not in (int, float):
            raise BadCommand(f"{name}: a number is needed, not {value!r}")
        return float(value)

    def flag(self, name: str, default: bool | None = None) -> bool:
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise BadCommand(f"{name}: true or false is needed, not {value!r}")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts, or one text alone; empty when absent."""
        value = self._left.pop(name, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            raise BadCommand(f"{name}: a list of texts is needed, not {value!r}")
        return values

    def mapping(self, name: str) -> dict[str, Any]:
        """A JSON object; empty when absent."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            raise BadCommand(f"{name}: a JSON object is needed, not {value!r}")
        return value

    def finish(self) -> None:
        """Refuses arguments nobody took."""
        if self._left:
            raise BadCommand(f"unknown argument: {', '.join(sorted(self._left))}")
