"""The onlooker's eyes for what is between contactor and car: cable, lock, contacts, residual current module.

Each judges one part of a board by its pins alone (safety reference, sections 2 to 5; pilot reference, 4.1), and only
where the board has that part. Limits count to the coil: those of section 3 less the 28 ms of the slowest contacts, and
one turn of the loop more. Runs under MicroPython too.
"""

from hal import X2
from inputs import RESIDUAL_AC, RESIDUAL_DC, RESIDUAL_ERROR
from kind import CHAIN_FEEDBACK, LOAD_SENSE, METERING
from outputs import LOCK_UNLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fake_hal import FakeHal
    from inputs import Inputs

LOOP_MS = 5
DAY_MS = 86_400_000
NOT_YET = -1


class Lasts:
    """For how many milliseconds something has been so, at every look; NOT_YET while it is not."""

    def __init__(self) -> None:
        self.ms = NOT_YET
        self._since = 0

    def note(self, is_so: bool, now: int) -> int:
        if is_so and self.ms == NOT_YET:
            self._since = now
        self.ms = now - self._since if is_so else NOT_YET
        return self.ms

    def until(self, now: int) -> int:
        """The same at a moment before the next look."""
        return NOT_YET if self.ms == NOT_YET else now - self._since


def offered_da(hal: "FakeHal") -> float:
    """What a car reads from the pilot, in 0.1 A: 0.06 A in a hundredth of a percent, and 0.25 A beyond 85 %."""
    if hal.mode != X2:
        return 0
    return hal.duty * 6 / 100 if hal.duty <= 8_500 else (hal.duty - 6_400) / 4


class Part:
    """`look` at every poll; `closing` when the coil took current; `closed` at every poll while it has some."""

    def __init__(self, hal: "FakeHal") -> None:
        self.hal = hal
        self.kind = hal.kind

    def look(self, pins: "Inputs", coil: bool, now: int) -> None:
        """Note what is seen, and judge what holds whether the contactor is closed or not."""

    def before_closing(self) -> None:
        """The coil took current: what the look before this one has found."""

    def closing(self, pins: "Inputs", plugged_at: int, now: int) -> None:
        """The coil took current. The plug went in after `plugged_at`."""

    def closed(self, pins: "Inputs", now: int) -> None:
        """What the coil may not stand."""

    def served(self) -> None:
        """Somebody was there and has seen to whatever had to be seen to."""

    def restarted(self) -> None:
        """The program started anew; what was broken still is."""


def rated_da(pp_mv: "int | None", phases: int) -> int:
    """What a cable with this contact carries, in 0.1 A; 0 for none and for one that cannot be."""
    if pp_mv is None or pp_mv >= 3_300 or pp_mv < 0:
        return 0
    ohm = 1_000 * pp_mv / (3_300 - pp_mv)
    if ohm < 79 or ohm >= 2_462:
        return 0
    if ohm < 140:
        return 700 if phases == 1 else 630
    return 320 if ohm < 308 else 200 if ohm < 936 else 130


class CableWatch(Part):
    """A socket's cable: there, of a known rating for a second, and never offered more than that (P25)."""

    def __init__(self, hal: "FakeHal") -> None:
        super().__init__(hal)
        self._rating_da = 0
        self._proven_da = 0
        self._same = Lasts()
        self._other = Lasts()
        self._parted = Lasts()
        self._less = Lasts()

    def look(self, pins: "Inputs", coil: bool, now: int) -> None:
        rating_da = rated_da(pins.pp_mv, self.kind.phases)
        if rating_da != self._rating_da:
            self._rating_da = rating_da
            self._same.note(False, now)
        if self._same.note(True, now) >= 1_000:
            self._proven_da = rating_da
        open_mv = 3_300 * 4_500 // 5_500 + 1
        self._parted.note(pins.pp_mv is None or pins.pp_mv > open_mv, now)
        less_ms = self._less.note(offered_da(self.hal) > rating_da, now)
        assert less_ms <= 25 + 2 * LOOP_MS, "offers more than the cable carries"

    def closing(self, pins: "Inputs", plugged_at: int, now: int) -> None:
        assert self._rating_da > 0, "closed without a cable"
        assert self._rating_da == self._proven_da, "closed on a cable that was not read for a second"
        assert self._same.ms >= 25, "closed on a cable that wavers"

    def closed(self, pins: "Inputs", now: int) -> None:
        assert self._parted.ms <= 72 + LOOP_MS, "coil on with a parted proximity contact"


class LockWatch(Part):
    """A socket's lock: home before closing, its loss opens, and nothing live is let go (P23, P24)."""

    def __init__(self, hal: "FakeHal") -> None:
        super().__init__(hal)
        self._home = Lasts()
        self._away = Lasts()

    def look(self, pins: "Inputs", coil: bool, now: int) -> None:
        home = 540 <= pins.lock_code <= 660
        self._home.note(home, now)
        self._away.note(not home, now)
        if self.hal.lock_drive == LOCK_UNLOCK:
            assert not coil and pins.mirror_open, "unlocks a closed contactor"
            assert not (self.kind.fits(LOAD_SENSE) and any(pins.load_edges)), "unlocks a live plug"

    def closing(self, pins: "Inputs", plugged_at: int, now: int) -> None:
        assert self._home.ms >= 75, "closed without a lock that is home"
        assert pins.release_mv >= 11_000, "closed with a lock that a power cut would not open"

    def closed(self, pins: "Inputs", now: int) -> None:
        assert self._away.ms <= 100 + LOOP_MS, "coil on without the lock"


