"""One temperature sensor: what it reads, whether it can be trusted, how fast it warms (safety reference, section 8)."""

from lasting import Lasting, soonest
from ntc import temperature_of

BROKEN_MS = 500
TRUSTED_AFTER_MS = 60_000

STRETCH_MS = 5_000
STRETCHES = 14
"""The peak of the oldest is 60 to 65 s old: judged over slightly more than the reference's minute, never over less."""
STEEP_DC = 100
STEEP_ABOVE_DC = 600


class Slope:
    """How much warmer it is than at any time of the last minute.

    Kept as the peak of every five seconds: one low reading among good ones makes no slope. For the same reason the five
    seconds in which a sensor begins to read, or reads again, have none: a lead that touches again reads cold at first.
    """

    def __init__(self) -> None:
        self.rise_dc = 0
        self._peaks: list[int] = []
        self._stretch = 0
        self._last_dc = 0

    def forget(self) -> None:
        """There is no reading any more; the next one begins anew."""
        self._peaks.clear()
        self.rise_dc = 0

    def observe(self, temperature_dc: int, now: int) -> None:
        """Take a reading, which stands until the next."""
        stretch = now // STRETCH_MS
        if not self._peaks:
            self._peaks.append(temperature_dc)
        elif stretch != self._stretch:
            # What was read last has stood in every stretch since, however seldom somebody looked.
            for _ in range(min(stretch - self._stretch, STRETCHES)):
                self._peaks.append(self._last_dc)
            while len(self._peaks) > STRETCHES:
                self._peaks.pop(0)
        self._stretch = stretch
        self._last_dc = temperature_dc
        self._peaks[-1] = max(self._peaks[-1], temperature_dc)
        self.rise_dc = temperature_dc - min(self._peaks)


class Thermometer:
    """One sensor. Before its first good reading, and from a failure until it has been good for a minute, no trust."""

    def __init__(self, place: int) -> None:
        self.place = place
        """In `Inputs.ntc_codes`."""
        self.temperature_dc: int | None = None
        """The last good reading in 0.1 °C: a sensor that fails while hot has not become cool."""
        self.is_trusted = False
        self._code = -1
        self._read: int | None = None
        self._broken = Lasting(BROKEN_MS)
        self._good = Lasting(TRUSTED_AFTER_MS)
        self._slope = Slope()

    @property
    def is_steep(self) -> bool:
        """Warms by more than 10 K a minute while above 60 °C."""
        warm = self.temperature_dc is not None and self.temperature_dc > STEEP_ABOVE_DC
        return warm and self._slope.rise_dc > STEEP_DC

    def observe(self, code: int, now: int) -> "int | None":
        """Take a reading of the converter; returns when to look again if nothing changes."""
        if code != self._code:
            self._code = code
            self._read = temperature_of(code)
        if self._read is None:
            self._slope.forget()
        else:
            # The very first reading is as good as any: nothing has failed yet.
            self.is_trusted = self.is_trusted or self.temperature_dc is None
            self.temperature_dc = self._read
            self._slope.observe(self._read, now)
        due = self._broken.observe(self._read is None, now)
        good_due = self._good.observe(self._read is not None and not self.is_trusted, now)
        self.is_trusted = (self.is_trusted or self._good.believed) and not self._broken.believed
        return soonest((due, good_due))


def readings_of(thermometers: "list[Thermometer]") -> "list[int]":
    """The last good readings, in 0.1 °C, of those that have had one."""
    return [found.temperature_dc for found in thermometers if found.temperature_dc is not None]
