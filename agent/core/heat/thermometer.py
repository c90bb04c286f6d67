"""One sensor: what is believed of its readings, whether it is lost, and how fast it warms. A value; time comes in."""

from __future__ import annotations

from dataclasses import replace

from agent.core.heat.places import HeatPlace
from agent.core.time import Instant
from agent.values import frozen

RATE_K_PER_S = 5.0
"""Nothing that carries current is faster; what seems so is a disturbance (relays-and-inputs.md section 5)."""
READINGS = 3
"""The middle one counts: a single odd reading does nothing. More would hide a burning terminal."""
LOST_AFTER_S = 20.0
"""Three readings and a little: one that fails is no broken wire. Heat needs minutes. Proposed value."""
TRUSTED_AFTER_S = 60.0
"""A sensor that was lost has to be good for so long before it counts as found (safety.md section 8)."""
MINUTE_S = 60.0


@frozen
class Reading:
    """`at` is when it was taken."""

    celsius: float
    at: Instant


@frozen(kw_only=True)
class Thermometer:
    """`key` is its own, `name` for messages. `since` is when somebody began to read it."""

    key: str
    name: str
    place: HeatPlace
    since: Instant
    recent: tuple[Reading, ...] = ()
    """The last READINGS that were believed, oldest first."""
    minute: tuple[Reading, ...] = ()
    """The middle values of the last minute, oldest first; one more that is older."""
    trusted: bool = True
    good_since: Instant | None = None
    """Since when no reading failed; None after a failure."""
    why: str = ""
    """What was wrong with the last reading; empty after a good one."""

    @property
    def celsius(self) -> float | None:
        """The middle of the last readings, °C; also of one that is lost: what fails while hot has not become cool."""
        return _middle(sorted(reading.celsius for reading in self.recent)) if self.recent else None

    @property
    def is_settled(self) -> bool:
        """It has told enough to say that nothing is wrong."""
        return self.trusted and len(self.recent) == READINGS

    @property
    def rise_k(self) -> float:
        """How much warmer it is than at any time of the last minute, K."""
        return self.minute[-1].celsius - min(one.celsius for one in self.minute) if self.minute else 0.0

    def heard(self, celsius: float, at: Instant) -> Thermometer:
        """It told this temperature. One that no mass can reach since the last reading is a failure."""
        last = self.recent[-1] if self.recent else None
        if last is not None:
            leap_k, possible_k = abs(celsius - last.celsius), RATE_K_PER_S * max(0.0, at.since(last.at))
            if leap_k > possible_k:
                why = f"{celsius:.1f} °C is {leap_k:.1f} K from the reading before, more than {RATE_K_PER_S:g} K/s"
                return self.failed(why, at)
        # A lead that touches again reads anything at first: no slope and no middle reach over a loss.
        recent = (*(self.recent if self.trusted else ())[1 - READINGS :], Reading(celsius, at))
        heard = replace(self, recent=recent, why="", good_since=self.good_since or at)
        is_trusted = self.trusted or at.since(heard.good_since or at) >= TRUSTED_AFTER_S
        return replace(heard, trusted=is_trusted, minute=_minute(self, heard, at))

    def failed(self, why: str, at: Instant) -> Thermometer:
        """It could not be read, or told what cannot be."""
        last_good_at = self.recent[-1].at if self.recent else self.since
        is_lost = at.since(last_good_at) >= LOST_AFTER_S
        return replace(self, why=why, good_since=None, trusted=self.trusted and not is_lost)


def _minute(before: Thermometer, now: Thermometer, at: Instant) -> tuple[Reading, ...]:
    assert now.celsius is not None
    known = (*(before.minute if before.trusted else ()), Reading(now.celsius, at))
    begun = [one for one in known if at.since(one.at) >= MINUTE_S]
    # The value at the beginning of the minute is the last one before it.
    return (*begun[-1:], *(one for one in known if at.since(one.at) < MINUTE_S))


def _middle(values: list[float]) -> float:
    """Of sorted ones. The module `statistics` brings fractions with it, and would stay for this line alone."""
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2
