"""The lock of a socket whose motor and contact hang on lines of a GPIO chip: what they do to it, and how it suffers.

The bolt and its end stops are those of parts/socket_lock.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from firmware_sim.gpio_chip import GpioChip
from firmware_sim.gpio_devices import Contact
from firmware_sim.parts.socket_lock import COAST, LOCK, UNLOCK, SocketLock
from firmware_sim.timeline import US_PER_S, Timeline

BEARS_S = 1.0
BEARS_MOVEMENTS = 10
IN_S = 60.0
"""relays-and-inputs.md section 2.5."""
HAIR_S = 1e-3


class GpioLock:
    """`abuse` lists what no such motor stands, with the time of it."""

    def __init__(self, timeline: Timeline, lock: SocketLock, chip: GpioChip, table: Mapping[str, Any]) -> None:
        self.abuse: list[str] = []
        self.movements_at_s: list[float] = []
        self._timeline = timeline
        self._lock = lock
        self._springs_back = "unlock_line" not in table
        self._lines = {"lock_line": False, "unlock_line": False}
        self._driven_since_s: float | None = None
        self._contact = Contact(
            chip,
            str(table["feedback_line"]),
            rests_closed=table.get("feedback") == "normally_closed",
            to_supply=table.get("feedback_closes_to") == "supply",
            own_resistor=bool(table.get("feedback_own_resistor", False)),
        )
        lock.watchers.append(self._bolt_moved)
        self._bolt_moved()
        on = not table.get("active_low", False)
        for key in self._lines:
            if key in table:
                chip.feel(str(table[key]), self._feels(key, on=on))

    def _feels(self, key: str, *, on: bool) -> Callable[[bool], None]:
        def feel(is_high: bool) -> None:
            self._lines[key] = is_high is on
            self._drive()

        return feel

    def _drive(self) -> None:
        wants_lock, wants_unlock = self._lines.values()
        now_s = self._timeline.now_us() / US_PER_S
        if wants_lock and wants_unlock:
            self.abuse.append(f"{now_s:.3f} s: both lines at once")
        self._count(now_s, is_driven=wants_lock or wants_unlock)
        if wants_lock:
            self._lock.drive(LOCK)
        else:
            self._lock.drive(UNLOCK if wants_unlock or self._springs_back else COAST)

    def _count(self, now_s: float, *, is_driven: bool) -> None:
        if is_driven and self._driven_since_s is None:
            self._driven_since_s = now_s
            self.movements_at_s.append(now_s)
            lately = [at_s for at_s in self.movements_at_s if now_s - at_s < IN_S - HAIR_S]
            if len(lately) > BEARS_MOVEMENTS:
                self.abuse.append(f"{now_s:.3f} s: {len(lately)} movements in a minute")
        elif not is_driven and self._driven_since_s is not None:
            for_s = now_s - self._driven_since_s
            self._driven_since_s = None
            if for_s > BEARS_S + HAIR_S and not self._springs_back:
                self.abuse.append(f"{now_s:.3f} s: driven for {for_s:.2f} s")

    def _bolt_moved(self) -> None:
        self._contact.break_wire(self._lock.is_cut)
        self._contact.actuate(self._lock.holds_plug)
