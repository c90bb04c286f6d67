"""The sensors of one place: how warm it is, whether it derates or stops, whether anybody still sees it."""

from __future__ import annotations

from agent.core.heat.places import RULES, STEEP_K, Band, HeatPlace, Rule
from agent.core.heat.thermometer import Thermometer
from agent.values import frozen


@frozen(kw_only=True)
class Zone:
    """`is_warm`: it derates. `is_hot`: it was above its stop, or warmed too fast, and has not cooled down since."""

    place: HeatPlace
    thermometers: tuple[Thermometer, ...]
    is_warm: bool = False
    is_hot: bool = False

    @property
    def rule(self) -> Rule:
        return RULES[self.place]

    @property
    def warmest(self) -> Thermometer | None:
        """By its last reading, also where it is lost: what fails while hot has not become cool. None before any."""
        told = [one for one in self.thermometers if one.celsius is not None]
        return max(told, key=lambda one: one.celsius or 0.0, default=None)

    @property
    def lost(self) -> tuple[Thermometer, ...]:
        """Those that are not trusted."""
        return tuple(one for one in self.thermometers if not one.trusted)

    @property
    def is_blind(self) -> bool:
        """Nobody sees it, and somebody should."""
        return self.rule.is_needed and len(self.lost) == len(self.thermometers)

    @property
    def is_steep(self) -> bool:
        """A joint that warms like this burns, whatever its temperature."""
        above_c = self.rule.steep_fault_above_c
        return above_c is not None and any(_is_steep(one, above_c) for one in self.thermometers)

    def looked(self, thermometers: tuple[Thermometer, ...]) -> Zone:
        """The same zone after its sensors told something."""
        after = Zone(place=self.place, thermometers=thermometers, is_warm=self.is_warm, is_hot=self.is_hot)
        if after.warmest is None or after.warmest.celsius is None:
            return after
        celsius, may_end = after.warmest.celsius, after.warmest.trusted
        stop = self.rule.stop
        return Zone(
            place=self.place,
            thermometers=thermometers,
            is_warm=_is_in(self.rule.derate, celsius, was_in=self.is_warm, may_end=may_end),
            is_hot=after.is_steep or (stop is not None and _is_in(stop, celsius, was_in=self.is_hot, may_end=may_end)),
        )


def _is_in(band: Band, celsius: float, *, was_in: bool, may_end: bool) -> bool:
    """`may_end`: this temperature is believed enough to say that it is over."""
    if celsius > band.above_c:
        return True
    return was_in and not (may_end and celsius < band.below_c)


def _is_steep(one: Thermometer, above_c: float) -> bool:
    return one.trusted and one.celsius is not None and one.celsius > above_c and one.rise_k > STEEP_K
