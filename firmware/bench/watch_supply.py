"""The onlooker's eyes for what feeds the charger and for what flows: mains, earth, rails, currents, heat.

As `watch_plug.py`: pins alone, each part only where the board has it, limits of the safety reference, section 3, to the
coil (less 28 ms for the contacts, one turn of the loop more). A fault that the reference lets end the offer must end it
in its time; the grace after that is the pilot's matter. Runs under MicroPython too.
"""

from math import log

from hal import X1, X2
from inputs import BOARD_NTC, CONNECTOR_NTC, CONTACTOR_NTC, TERMINAL_NTC
from watch_plug import LOOP_MS, NOT_YET, Lasts, Part, offered_da

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fake_hal import FakeHal
    from inputs import Inputs

EARTHED = ("TN", "TT")


class MainsWatch(Part):
    """Voltage and frequency: good for five seconds before closing, and P17, P18, P21 after it."""

    def __init__(self, hal: "FakeHal") -> None:
        super().__init__(hal)
        self._good = Lasts()
        self._low, self._very_low = Lasts(), Lasts()
        self._high, self._very_high = Lasts(), Lasts()
        self._off_frequency = Lasts()

    def look(self, pins: "Inputs", coil: bool, now: int) -> None:
        # Volts as on a 230 V supply.
        wired = [mv * 230 / self.kind.nominal_mv for mv in pins.voltage_mv[: self.kind.phases]]
        lowest, highest = min(wired), max(wired)
        slowest, fastest = (47_000, 52_000) if self.kind.nominal_hz == 50 else (57_000, 62_000)
        turns = slowest <= pins.mains_mhz <= fastest
        calm = self.kind.earthing not in EARTHED or abs(pins.earth_neutral_mv) <= 50_000
        self._good.note(lowest >= 194.9 and highest <= 264.1 and turns and calm, now)
        self._low.note(lowest < 194.9, now)
        self._very_low.note(lowest < 179.9, now)
        self._high.note(highest > 264.1, now)
        self._very_high.note(highest > 276.1, now)
        self._off_frequency.note(not turns, now)
        if self._low.ms > 10_000 + LOOP_MS:
            assert self.hal.mode != X2, "an offer on a supply that has sagged for ten seconds"

    def closing(self, pins: "Inputs", plugged_at: int, now: int) -> None:
        assert self._good.ms >= 5_000, "closed on a supply that was not good for five seconds"

    def closed(self, pins: "Inputs", now: int) -> None:
        assert self._very_low.ms <= 522 + LOOP_MS, "coil on below 180 V"
        assert self._high.ms <= 1_022 + LOOP_MS, "coil on above 264 V"
        assert self._very_high.ms <= 122 + LOOP_MS, "coil on above 276 V"
        assert self._off_frequency.ms <= 1_022 + LOOP_MS, "coil on at another frequency"


class PenWatch(Part):
    """Phases away from nominal for four seconds, where the country asks for it (P9)."""

    def __init__(self, hal: "FakeHal") -> None:
        super().__init__(hal)
        self._away = Lasts()

    def look(self, pins: "Inputs", coil: bool, now: int) -> None:
        wired = [100 * mv / self.kind.nominal_mv for mv in pins.voltage_mv[: self.kind.phases]]
        self._away.note(min(wired) < 89.9 or max(wired) > 110.1, now)

    def closed(self, pins: "Inputs", now: int) -> None:
        assert self._away.ms <= 4_972 + LOOP_MS, "coil on behind a broken PEN conductor"


class EarthWatch(Part):
    """The supply's earth, where it is one that can be sensed (P8)."""

    def __init__(self, hal: "FakeHal") -> None:
        super().__init__(hal)
        self._least = 8 * self.kind.nominal_hz / 50 if self.kind.earthing in EARTHED else 0
        self._weak = Lasts()

    def look(self, pins: "Inputs", coil: bool, now: int) -> None:
        self._weak.note(pins.earth_edges < self._least, now)

    def closing(self, pins: "Inputs", plugged_at: int, now: int) -> None:
        assert self._weak.ms == NOT_YET, "closed without earth"

    def closed(self, pins: "Inputs", now: int) -> None:
        assert self._weak.ms <= 672 + LOOP_MS, "coil on without earth"


class RailsWatch(Part):
    """What feeds board and generator, and what the generator makes of it (P24, P28)."""

    def __init__(self, hal: "FakeHal") -> None:
        super().__init__(hal)
        self._in = Lasts()
        self._out = Lasts()
        self._fed = Lasts()
        self._uncounted, self._miscounted, self._runs_on = Lasts(), Lasts(), Lasts()
        self._misdrawn = Lasts()
        self._drive = (X1, 0)

    def look(self, pins: "Inputs", coil: bool, now: int) -> None:
        rails_in = 11_000 <= pins.plus_mv <= 13_000 and -13_000 <= pins.minus_mv <= -11_000
        self._in.note(rails_in, now)
        self._out.note(not rails_in, now)
        self._fed.note(pins.supply_mv >= 9_000, now)
        drive = (self.hal.mode, self.hal.duty)
        if drive != self._drive:
            self._drive = drive
            self._misdrawn.note(False, now)
            self._runs_on.note(False, now)
        pwm, mhz, duty = drive[0] == X2, pins.generator_mhz, pins.generator_duty
        self._uncounted.note(pwm and mhz is None, now)
        self._miscounted.note(pwm and mhz is not None and not 979_999 <= mhz <= 1_020_001, now)
        self._misdrawn.note(pwm and mhz is not None and (duty is None or abs(duty - drive[1]) > 51), now)
        self._runs_on.note(drive[0] != X2 and mhz is not None, now)

    def closing(self, pins: "Inputs", plugged_at: int, now: int) -> None:
        assert self._in.ms >= 20, "closed on rails that were not good"
        assert self._fed.ms >= 0, "closed without a supply"
        assert self._uncounted.ms == NOT_YET, "closed on a pilot that nobody counted"
        assert self._miscounted.ms == NOT_YET, "closed on a pilot of another frequency"

    def closed(self, pins: "Inputs", now: int) -> None:
        assert self._fed.ms != NOT_YET, "coil on while the supply goes"
        assert self._out.ms <= 50 + LOOP_MS, "coil on with a rail that is out"
        assert self._uncounted.ms <= 3_000 + LOOP_MS, "coil on and the pilot's count fails"
        assert self._miscounted.ms <= 1_100 + LOOP_MS, "coil on with a pilot of another frequency"
        assert self._misdrawn.ms <= 3_200 + LOOP_MS, "coil on with a duty that nobody asked for"
        assert self._runs_on.ms <= 3_200 + LOOP_MS, "coil on with a pilot that cannot be ended"


