"""What must be true of the world whatever the charger does, asked after every change of an outlet.

Times and their clauses are those of pilot.md 5 and safety.md. Faults that make a rule impossible to keep (a welded
contactor, a car that does not obey) suspend that rule and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware_sim.ev import Car
from firmware_sim.outlet import Outlet
from firmware_sim.pilot_circuit import Drive, state_shown
from firmware_sim.timeline import US_PER_S, Alarm
from firmware_sim.world import World

OPEN_AFTER_UNPLUG_S = 0.1
"""Sequences 2.1 and 2.2."""
OPEN_AFTER_LEAVING_C_S = 0.1
"""Sequences 8.1 and 8.2."""
BLANKING_S = 0.6
"""After a change of duty a fall from C to B is not believed for so long: some hybrids pulse (pilot.md 6)."""
OPEN_BEHIND_SHUNT_S = 1.2
"""While something beside the car pulls at the pilot, its level may lie between two bands for so long (pilot.md 8.4)."""
OPEN_AFTER_OFFER_S = 6.1
"""Sequence 10.2: 6 s after the offer was withdrawn, whatever the car does; and the travel of the contacts."""
FOLLOW_OFFER_S = 5.0
"""Sequence 6: the car has followed a lower offer."""
READING_ERROR_MA = 1


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that did not hold: when, at which connector, in words."""

    at_us: int
    connector: int
    rule: str

    def __str__(self) -> str:
        return f"{self.at_us / US_PER_S:.6f} s, connector {self.connector}: {self.rule}"


class WorldRules:
    """Watches a world from its making on; `breaches` is what it found, in order."""

    def __init__(self, world: World) -> None:
        self.breaches: list[Breach] = []
        self._world = world
        self._watches = [_Watch(world, outlet, self._report) for outlet in world.outlets.values()]
        by_number = {watch.outlet.number: watch for watch in self._watches}
        world.observers.append(lambda outlet: by_number[outlet.number].look())

    def look(self) -> None:
        """Ask all rules now: for the end of a run, when nothing changes any more."""
        for watch in self._watches:
            watch.look()

    def _report(self, outlet: Outlet, rule: str) -> None:
        self.breaches.append(Breach(self._world.timeline.now_us(), outlet.number, rule))


class _Watch:
    """The rules of one outlet. A rule with a time starts a timer when its condition begins, stops it when it ends."""

    def __init__(self, world: World, outlet: Outlet, report: Callable[[Outlet, str], None]) -> None:
        self.outlet = outlet
        self._world = world
        self._report = report
        self._register = _register_of(outlet)
        self._coil = outlet.coil_energised
        self._drive = outlet.generator
        self._duty_changed_us = -US_PER_S
        self._timers = {rule: Alarm(world.timeline, self._expired(rule)) for rule in TIMED_RULES}

    def look(self) -> None:
        self._look_at_register()
        self._look_at_drive()
        self._look_at_coil()
        for rule, (condition, limit_s) in TIMED_RULES.items():
            timer = self._timers[rule]
            if not condition(self.outlet):
                timer.clear()
            else:
                timer.set_unless_set(limit_s + self._allowance_s(rule))

    def _look_at_register(self) -> None:
        before, self._register = self._register, _register_of(self.outlet)
        if self._register < before:
            self._report(self.outlet, "the meter register fell")

    def _look_at_drive(self) -> None:
        before, now = self._drive, self.outlet.generator
        if now == before:
            return
        self._drive = now
        self._duty_changed_us = self._world.timeline.now_us()
        if now.drive is Drive.X2 and before.drive is not Drive.X2 and not self._board_is_permitted():
            self._report(self.outlet, "the board offers current without a fresh permission")

    def _look_at_coil(self) -> None:
        was, self._coil = self._coil, self.outlet.coil_energised
        if was or not self._coil:
            return
        if not self._board_is_permitted():
            self._report(self.outlet, "the board closes without a fresh permission")
        if state_shown(self.outlet.pilot_window()) not in ("C", "D"):
            self._report(self.outlet, "the board closes although no car asks for power")

    def _board_is_permitted(self) -> bool:
        """As the board's own firmware sees it."""
        board = self._world.boards.get(self.outlet.number)
        return board is None or board.is_permitted()

    def _allowance_s(self, rule: str) -> float:
        late_s = self.outlet.slow_to_open_s
        if rule not in BLANKED_RULES:
            return late_s if rule == LIVE_WITHOUT_CAR else 0.0
        board = self._world.boards.get(self.outlet.number)
        slow_s = late_s if board is None else board.slow_to_open_s + late_s
        since_s = (self._world.timeline.now_us() - self._duty_changed_us) / US_PER_S
        return max(slow_s, BLANKING_S - since_s)

    def _expired(self, rule: str) -> Callable[[], None]:
        return lambda: self._report(self.outlet, rule)


