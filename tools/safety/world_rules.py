"""What beside pilot and permission forbids closed contacts, as the world truly is: supply, earth, heat, plug, leaks.

Each row is something that is wrong, and how long the main contacts may stay closed with it: the limits of safety.md 3,
and the two windows that a simulated board may be late. Times are integers in microseconds.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.outlet import Outlet
from firmware_sim.parts.ntc import OPEN_CODE, SHORT_CODE, celsius_of
from firmware_sim.parts.residual_module import AC, DC, ERROR
from firmware_sim.parts.warmth import CONTACTOR, TERMINAL

MS = 1_000
LATE_US = 10 * MS
MAINS_GOOD_US = 4_999 * MS
NEVER_US = 1 << 60
STOP_C = 101.0
LEAST_EDGES = 8


def lowest_mv(outlet: Outlet) -> int:
    return min(outlet.mains.phases_mv)


def highest_mv(outlet: Outlet) -> int:
    return max(outlet.mains.phases_mv)


def has_another_frequency(outlet: Outlet) -> bool:
    return not 47_000 <= outlet.mains.mhz <= 52_000


def has_no_earth(outlet: Outlet) -> bool:
    return outlet.parts.earth_edges(outlet.mains) < LEAST_EDGES


def has_a_rail_out(outlet: Outlet) -> bool:
    return not all(11.0 <= abs(volts) <= 13.0 for volts in outlet.parts.rails_v)


def is_tripped(outlet: Outlet) -> bool:
    return bool(outlet.parts.residual.bits & (DC | AC | ERROR))


def is_too_hot(outlet: Outlet) -> bool:
    places = outlet.parts.warmth.places
    codes = [places[name].code for name in (CONTACTOR, TERMINAL)]
    return any(celsius_of(code) > STOP_C for code in codes if SHORT_CODE < code < OPEN_CODE)


def has_no_cable(outlet: Outlet) -> bool:
    proximity_mv = outlet.proximity_mv()
    return proximity_mv is not None and proximity_mv > 2_700


def is_not_locked(outlet: Outlet) -> bool:
    return outlet.parts.lock is not None and not outlet.parts.lock.holds_plug


def most_ma(outlet: Outlet) -> int:
    return max(abs(ma) for ma in outlet.parts.measured_ma(outlet.phase_ma()))


ROWS: tuple[tuple[str, int, Callable[[Outlet], bool]], ...] = (
    ("below 180 V", 550 * MS, lambda outlet: lowest_mv(outlet) < 180_000),
    ("below 195 V", 16_050 * MS, lambda outlet: lowest_mv(outlet) < 195_000),
    ("above 264 V", 1_050 * MS, lambda outlet: highest_mv(outlet) > 264_000),
    ("above 276 V", 150 * MS, lambda outlet: highest_mv(outlet) > 276_000),
    ("at another frequency", 1_050 * MS, has_another_frequency),
    ("without earth", 700 * MS, has_no_earth),
    ("with a rail that is out", 100 * MS, has_a_rail_out),
    ("on a supply that goes", 100 * MS, lambda outlet: outlet.parts.feed_v < 9.0),
    ("with a tripped module", 60 * MS, is_tripped),
    ("with a terminal that is too hot", 1_050 * MS, is_too_hot),
    ("without a cable", 100 * MS, has_no_cable),
    ("without the lock", 150 * MS, is_not_locked),
    ("with 1.25 of the rating", 1_150 * MS, lambda outlet: most_ma(outlet) > 40_000),
)
FORBID_CLOSING = (
    "below 180 V", "below 195 V", "above 264 V", "above 276 V", "at another frequency", "without earth",
    "with a rail that is out", "on a supply that goes", "with a tripped module", "without a cable", "without the lock",
)  # fmt: skip
"""What must not even begin."""
MAINS_ROWS = ("below 195 V", "above 264 V", "at another frequency")


class WorldRules:
    """`look` whenever something happened; then ask."""

    def __init__(self, outlet: Outlet, now_us: int) -> None:
        self._outlet = outlet
        self._since_us = [NEVER_US] * len(ROWS)
        self._mains_good_us = now_us

    def look(self, now_us: int) -> None:
        """Note since when each row has been wrong without a break."""
        mains_are_good = True
        for row, (name, _, is_wrong) in enumerate(ROWS):
            wrong = is_wrong(self._outlet)
            if not wrong:
                self._since_us[row] = NEVER_US
            elif self._since_us[row] == NEVER_US:
                self._since_us[row] = now_us
            mains_are_good = mains_are_good and not (wrong and name in MAINS_ROWS)
        if not mains_are_good:
            self._mains_good_us = NEVER_US
        elif self._mains_good_us == NEVER_US:
            self._mains_good_us = now_us

    def against_closing(self, now_us: int) -> list[str]:
        """What was wrong when the coil took current, longer than a board needs to see it."""
        found = [
            f"closed {name}"
            for (name, _, _), since_us in zip(ROWS, self._since_us, strict=True)
            if name in FORBID_CLOSING and now_us - since_us > LATE_US
        ]
        good_us = now_us - self._mains_good_us + LATE_US
        return found if good_us >= MAINS_GOOD_US else [*found, "closed on a supply that was not good for five seconds"]

    def deadlines(self) -> list[tuple[int, str]]:
        """Until when the main contacts may be closed as things are."""
        return [
            (since_us + limit_us + LATE_US, f"contacts still closed {name}")
            for (name, limit_us, _), since_us in zip(ROWS, self._since_us, strict=True)
            if since_us != NEVER_US
        ]