class CurrentWatch(Part):
    """Too much current, and current where none may be (P14 to P16)."""

    def __init__(self, hal: "FakeHal") -> None:
        super().__init__(hal)
        self._hard, self._soft, self._stray = Lasts(), Lasts(), Lasts()
        self._short_at = NOT_YET
        self._offers: list[tuple[int, float]] = []

    def look(self, pins: "Inputs", coil: bool, now: int) -> None:
        most_ma = max([abs(ma) for ma in pins.current_ma])
        self._hard.note(most_ma > self.kind.rated_da * 125, now)
        self._stray.note(most_ma > 500 and not coil, now)
        if not coil:
            self._short_at = NOT_YET
        elif most_ma > self.kind.rated_da * 600 and self._short_at == NOT_YET:
            self._short_at = now
        bound_da = self._most_offered_da(now)
        over = coil and most_ma > max(bound_da * 110, bound_da * 100 + 1_000) + 10
        if self._soft.note(over, now) > 7_000 + LOOP_MS:
            assert self.hal.mode != X2, "an offer to a car that takes more"

    def closing(self, pins: "Inputs", plugged_at: int, now: int) -> None:
        assert self._stray.ms < 1_000, "closed where current flows already"

    def closed(self, pins: "Inputs", now: int) -> None:
        # The short circuit's own 100 ms may hold back what is due meanwhile.
        assert self._hard.ms <= 1_100 + LOOP_MS, "coil on with too much current"
        if self._short_at != NOT_YET:
            assert now - self._short_at <= 172, "coil on after a short circuit"

    def _most_offered_da(self, now: int) -> float:
        """What a car may still be following: the most of the last six seconds."""
        offer_da = offered_da(self.hal)
        if not self._offers or self._offers[-1][1] != offer_da:
            self._offers.append((now, offer_da))
        while len(self._offers) > 1 and self._offers[1][0] <= now - 6_000 - 2 * LOOP_MS:
            self._offers.pop(0)
        return max([offer[1] for offer in self._offers])


def celsius(code: int) -> "float | None":
    """10 kOhm at 25 °C, B 3950, against 10 kOhm; None where no such sensor can be."""
    if not 142 <= code <= 3_996:
        return None
    return 1 / (1 / 298.15 + log(code / (4_095 - code)) / 3_950) - 273.15


class HeatWatch(Part):
    """Sensors: above a stop threshold there is no offer, above the terminal's no closed contactor (P22, section 8)."""

    def __init__(self, hal: "FakeHal") -> None:
        super().__init__(hal)
        self._hot = (Lasts(), Lasts(), Lasts())
        self._blind = Lasts()
        self._broken = Lasts()
        self._stopped = [False, False, False]

    def look(self, pins: "Inputs", coil: bool, now: int) -> None:
        zones = ((BOARD_NTC,), (CONNECTOR_NTC,), (CONTACTOR_NTC, TERMINAL_NTC))
        for zone, places in enumerate(zones):
            self._note(zone, [celsius(pins.ntc_codes[place]) for place in places if self._is_wired(place)], now)
        if any(self._stopped) or self._blind.ms > 1_000 + LOOP_MS:
            assert self.hal.mode != X2, "an offer in too much heat, or without seeing any"
        broken = any(self._is_wired(place) and celsius(pins.ntc_codes[place]) is None for place in range(4))
        if self._broken.note(broken, now) > 1_000 + LOOP_MS:
            assert offered_da(self.hal) <= self.kind.rated_da / 2, "more than half of the rating without a sensor"

    def served(self) -> None:
        self._stopped[2] = False

    def closed(self, pins: "Inputs", now: int) -> None:
        assert not self._stopped[2], "coil on with a terminal that is too hot"

    def _note(self, zone: int, found: "list[float | None]", now: int) -> None:
        stop, resume = ((85, 65), (90, 60), (100, None))[zone]
        read = [degrees for degrees in found if degrees is not None]
        if self._hot[zone].note(bool(read) and max(read) > stop + 0.5, now) > 972 + LOOP_MS:
            self._stopped[zone] = True
        elif resume is not None and len(read) == len(found) and read and max(read) < resume + 0.5:
            self._stopped[zone] = False
        if zone == 2:
            self._blind.note(bool(found) and not read, now)

    def _is_wired(self, place: int) -> bool:
        return bool(self.kind.sensors & 1 << place)
