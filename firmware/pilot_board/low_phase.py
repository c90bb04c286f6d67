"""What the low phase of the running pilot says: is there a diode, is there a leak (pilot reference, sections 6 and 8).

A car pulls on the high phase only, through its diode. Whatever pulls on the low phase as well is no car.
"""

from pilot import B, is_plugged

# In this order: up to a leak there is a diode.
FINE = 0
LEAK = 1
NO_DIODE = 2
LOADED = 3
"""The low phase is pulled up, but not as a mirror of the high one: water beside a car, or two faults at once."""

LEAK_MV = -11_000
LOADED_MV = -10_000
"""A bypassed diode in state B gives -9.4 V at the worst tolerances; at or below this level the diode is proven."""
MIRROR_MV = 600
SHORT_MV = 1_500

GENERATOR_MV = 12_000
SOURCE_OHM = 1_000
DIODE_MV = 700

IN_B_MS = 15
OTHERWISE_MS = 100
SETTLE_MS = 10
"""After a change of the drive a window may hold samples of both."""


def verdict(high_mv: int, low_mv: int) -> int:
    """What one pair of levels means. A level near zero is state E's business and counts as FINE here."""
    if low_mv <= LEAK_MV:
        return FINE
    if low_mv <= LOADED_MV:
        return LEAK
    if abs(high_mv) <= SHORT_MV:
        return FINE
    return NO_DIODE if abs(high_mv + low_mv) < MIRROR_MV else LOADED


def shunt_ohm(low_mv: int) -> "int | None":
    """Resistance from pilot to earth that explains this low level; None where there is nothing to explain."""
    missing = GENERATOR_MV + low_mv
    return SOURCE_OHM * -low_mv // missing if low_mv < 0 and missing >= 500 else None


def vehicle_ohm(high_mv: int, low_mv: "int | None") -> "int | None":
    """The car's resistance behind its diode, with the shunt taken out; None when no such resistance exists."""
    # mV over ohm is mA; in microamperes, so that integers stay exact enough.
    current_ua = (GENERATOR_MV - high_mv) * 1_000 // SOURCE_OHM
    shunt = None if low_mv is None else shunt_ohm(low_mv)
    if shunt:
        current_ua -= high_mv * 1_000 // shunt
    if current_ua <= 0 or high_mv <= DIODE_MV:
        return None
    return (high_mv - DIODE_MV) * 1_000 // current_ua


class LowPhase:
    """The verdict that has lasted long enough, and whether this plug's diode has been seen."""

    def __init__(self) -> None:
        self.believed = FINE
        self.diode_seen = False
        self.good_now = False
        """The last reading proved the diode."""
        self._read = FINE
        self._read_since = 0
        self._bad_since = -1
        self._settled_at = 0

    def drive_changed(self, now: int) -> None:
        """The generator changed; the next windows are mixed."""
        self._settled_at = now + SETTLE_MS
        self.good_now = False

    def unplugged(self) -> None:
        """No car, no knowledge about its diode."""
        self.believed = FINE
        self.diode_seen = False
        self.good_now = False
        self._bad_since = -1

    def observe(self, state: int, high_mv: int, low_mv: "int | None", now: int) -> "int | None":
        """Take one pair of levels (low is None without PWM); returns when to look again, None for no wish."""
        if low_mv is None:
            self.good_now = False
            self._read_since = now
            self._bad_since = -1
            # Without PWM only a leak stays a fact: what is worse has stopped the PWM and must be seen anew after it.
            self.believed = LEAK if self.believed == LEAK else FINE
            return None
        if now < self._settled_at:
            return self._settled_at
        read = verdict(high_mv, low_mv)
        if read != self._read:
            self._read = read
            self._read_since = now
        self.good_now = is_plugged(state) and low_mv <= LOADED_MV
        due = self._read_since + (IN_B_MS if state == B else OTHERWISE_MS)
        # On the edge between two bad verdicts neither would mature: the time without a good one counts for both.
        if read <= LEAK:
            self._bad_since = -1
        elif self._bad_since < 0:
            self._bad_since = now
        else:
            due = min(due, self._bad_since + OTHERWISE_MS)
        if now < due:
            return due
        self.believed = read
        self.diode_seen = self.diode_seen or self.good_now
        return None
