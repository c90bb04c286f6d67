"""One connector as electricity sees it: pilot circuit, car, contactor and meter joined, and the knobs that break it.

Event driven: whatever changes calls `settle`, which works out the pilot, what the car sees, and the power that flows.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from firmware_sim.arguments import NotNow
from firmware_sim.contactor import Contactor
from firmware_sim.energy import EnergyRegisters
from firmware_sim.ev import Car, Plugged
from firmware_sim.mains import Mains
from firmware_sim.meter_wiring import IN_ORDER, Wiring, powers_uw
from firmware_sim.parked_cable import ParkedCable
from firmware_sim.parts.board_parts import BoardParts
from firmware_sim.parts.specimen import NOMINAL, Specimen
from firmware_sim.pilot_circuit import (
    Drive,
    Generator,
    PilotLoad,
    PilotWindow,
    measure,
    offered_a,
)
from firmware_sim.pilot_faults import PilotFaults
from firmware_sim.timeline import Timeline

NO_CURRENT = (0, 0, 0)

PROXIMITY_PULL_UP_OHM = 1000.0
PROXIMITY_SUPPLY_MV = 3300.0
"""pilot-board-hardware.md 4."""


class Outlet:
    """`board_notices` is called when something changed that the pilot board can see; `settled` after every change."""

    def __init__(
        self,
        number: int,
        timeline: Timeline,
        mains: Mains,
        registers: EnergyRegisters,
        *,
        tethered: bool,
        specimen: Specimen = NOMINAL,
        chance: random.Random | None = None,
    ) -> None:
        self.number = number
        self.tethered = tethered
        self.registers = registers
        self.parts = BoardParts(timeline, self.settle, chance or random.Random(number), tethered=tethered)
        self.specimen = specimen
        self._noise = random.Random(f"noise {number}")
        self.contactor = Contactor(timeline, self.settle, chance=specimen.chance)
        self.faults = PilotFaults()
        self.plugged: Plugged | None = None
        self.emergency_stop = False
        self.unplugged_under_load = 0
        self.slow_to_open_s = 0.0
        """What a switch that is not the board's needs beyond the rules' time to open: an order has its way to go."""
        self.board_notices: Callable[[], None] = lambda: None
        self.settled: Callable[[], None] = lambda: None
        self.mirror_moved: Callable[[], None] = lambda: None
        """Of the mirror contact, called with everything else that may have moved it."""
        self.cut_off_closed = True
        """Of the second switch in series; where none is fitted there is a wire."""
        self.meter_wiring: Wiring = IN_ORDER
        self.supply_ohm = 0.0
        """Of terminals and wires in front of the charger, line and neutral together."""
        self._supply = self._mains = mains
        self._generator = Generator(high_v=specimen.high_v, low_v=specimen.low_v, source_ohm=specimen.source_ohm)
        self._disconnected = False
        self._coil_wanted = False
        self._switched_elsewhere: bool | None = None
        self._supervised = False
        self._phase_ma = NO_CURRENT
        self._settling = False
        self._again = False
        self._seen_by_board: object = None
        self.version = 0
        """Grows whenever what the board can see has changed."""
        self._window = measure(self._generator, None)
        self._read = (self._window, self._window)
        self.parts.rails_v = (specimen.high_v, specimen.low_v)
        self._feed_parts()

    # --- what the board does and sees

    def drive_pilot(self, drive: Drive, duty: int) -> None:
        """Generator mode; `duty` in 1/10000 counts in X2 only."""
        self._set_generator(replace(self._generator, drive=drive, duty=duty if drive is Drive.X2 else 0))

    def disconnect_pilot(self, disconnected: bool) -> None:
        """Open the series switch: the car sees nothing, the board its own open-circuit level."""
        disconnected = disconnected and not self.faults.switch_stuck
        if disconnected != self._disconnected:
            self._disconnected = disconnected
            if isinstance(self.plugged, Car):
                self.plugged.pilot_is_cut(disconnected)
            self.settle()

    def energise(self, energised: bool) -> None:
        """The board wants current in the coil; whether it flows is the safety chain's matter."""
        if energised != self._coil_wanted:
            self._coil_wanted = energised
            self.settle()

    def switch_elsewhere(self, closed: bool) -> None:
        """A switch that is not the board's carries the coil, from the first call on; the board's relay has no wire."""
        if closed is not self._switched_elsewhere:
            self._switched_elsewhere = closed
            self.settle()

    def switch_cut_off(self, closed: bool) -> None:
        """The second switch, before the contactor."""
        if closed != self.cut_off_closed:
            self.cut_off_closed = closed
            self.settle()

    def supervise(self, alive: bool) -> None:
        """The charge pump of the safety chain sees the firmware's edges, or misses them."""
        if alive != self._supervised:
            self._supervised = alive
            self.settle()

    def pilot_window(self) -> PilotWindow:
        """The levels that are there."""
        return self._window

    def pilot_read(self) -> PilotWindow:
        """The same through the board's converter; behind its open series switch it sees only itself."""
        return self._read[1]

    def chain_ok(self) -> bool:
        """Coil supply is present behind emergency stop, charge pump and the residual current latch."""
        pumped = self._supervised or self.faults.pump_bridged
        return pumped and not self.emergency_stop and self.parts.supplies_coil()

    def proximity_mv(self) -> int | None:
        """At the ADC; None on a tethered outlet, which has no proximity contact."""
        if self.tethered:
            return None
        faults = self.parts.faults
        ohm = self.plugged.proximity_ohm if self.plugged is not None and not faults.proximity_open else None
        if self.plugged is not None and faults.proximity_ohm is not None:
            ohm = faults.proximity_ohm
        if ohm is None:
            return round(PROXIMITY_SUPPLY_MV)
        return round(PROXIMITY_SUPPLY_MV * ohm / (PROXIMITY_PULL_UP_OHM + ohm))

    # --- what people do

    def insert(self, plugged: Plugged) -> None:
        """A plug goes in. Raises NotNow when one is in."""
        if self.plugged is not None:
            raise NotNow(f"connector {self.number} is taken; plug_out first")
        self.plugged = plugged
        self.settle()

    def remove(self, *, by_force: bool = False) -> None:
        """The plug comes out, under load if need be. Raises NotNow when there is none, or the lock holds it."""
        if self.plugged is None:
            raise NotNow(f"connector {self.number} has no car; plug_in first")
        if self.parts.lock is not None and self.parts.lock.holds_plug:
            if not by_force:
                raise NotNow(f"connector {self.number}: the plug is locked; unlock it, or tear it out with car_gone")
            self.parts.lock.force_open()
        self.unplugged_under_load += any(self._phase_ma)
        self.plugged.leaves()
        self.plugged = None
        self.settle()

    def exchange(self, plugged: Plugged) -> None:
        """Another thing in the same plug, without a moment in between: a test adapter turned to its next position."""
        if self.plugged is not None:
            self.plugged.leaves()
        self.plugged = plugged
        self.settle()

    def set_mains(self, mains: Mains) -> None:
        self._supply = self._mains = mains
        self.settle()

    def press_emergency_stop(self, pressed: bool) -> None:
        self.emergency_stop = pressed
        self.settle()

    def set_rails(self, *, high_v: float | None = None, low_v: float | None = None) -> None:
        """The generator's supply rails, in volts; None leaves one as it is."""
        plus_v, minus_v = self.parts.rails_v
        self.parts.rails_v = (plus_v if high_v is None else high_v, minus_v if low_v is None else low_v)
        self.drive_level(*self.parts.rails_v)

    def drift_source(self, ohm: float) -> None:
        """The series resistor of the pilot has that value now."""
        self._set_generator(replace(self._generator, source_ohm=ohm))

    def stir(self) -> None:
        """Another window of samples, with noise of its own."""
        self._convert(anew=True)
        self.version += 1
        self.board_notices()

    def drive_level(self, high_v: float, low_v: float) -> None:
        """What the driver puts out before the source resistor; weaker than its rails where it is broken."""
        self.parts.version += 1
        self._set_generator(replace(self._generator, high_v=high_v, low_v=low_v))

    # --- what a meter or an onlooker reads

    @property
    def mains(self) -> Mains:
        return self._mains

    @property
    def generator(self) -> Generator:
        return self._generator

    @property
    def has_car(self) -> bool:
        """A car, or what an installer plugs in instead."""
        return self.plugged is not None and not isinstance(self.plugged, ParkedCable)

    @property
    def coil_energised(self) -> bool:
        """Current flows through the coil: the board wants it and the safety chain lets it, or what switches instead.

        The contact of an emergency stop lies in the coil's circuit, whoever switches it.
        """
        if self._switched_elsewhere is not None:
            return self._switched_elsewhere and not self.emergency_stop
        return self._coil_wanted and self.chain_ok()

    @property
    def is_switched_elsewhere(self) -> bool:
        """The board's own relay carries nothing."""
        return self._switched_elsewhere is not None

    @property
    def path_closed(self) -> bool:
        """Contactor and cut-off."""
        return self.contactor.main_closed and self.cut_off_closed

    @property
    def live_poles(self) -> tuple[bool, bool, bool]:
        """Which of L1 to L3 reach the load side."""
        return self.contactor.poles if self.cut_off_closed else (False, False, False)

    @property
    def is_live(self) -> bool:
        """Voltage behind the contactor."""
        return self.path_closed and self._mains.is_live

    def phase_ma(self) -> tuple[int, int, int]:
        """Through contactor and meter, L1 to L3."""
        return self._phase_ma

    def phase_uw(self) -> tuple[int, int, int]:
        one, two, three = (mv * ma for mv, ma in zip(self._mains.phases_mv, self._phase_ma, strict=True))
        return one, two, three

    def metered_uw(self) -> tuple[int, int, int]:
        """The power that each input of the meter sees, below 0 where its current comes the wrong way round."""
        return powers_uw(self.meter_wiring, self._mains.phases_mv, self._phase_ma)

    def offered_a(self) -> float:
        """What a car at this outlet reads from the pilot."""
        if self._disconnected or self.faults.wire_open:
            return 0.0
        return offered_a(self._generator, self._window)

    # --- how it settles

    def _set_generator(self, generator: Generator) -> None:
        if generator != self._generator:
            self._generator = generator
            self.parts.capture.watch(generator)
            self.settle()

    def settle(self) -> None:
        """Work out everything that follows from a change; changes that this brings about are taken in turn."""
        if self._settling:
            self._again = True
            return
        self._settling = True
        try:
            self._again = True
            while self._again:
                self._again = False
                self._settle_once()
        finally:
            self._settling = False
        self.mirror_moved()
        self._tell_board()
        self.settled()

    def _settle_once(self) -> None:
        self.contactor.drive(self.coil_energised)
        self._window = measure(self._generator, self._load_seen_by_board(), self.faults.shunt_ohm())
        if self.plugged is not None:
            self.plugged.sees(self.offered_a(), self.is_live)
        self._flow()
        self._feed_parts()

    def _feed_parts(self) -> None:
        parts = self.parts
        parts.load_side.feed(self._mains, self.live_poles, has_car=isinstance(self.plugged, Car))
        parts.residual.output_is(live=self.is_live)
        parts.warmth.carries(max(self._phase_ma))

    def _load_seen_by_board(self) -> PilotLoad | None:
        if self.plugged is None or self._disconnected or self.faults.wire_open:
            return None
        load = self.plugged.pilot_load()
        if self.specimen is not NOMINAL:
            load = replace(load, ohm=load.ohm * self.specimen.car_factor, drop_v=self.specimen.diode_v)
        if self.faults.car_ohm is not None:
            load = replace(load, ohm=self.faults.car_ohm)
        return load if self.faults.diode is None else replace(load, diode=self.faults.diode)

    def _flow(self) -> None:
        draws = self.plugged is not None and self.is_live
        wanted_ma = self.plugged.phase_ma() if draws and self.plugged is not None else NO_CURRENT
        one, two, three = (ma if mv else 0 for mv, ma in zip(self._supply.phases_mv, wanted_ma, strict=True))
        self._phase_ma = (one, two, three)
        if self.supply_ohm:
            self._mains = self._supply.behind(self.supply_ohm, self._phase_ma)
        self.registers.set_power([max(0, power_uw) for power_uw in self.metered_uw()])
        if self.plugged is not None:
            self.plugged.draws(sum(self.phase_uw()))

    def _tell_board(self) -> None:
        parts = self.parts
        seen = (
            self._window,
            self._disconnected,
            self.contactor.mirror_open,
            self.chain_ok(),
            self.plugged is None or self.plugged.proximity_ohm,
            self.faults.samples_frozen,
            parts.version,
            parts.load_side.edges,
            self._phase_ma,
            self._mains,
        )
        if seen != self._seen_by_board:
            self._seen_by_board = seen
            self._convert()
            self.version += 1
            self.board_notices()

    def _noisy(self, window: PilotWindow) -> PilotWindow:
        noise_mv = self.faults.noise_mv
        low_mv = None if window.low_mv is None else round(window.low_mv + self._noise.gauss(0.0, noise_mv))
        return replace(window, high_mv=round(window.high_mv + self._noise.gauss(0.0, noise_mv)), low_mv=low_mv)

    def _convert(self, *, anew: bool = False) -> None:
        """Draw the converter's error anew for a new level, and only then: noise wakes nobody."""
        converter = self.specimen.converter
        if self.faults.noise_mv:
            self._read = (self._window, self._noisy(self._window))
        elif converter is None:
            self._read = (self._window, self._window)
        elif anew or (self._read[0] is not self._window and self._read[0] != self._window):
            window, chance = self._window, self.specimen.chance
            low_mv = None if window.low_mv is None else converter.reads_mv(window.low_mv, chance)
            read = replace(window, high_mv=converter.reads_mv(window.high_mv, chance), low_mv=low_mv)
            self._read = (window, read)
