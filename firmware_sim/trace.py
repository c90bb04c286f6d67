"""What happened, in one canonical text: a line for each event, and a hash that two equal runs share.

A line is `seconds room event key=value …`, keys in alphabetical order, times with six decimals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from firmware_sim.outlet import Outlet
from firmware_sim.pilot_circuit import state_shown
from firmware_sim.timeline import US_PER_S
from firmware_sim.world import World

Value = str | int | float | bool | None


class Trace:
    """`now_us` is the clock. Without `keep` only the hash and the last lines are remembered, for long runs."""

    def __init__(self, now_us: Callable[[], int], *, keep: bool = True, last: int = 40) -> None:
        self._now_us = now_us
        self._keep = keep
        self._last = last
        self._digest = hashlib.sha256()
        self.lines: list[str] = []
        self.count = 0

    def add(self, room: str, event: str, **fields: Value) -> None:
        """One event, now."""
        words = [f"{key}={_text(fields[key])}" for key in sorted(fields)]
        line = " ".join((_seconds(self._now_us()), room, event, *words))
        self._digest.update(line.encode("utf-8", "backslashreplace") + b"\n")
        self.count += 1
        self.lines.append(line)
        if not self._keep and len(self.lines) > 2 * self._last:
            del self.lines[: -self._last]

    def text(self) -> str:
        """Every remembered line."""
        return "".join(line + "\n" for line in self.lines)

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits over all lines, also those that are no longer remembered."""
        return self._digest.hexdigest()[:16]


def _seconds(moment_us: int) -> str:
    return f"{moment_us // US_PER_S}.{moment_us % US_PER_S:06d}"


def _text(value: Value) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case float():
            return format(value, ".9g")
        case int():
            return str(value)
        case str():
            return _word(value)


def _word(value: str) -> str:
    """As it is where it is one word, quoted otherwise: a line can be split at its spaces."""
    plain = value != "" and value.isprintable() and not any(sign in value for sign in " =\"'")
    return value if plain else repr(value).replace(" ", "\\x20")


def record_world(world: World, trace: Trace) -> None:
    """From now on every change of an outlet that a person with instruments would notice becomes an event."""
    seen: dict[int, tuple[tuple[str, Value], ...]] = {}

    def look(outlet: Outlet) -> None:
        now = _noticeable(outlet)
        changed = [pair for pair, before in zip(now, seen.get(outlet.number, _NOTHING), strict=True) if pair != before]
        if changed:
            seen[outlet.number] = now
            trace.add(f"outlet{outlet.number}", "changed", **dict(changed))

    for outlet in world.outlets.values():
        look(outlet)
    world.observers.append(look)


def _noticeable(outlet: Outlet) -> tuple[tuple[str, Value], ...]:
    return (
        ("contactor", "closed" if outlet.contactor.main_closed else "open"),
        ("current_ma", max(outlet.phase_ma())),
        ("offered_a", outlet.offered_a()),
        ("pilot", state_shown(outlet.pilot_window())),
        ("plugged", outlet.plugged is not None),
        ("supply", outlet.chain_ok()),
    )


_NOTHING: tuple[tuple[str, Value], ...] = (("", None),) * 6