# --- rules that count in time: the condition may hold for so long and no longer

LIVE_WITHOUT_CAR = f"contacts still closed {OPEN_AFTER_UNPLUG_S:g} s after the plug left"
LIVE_WITHOUT_REQUEST = f"contacts still closed {OPEN_AFTER_LEAVING_C_S:g} s after the car stopped asking"
LIVE_BEHIND_SHUNT = f"contacts still closed {OPEN_BEHIND_SHUNT_S:g} s after nobody asked, with a leaking pilot"
LIVE_WITHOUT_OFFER = f"contacts still closed {OPEN_AFTER_OFFER_S:g} s after the offer was withdrawn"
CURRENT_ABOVE_OFFER = f"more current than offered for {FOLLOW_OFFER_S:g} s"


def _is_closed(outlet: Outlet) -> bool:
    """By the charger's will: a welded contactor obeys nobody."""
    return outlet.path_closed and not outlet.contactor.is_stuck


def _has_no_car(outlet: Outlet) -> bool:
    return not outlet.has_car or outlet.faults.wire_open


def _has_idle_car(outlet: Outlet) -> bool:
    return isinstance(outlet.plugged, Car) and not outlet.plugged.asks_for_power


def _is_shunted(outlet: Outlet) -> bool:
    return outlet.faults.shunt_ohm() is not None


def _live_without_car(outlet: Outlet) -> bool:
    return _is_closed(outlet) and not _is_shunted(outlet) and _has_no_car(outlet)


def _live_without_request(outlet: Outlet) -> bool:
    return _is_closed(outlet) and not _is_shunted(outlet) and _has_idle_car(outlet)


def _live_behind_shunt(outlet: Outlet) -> bool:
    return _is_closed(outlet) and _is_shunted(outlet) and (_has_no_car(outlet) or _has_idle_car(outlet))


def _live_without_offer(outlet: Outlet) -> bool:
    return _is_closed(outlet) and outlet.generator.drive is not Drive.X2


def _current_above_offer(outlet: Outlet) -> bool:
    """Of a car that keeps to the rules and reads the pilot right."""
    car = outlet.plugged
    if not isinstance(car, Car) or not car.behaves:
        return False
    return max(outlet.phase_ma()) > round(outlet.offered_a() * 1000) + READING_ERROR_MA


TIMED_RULES: Mapping[str, tuple[Callable[[Outlet], bool], float]] = {
    LIVE_WITHOUT_CAR: (_live_without_car, OPEN_AFTER_UNPLUG_S),
    LIVE_WITHOUT_REQUEST: (_live_without_request, OPEN_AFTER_LEAVING_C_S),
    LIVE_BEHIND_SHUNT: (_live_behind_shunt, OPEN_BEHIND_SHUNT_S),
    LIVE_WITHOUT_OFFER: (_live_without_offer, OPEN_AFTER_OFFER_S),
    CURRENT_ABOVE_OFFER: (_current_above_offer, FOLLOW_OFFER_S),
}

BLANKED_RULES = (LIVE_WITHOUT_REQUEST, LIVE_BEHIND_SHUNT)


def _register_of(outlet: Outlet) -> tuple[int, int]:
    """Which meter it is, and what it has counted: only the counter of one and the same meter never falls."""
    return outlet.registers.exchanges, sum(outlet.registers.read_pj())