class ContactsWatch(Part):
    """Mirror and load side: dead and open before closing, live after it, and an end for ever after a weld (P4, P5)."""

    def __init__(self, hal: "FakeHal") -> None:
        super().__init__(hal)
        self._senses = self.kind.fits(LOAD_SENSE)
        self._open = Lasts()
        self._alone = Lasts()
        self._unmoved = Lasts()
        self._dead = Lasts()
        self._held = Lasts()
        self._welded = False
        self._has_moved = False

    def look(self, pins: "Inputs", coil: bool, now: int) -> None:
        live = self._senses and any(edges >= 4 for edges in pins.load_edges)
        dead = not (self._senses and any(pins.load_edges))
        self._open.note(not coil and pins.mirror_open and dead, now)
        self._has_moved = coil and (self._has_moved or not pins.mirror_open)
        self._unmoved.note(coil and pins.mirror_open, now)
        self._alone.note(self._has_moved and pins.mirror_open, now)
        self._dead.note(coil and self._lacks_a_phase(pins), now)
        if self._held.note(not coil and live, now) > 1_250:
            self._welded = True

    def served(self) -> None:
        self._welded = False

    def before_closing(self) -> None:
        assert not self._welded, "closed a contactor that was seen welded"
        open_ms = self._open.until(self.hal.now)
        assert open_ms >= (100 - LOOP_MS if self._senses else 0), "closed contacts that were not seen open"

    def closed(self, pins: "Inputs", now: int) -> None:
        assert self._alone.ms <= 50 + LOOP_MS, "coil on and the contacts fell open"
        assert self._unmoved.ms <= 250 + LOOP_MS, "coil on and the armature does not move"
        assert self._dead.ms <= 550 + LOOP_MS, "coil on and a phase that has a supply is dead"

    def _lacks_a_phase(self, pins: "Inputs") -> bool:
        if not (self._senses and self.kind.fits(METERING)):
            return False
        half_mv = self.kind.nominal_mv // 2
        wired = range(self.kind.phases)
        return any(pins.voltage_mv[phase] >= half_mv and pins.load_edges[phase] < 4 for phase in wired)


class ResidualWatch(Part):
    """The residual current module: a trip opens, and before a closing it was tested in this plug (P1 to P3, 4.3).

    A test has passed when its current made the module trip within a second, the chain dropped with it, and both were
    back within three seconds or soon after.
    """

    def __init__(self, hal: "FakeHal") -> None:
        super().__init__(hal)
        self._trip = Lasts()
        self._error = Lasts()
        self._drives = False
        self._began_at = NOT_YET
        self._tripped = self._dropped = False
        self._passed_at = NOT_YET

    def look(self, pins: "Inputs", coil: bool, now: int) -> None:
        tripping = bool(pins.residual & (RESIDUAL_DC | RESIDUAL_AC))
        self._trip.note(tripping, now)
        self._error.note(bool(pins.residual & RESIDUAL_ERROR), now)
        drives = self.hal.residual_testing
        assert not (drives and (coil or not pins.mirror_open)), "test current with a closed contactor"
        if drives and not self._drives:
            self._began_at, self._passed_at = now, NOT_YET
            self._tripped = False
            self._dropped = not self.kind.fits(CHAIN_FEEDBACK)
        self._drives = drives
        self._follow(tripping, coil, now)

    def restarted(self) -> None:
        self._began_at = self._passed_at = NOT_YET
        self._drives = False

    def closing(self, pins: "Inputs", plugged_at: int, now: int) -> None:
        assert pins.residual == 0, "closed with an active residual current module"
        assert self._passed_at != NOT_YET, "closed without a passed self-test"
        assert self._began_at >= plugged_at, "closed with a self-test of another plug"
        assert now - self._passed_at <= DAY_MS + LOOP_MS, "closed with a self-test of yesterday"
        if self.kind.residual == "UL":
            self._began_at = self._passed_at = NOT_YET

    def closed(self, pins: "Inputs", now: int) -> None:
        assert self._trip.ms <= 32 + LOOP_MS, "coil on with a residual current"
        assert self._error.ms <= 32 + LOOP_MS, "coil on with a module in error"

    def _follow(self, tripping: bool, coil: bool, now: int) -> None:
        since_ms = now - self._began_at
        ours = self._began_at != NOT_YET and not coil and since_ms <= 3_000 + LOOP_MS
        if tripping and not ours:
            # Whatever it was: the latch may be set, and only a test shows that nothing is left of it.
            self._began_at = self._passed_at = NOT_YET
            return
        if tripping and since_ms <= 1_000 + LOOP_MS:
            self._tripped = True
        if self._began_at == NOT_YET or not self._tripped:
            return
        self._dropped = self._dropped or not self.hal.chain
        if self._dropped and not tripping and not self._drives and self._passed_at == NOT_YET and self.hal.chain:
            self._passed_at = now
