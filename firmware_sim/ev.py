"""The car: waits for an offer, asks for power by closing its switch, draws at most what is offered, leaves.

Reactions follow pilot.md 5 and 8.3. The car reads the pilot itself; nobody tells it what the charger means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from firmware_sim.car_profiles import PLAIN, Habits
from firmware_sim.energy import PJ_PER_WH, Integrator
from firmware_sim.mains import PHASES
from firmware_sim.pilot_circuit import CAR_OHM, Diode, PilotLoad
from firmware_sim.timeline import US_PER_S, Alarm, Timeline

RAMP_STEP_MA = 4_000
RAMP_STEP_S = 0.25
"""Current rises in steps, so that power stays constant between two instants: 16 A in a second."""

MIN_CHARGE_MA = 6_000


class Plugged(Protocol):
    """What sits in the outlet: a car, or an installer's test adapter."""

    proximity_ohm: float | None

    def pilot_load(self) -> PilotLoad: ...

    def phase_ma(self) -> tuple[int, int, int]: ...

    def sees(self, offered_a: float, live: bool) -> None: ...

    def draws(self, power_uw: int) -> None: ...

    def leaves(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CarTraits:
    """`energy_wh` None: the battery is never full. `cable_a` is the rating coded in the plug."""

    ready_delay_s: float = 1.0
    draw_delay_s: float = 1.0
    current_a: float = 16.0
    phases: int = 3
    energy_wh: float | None = None
    cable_a: int = 32
    habits: Habits = PLAIN

    def __post_init__(self) -> None:
        if self.ready_delay_s < 0 or self.draw_delay_s < 0:
            raise ValueError("ready_delay_s and draw_delay_s: a delay cannot be negative")
        if not MIN_CHARGE_MA / 1000 <= self.current_a <= 80:
            raise ValueError(f"current_a: {self.current_a} is outside 6…80 A")
        if self.phases not in PHASES:
            raise ValueError(f"phases: {self.phases} is not 1, 2 or 3")
        if self.energy_wh is not None and self.energy_wh <= 0:
            raise ValueError(f"energy_wh: {self.energy_wh} must be above 0; leave it out for a car that is never full")
        if self.cable_a not in CABLE_OHM:
            raise ValueError(f"cable_a: {self.cable_a} is not a cable coding; use 13, 20, 32 or 63")


CABLE_OHM = {13: 1500.0, 20: 680.0, 32: 220.0, 63: 100.0}
"""Resistor between proximity and earth in the plug (pilot.md 4.1)."""


class Car:
    """`changed` is called when its pilot resistance or its current changes."""

    def __init__(self, timeline: Timeline, traits: CarTraits, changed: Callable[[], None]) -> None:
        self.traits = traits
        self.proximity_ohm: float | None = CABLE_OHM[traits.cable_a]
        self.diode = Diode.OK
        self.ignores_stop = False
        """Keeps its switch closed and draws on when the offer goes: the stubborn car of pilot.md 8.4."""
        self.excess_a = 0.0
        """Drawn above the offer: a car that does not keep to it."""
        self.suspended = False
        self._changed = changed
        self._offered_a = 0.0
        self._live = False
        self._asks = False
        self._current_ma = 0
        self._habits = traits.habits
        self._timeline = timeline
        self._awake = traits.habits.wakes_after_cut_s is None
        self._cut_us: int | None = None
        self._flapped = False
        self._pulse: bool | None = None
        """What its switch shows for a moment beside what it means."""
        self._energy = Integrator(timeline)
        self._ask = Alarm(timeline, self._close_switch)
        self._release = Alarm(timeline, self._open_switch)
        self._draw = Alarm(timeline, self._step_current)
        self._full = Alarm(timeline, self._fill_up)
        self._flap = Alarm(timeline, self._flap_over)
        self._pulse_on = Alarm(timeline, self._begin_pulse)
        self._pulse_off = Alarm(timeline, self._end_pulse)

    # --- what the outlet feels

    def pilot_load(self) -> PilotLoad:
        shows = self.asks_for_power if self._pulse is None else self._pulse
        return PilotLoad(CAR_OHM["C" if shows else "B"], self.diode)

    def phase_ma(self) -> tuple[int, int, int]:
        one, two, three = (self._current_ma if phase <= self.traits.phases else 0 for phase in PHASES)
        return one, two, three

    def sees(self, offered_a: float, live: bool) -> None:
        """The pilot's offer and the voltage at the inlet, as they are now."""
        if (offered_a, live) != (self._offered_a, self._live):
            before_a = self._offered_a
            self._offered_a, self._live = offered_a, live
            if offered_a != before_a:
                self._be_odd(before_a, offered_a)
            self._react()

    def pilot_is_cut(self, cut: bool) -> None:
        """The board opened its series switch, or closed it: a sleeping car wakes by that."""
        now_us = self._timeline.now_us()
        cut_us, self._cut_us = self._cut_us, now_us if cut else None
        wakes_after_s = self._habits.wakes_after_cut_s
        if not cut and cut_us is not None and wakes_after_s is not None:
            self._awake = self._awake or now_us - cut_us >= wakes_after_s * US_PER_S

    def draws(self, power_uw: int) -> None:
        """Told by the outlet: what the present current means at the present voltage."""
        if power_uw != self._energy.power_uw:
            self._energy.set_power(power_uw)
            self._expect_full()

    def leaves(self) -> None:
        self._offered_a, self._live = 0.0, False
        alarms = (self._ask, self._release, self._draw, self._full, self._flap, self._pulse_on, self._pulse_off)
        for alarm in alarms:
            alarm.clear()

    # --- what its driver may do

    def suspend(self) -> None:
        """Stop asking for power: C → B."""
        self.suspended = True
        self._react()

    def resume(self) -> None:
        """Ask again."""
        self.suspended = False
        self._react()

    def misbehave(self, *, ignores_stop: bool | None = None, excess_a: float | None = None) -> None:
        """Break or mend the car's manners."""
        self.ignores_stop = self.ignores_stop if ignores_stop is None else ignores_stop
        self.excess_a = self.excess_a if excess_a is None else excess_a
        self._react()

    @property
    def is_full(self) -> bool:
        return self.traits.energy_wh is not None and self._energy.energy_pj() >= self.traits.energy_wh * PJ_PER_WH

    @property
    def behaves(self) -> bool:
        """Keeps to what it is offered."""
        return not self.ignores_stop and self.excess_a == 0 and self._habits.overdraw <= 1

    @property
    def asks_for_power(self) -> bool:
        """Its switch is closed: C."""
        return self._asks and not self._flapped

    @property
    def current_a(self) -> float:
        return self._current_ma / 1000

    @property
    def energy_wh(self) -> float:
        """Taken since it came."""
        return self._energy.energy_pj() / PJ_PER_WH

    # --- how it decides

    def _wants(self) -> bool:
        return not self.suspended and not self.is_full and self._awake

    def _may_draw(self) -> bool:
        return self._wants() and (self._offered_a > 0 or (self.ignores_stop and self._asks))

    def _react(self) -> None:
        if self._may_draw():
            self._release.clear()
            if not self._asks:
                self._ask.set_unless_set(self.traits.ready_delay_s)
        else:
            self._ask.clear()
            if self._asks:
                self._release.set_unless_set(self._habits.stop_delay_s)
        self._follow_offer()

    def _target_ma(self) -> int:
        if not (self.asks_for_power and self._live and self._may_draw()):
            return 0
        own_ma = round(self.traits.current_a * 1000)
        offered_ma = int(self._offered_a * 1000) if self._offered_a > 0 else own_ma
        return round(min(own_ma, offered_ma) * self._habits.overdraw) + round(self.excess_a * 1000)

    def _follow_offer(self) -> None:
        """Less at once, more in steps."""
        target_ma = self._target_ma()
        if target_ma < self._current_ma:
            self._set_current(target_ma)
        if target_ma == self._current_ma:
            self._draw.clear()
        else:
            self._draw.set_unless_set(RAMP_STEP_S if self._current_ma else self.traits.draw_delay_s)

    def _step_current(self) -> None:
        target_ma = self._target_ma()
        self._set_current(min(target_ma, max(MIN_CHARGE_MA, self._current_ma + RAMP_STEP_MA)))
        if self._current_ma < target_ma:
            self._draw.set(RAMP_STEP_S)

    def _set_current(self, current_ma: int) -> None:
        if current_ma != self._current_ma:
            self._current_ma = current_ma
            self._changed()

    def _close_switch(self) -> None:
        self._asks = True
        if self._habits.flap_s is not None:
            self._flap.set(self._habits.flap_s)
        self._changed()
        self._follow_offer()

    def _open_switch(self) -> None:
        self._asks = self._flapped = False
        self._flap.clear()
        self._set_current(0)
        self._changed()

    # --- its habits

    def _flap_over(self) -> None:
        assert self._habits.flap_s is not None
        self._flapped = not self._flapped
        self._flap.set(self._habits.flap_s)
        self._changed()
        self._follow_offer()

    def _be_odd(self, before_a: float, offered_a: float) -> None:
        if self._habits.false_start_s and before_a == 0 and offered_a > 0 and not self._asks:
            self._begin_pulse()
        elif self._habits.dip_s and before_a > 0 and offered_a > 0 and self._asks:
            self._pulse_on.set(self._habits.dip_after_s)

    def _begin_pulse(self) -> None:
        """Show the opposite of what it means."""
        self._pulse = not self._asks
        self._pulse_off.set(self._habits.false_start_s or self._habits.dip_s)
        self._changed()

    def _end_pulse(self) -> None:
        self._pulse = None
        self._changed()

    def _expect_full(self) -> None:
        energy_wh, power_uw = self.traits.energy_wh, self._energy.power_uw
        if energy_wh is None or power_uw == 0:
            self._full.clear()
            return
        missing_pj = ceil(energy_wh * PJ_PER_WH) - self._energy.energy_pj()
        self._full.set(-(-missing_pj // power_uw) / US_PER_S)

    def _fill_up(self) -> None:
        """The battery is full, or a rounding of the timer short of it."""
        if self.is_full:
            self._react()
        else:
            self._expect_full()
