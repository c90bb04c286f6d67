"""An onlooker with a voltmeter and a stopwatch: does the board keep the rules that hold whatever happens?

It reads the pins and what the host wished, and knows the rules in its own words (safety reference, sections 2, 3 and 9;
pilot reference, sections 1, 5 and 6). Of the firmware it asks only which reaction its faults have. What is true of one
part of a board only is in `watch_plug.py` and `watch_supply.py`. Runs under MicroPython too.
"""

from hal import COIL_OFF, X1, X2, F
from inputs import Inputs
from kind import EARTH_SENSE, METERING, RAILS, RESIDUAL_CURRENT, SOCKET, TEMPERATURES
from watch_plug import CableWatch, ContactsWatch, LockWatch, Part, ResidualWatch, offered_da
from watch_supply import CurrentWatch, EarthWatch, HeatWatch, MainsWatch, PenWatch, RailsWatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fake_hal import FakeHal

LEASE_MS = 2_000
LOWER_MS = 100
GRACE_MS = 6_000
STEADY_MS = 500
OFF_MS = 5_000
AFTER_FAULT_MS = 30_000
X1_MS = 3_000
RATE, RATE_MS = 10, 600_000
F_MS, MOST_F_MS = 300, 10_000
EMPTY_MS = 2_000
"""So long nobody has been plugged in before F."""
SURE_MS = 250
"""So long the readings before F say so."""
SHOWN = ("drive_x1", "drive_f", "drive_pwm", "cut", "release")
SHOWN_MS, CUT_MS = 10_000, 6_000
"""So long a test may drive the pilot of an empty outlet, or cut it."""
PLUGGED, BELIEVED_MS = ("B", "C", "D"), 100
"""What a plug shows, and how long before it is believed."""
BLIND_AFTER_F_MS = 100
WINDOW_MS = 5
BLIND_MS = 20
NO_SAMPLES_MS = 25
HYBRID_MS = 600
LEAST_DA = 60
OUT_MS = 50
"""Nothing in the outlet for so long: what is plugged in afterwards is another plug."""

# From the first reading outside of what may charge to the coil without current, by what is read last.
COIL_OFF_WITHIN_MS = {"A": 45, "B": 45, "D": 100, "E": 100, "-": 1_000}
STOPS, OPENS_AT_ONCE = 2, 3


def letter(high_mv: int) -> str:
    """What the level says to a person, "-" between two states or outside of all."""
    for name, low, high in (("A", 10.8, 13.15), ("B", 7.8, 10.2), ("C", 4.8, 7.2), ("D", 1.8, 4.2), ("E", -1.2, 1.2)):
        if low * 1_000 <= high_mv <= high * 1_000:
            return name
    return "-"


def parts_of(hal: "FakeHal") -> "list[Part]":
    """One onlooker for each part that this board has."""
    pairs = (
        (SOCKET, CableWatch), (SOCKET, LockWatch), (0, ContactsWatch), (RESIDUAL_CURRENT, ResidualWatch),
        (METERING, MainsWatch), (METERING, CurrentWatch), (EARTH_SENSE, EarthWatch), (RAILS, RailsWatch),
        (TEMPERATURES, HeatWatch),
    )  # fmt: skip
    found: list[Part] = [watch(hal) for part, watch in pairs if hal.kind.fits(part)]
    if hal.kind.fits(METERING) and hal.kind.open_pen:
        found.append(PenWatch(hal))
    return found


class Watch:
    """`wished` when the host wrote a wish, `look` after every poll of the board."""

    def __init__(self, hal: "FakeHal") -> None:
        self._hal = hal
        self._charging_letters = ("C", "D") if hal.kind.ventilation else ("C",)
        self._parts = parts_of(hal)
        self._pins = Inputs()
        self.may_test = False
        """An energised test was agreed: it may close what was not taken into service."""
        self._test = "release"
        self._test_at = hal.now
        """The last step that the board agreed to, of those that move the pilot."""
        self._commissioned = False
        self._operative = True
        self._expected: int | None = None
        """The mark that the host expects; it must be the one of these pins' board."""
        self._mark = hal.kind.mark()
        self._open_at_once = False
        self._open_at_once_at = hal.now
        self._locks = False
        self._insertion = 0
        self._out_at = hal.now
        """When the outlet was last seen empty for certain."""
        self._closed_for: tuple[int, int] | None = None
        """Insertion that the host had named at the last closing, and the `_out_at` of that plug."""
        self._permit = False
        self._wished_da = 0
        self._wished_at = -LEASE_MS
        self._coil = False
        self._coil_at = -BLIND_MS
        self._off_since = hal.now
        self._closed_at: list[int] = []
        self.most_closings = RATE
        """In ten minutes; a test of the energised test raises it to its forty."""
        self._mode = X1
        self._mode_since = hal.now
        self._duty_changed_at = -HYBRID_MS
        self._duty = 0
        self._letter = ""
        self._letter_since = hal.now
        self._seen_in_at = -EMPTY_MS
        self._visible_at = 0
        self._bad_since = -1
        self._fault_at = -AFTER_FAULT_MS
        self._reaction = 0
        """Of the last look."""
        self._samples_at = hal.now
        self._lowered_at = -LOWER_MS
        self._before_da = 0

    def wished(self, wish: "tuple[Any, ...]") -> None:
        """A well-formed wish with a new number went out: its fields in the order of the table."""
        _, permit, offer_da, locks, _, insertion, commissioned, operative, open_at_once, expected = wish
        self._expected = expected
        self._operative = operative
        if open_at_once and not self._open_at_once:
            self._open_at_once_at = self._hal.now
        self._open_at_once = open_at_once
        self._locks = locks
        self._insertion = insertion
        self._commissioned = commissioned
        self._permit = permit
        if offer_da < self._wished_da and self._hal.now - self._lowered_at >= LOWER_MS:
            # Ten times a second at most less is offered: until then what was wished when it was lowered first.
            self._lowered_at = self._hal.now
            self._before_da = self._wished_da
        else:
            self._before_da = max(self._before_da, self._wished_da)
        self._wished_da = offer_da if permit else 0
        self._wished_at = self._hal.now

    def look(self, reaction: int) -> None:
        """AssertionError when a rule is broken at this moment."""
        self._reaction = reaction
        self._note_pilot()
        self._note_drive()
        self._check_offer(reaction)
        self._check_out_of_service(reaction)
        self._check_cut(reaction)
        if reaction == OPENS_AT_ONCE:
            self._fault_at = self._hal.now
        coil = self._hal.coil_mode != COIL_OFF
        self._look_at_parts(coil)
        if coil and not self._coil:
            self._check_closing()
        if coil != self._coil:
            self._coil = coil
            self._coil_at = self._hal.now
            if not coil:
                self._off_since = self._hal.now
        if coil:
            self._check_closed(reaction)

    def tests(self, step: str) -> None:
        """The board agreed to this step of a self-test."""
        if step in ("begin", "end"):
            self.may_test = step == "begin"
        elif step in SHOWN:
            self._test, self._test_at = step, self._hal.now
        elif step == "restart":
            self._check_restart()

    def _check_restart(self) -> None:
        """What it agreed to forget counts for nothing any more."""
        now = self._hal.now
        plugged_ms = now - self._letter_since if self._letter in PLUGGED else 0
        assert plugged_ms < BELIEVED_MS, "starts anew with somebody plugged in"
        assert not self._coil and not self.may_test, "starts anew with current in the coil, or in a test with power"
        assert not self._permit and not self._open_at_once, "starts anew where the host permits, or wants it open"
        assert self._lease_ms() < LEASE_MS + WINDOW_MS, "starts anew without a host"
        over_ms = AFTER_FAULT_MS if self._reaction == OPENS_AT_ONCE else now - self._fault_at
        assert over_ms >= AFTER_FAULT_MS, "starts anew and forgets a fault that was there half a minute ago"
        recent = [at for at in self._closed_at if now - at < RATE_MS]
        assert not recent, "starts anew and forgets a closing of the last ten minutes"

    def served(self) -> None:
        """A service person was there."""
        for part in self._parts:
            part.served()

    def restarted(self) -> None:
        """The program started anew with its outputs at their reset levels: nothing that it was told counts."""
        self._test = "release"
        self._permit = self._commissioned = self._locks = self.may_test = self._open_at_once = False
        self._operative = True
        self._wished_da = 0
        self._wished_at = self._hal.now - LEASE_MS
        self._closed_for = None
        self._mode, self._mode_since = X1, self._hal.now
        self._coil, self._off_since = False, self._hal.now
        self._fault_at = -AFTER_FAULT_MS
        # It counts the closings of ten minutes from its start: it has no clock over a restart.
        self._closed_at = []
        for part in self._parts:
            part.restarted()

    def _look_at_parts(self, coil: bool) -> None:
        if not self._parts:
            return
        self._hal.read(self._pins)
        now = self._hal.now
        closes = coil and not self._coil
        for part in self._parts:
            if closes:
                part.before_closing()
            part.look(self._pins, coil, now)
            if closes:
                part.closing(self._pins, self._out_at, now)
            if coil:
                part.closed(self._pins, now)

    def _lease_ms(self) -> int:
        return self._hal.now - self._wished_at

    def _note_pilot(self) -> None:
        if self._hal.samples_high:
            self._samples_at = self._hal.now
        read = letter(self._hal.high_mv)
        if read != self._letter:
            self._letter = read
            self._letter_since = self._hal.now
        if read == "A" and not self._hal.disconnected and self._hal.now - self._letter_since >= OUT_MS:
            self._out_at = self._hal.now
        # In F nothing is seen, and for a moment after it.
        seen_ms = self._hal.now - max(self._letter_since, self._visible_at)
        if read in PLUGGED and self._hal.mode != F and seen_ms >= BELIEVED_MS:
            self._seen_in_at = self._hal.now
        if read in self._charging_letters:
            self._bad_since = -1
        elif self._bad_since < 0:
            self._bad_since = self._hal.now

    def _note_drive(self) -> None:
        hal = self._hal
        if hal.mode != self._mode:
            since_ms = hal.now - self._mode_since
            assert hal.mode != X2 or (self._mode == X1 and since_ms >= X1_MS), "x1 lasted less than three seconds"
            if self._mode == F:
                assert since_ms >= F_MS, "F lasted less than 300 ms"
                self._visible_at = hal.now + BLIND_AFTER_F_MS
            if hal.mode == F:
                self._check_empty()
            self._mode = hal.mode
            self._mode_since = hal.now
        elif hal.mode == X2 and hal.duty != self._duty:
            self._duty_changed_at = hal.now
        self._duty = hal.duty

    def _check_empty(self) -> None:
        hal = self._hal
        empty_ms = hal.now - self._letter_since if self._letter == "A" else 0
        assert empty_ms >= SURE_MS and hal.now - self._seen_in_at >= EMPTY_MS, "F while somebody is plugged in"
        assert self._coil is False, "F with closed contacts"

    def _check_out_of_service(self, reaction: int) -> None:
        hal = self._hal
        if hal.mode != F:
            return
        f_ms = hal.now - self._mode_since
        assert f_ms <= MOST_F_MS + WINDOW_MS, "nobody looked for a plug for too long"
        wanted = not self._operative and self._lease_ms() < LEASE_MS + WINDOW_MS
        if self._test == "drive_f" and f_ms > F_MS + WINDOW_MS and not (wanted or reaction):
            self._check_test(SHOWN_MS, reaction)
            return
        assert wanted or reaction or f_ms <= F_MS + WINDOW_MS, "F though nothing takes the outlet out of service"

    def _check_test(self, most_ms: int, reaction: int) -> None:
        """What ends a test on the pilot, each within the step that sees it."""
        hal = self._hal
        assert hal.now - self._test_at <= most_ms + WINDOW_MS, "a test holds the pilot for too long"
        assert not self._permit or self._lease_ms() >= LEASE_MS, "a test on the pilot beside a permit"
        assert not self._open_at_once, "a test on the pilot where the host wants it open"
        assert self._lease_ms() < LEASE_MS + WINDOW_MS, "a test on the pilot without a host"
        assert reaction < STOPS, "a test on the pilot beside a fault that stops"
        assert hal.coil_mode == COIL_OFF, "a test on the pilot with current in the coil"

    def _check_cut(self, reaction: int) -> None:
        hal = self._hal
        if hal.disconnected and not hal.kind.wake_up_s:
            assert self._test == "cut", "a pilot that is cut off though nobody asked for it"
            assert hal.mode == X1, "a pilot that is cut off while something is offered"
            self._check_test(CUT_MS, reaction)

    def _check_offer(self, reaction: int) -> None:
        hal = self._hal
        if hal.mode != X2:
            return
        if self._test == "drive_pwm" and not self._permit:
            unread = self._hal.now - self._letter_since <= NO_SAMPLES_MS
            assert self._letter == "A" or unread, "a test's square wave on an outlet that is not empty"
            self._check_test(SHOWN_MS, reaction)
            return
        offer_da = offered_da(hal)
        assert offer_da >= LEAST_DA - 0.1, "an offer below 6 A"
        assert self._permit, "an offer without a permit"
        # An offer that began meanwhile may be what was wished between.
        lowering = hal.now - max(self._lowered_at, self._mode_since) <= LOWER_MS + WINDOW_MS
        most_da = max(self._wished_da, self._before_da) if lowering and self._wished_da else self._wished_da
        assert offer_da <= most_da, "offers more than was wished"
        assert offer_da <= hal.kind.rated_da, "offers more than it is rated for"
        assert self._commissioned or self.may_test, "an offer before anybody took it into service"
        assert self._lease_ms() < LEASE_MS + WINDOW_MS, "an offer without a lease"

    def _check_closing(self) -> None:
        hal = self._hal
        assert self._permit and self._wished_da >= LEAST_DA, "closed without a permit"
        assert not self._open_at_once, "closed where the host wants it open"
        assert self._expected in (None, self._mark), "closed with a configuration that the host does not expect"
        assert self._lease_ms() < LEASE_MS, "closed without a lease"
        assert self._commissioned or self.may_test, "closed before anybody took it into service"
        assert self._locks or not hal.kind.fits(SOCKET), "closed without the host's wish to lock"
        assert not hal.disconnected, "closed with a pilot that is cut off"
        self._check_plug()
        assert hal.mode == X2 and hal.now - self._mode_since >= STEADY_MS, "closed before the offer stood"
        assert self._letter in self._charging_letters, "closed on a pilot that does not ask"
        assert hal.now - self._letter_since >= STEADY_MS, "closed on an unsteady pilot"
        assert hal.low_mv <= -10_000, "closed without a diode"
        assert hal.chain, "closed with a broken chain"
        assert not hal.main_closed, "closed contacts that were not seen open"
        assert hal.now - self._off_since >= OFF_MS, "closed too soon after opening"
        assert hal.now - self._fault_at >= AFTER_FAULT_MS, "closed too soon after a fault"
        self._closed_at.append(hal.now)
        recent = [at for at in self._closed_at if hal.now - at < RATE_MS]
        assert len(recent) <= self.most_closings, "closed too often"

    def _check_plug(self) -> None:
        """The host counts plugs as the board told it: another plug has another number, the same one the same."""
        if self._closed_for is not None:
            insertion, out_at = self._closed_for
            same_plug = out_at == self._out_at
            assert same_plug or insertion != self._insertion, "closed by a permission for another plug"
        self._closed_for = (self._insertion, self._out_at)

    def _check_closed(self, reaction: int) -> None:
        hal = self._hal
        assert reaction != OPENS_AT_ONCE, "coil on with a fault that opens"
        assert hal.chain, "coil on with a broken chain"
        if self._open_at_once and self._lease_ms() < LEASE_MS:
            assert hal.now - self._open_at_once_at <= WINDOW_MS, "coil on where the host wants it open at once"
        assert not hal.frozen and hal.now - self._samples_at <= NO_SAMPLES_MS, "coil on without samples"
        in_x1_ms = hal.now - self._mode_since if hal.mode == X1 else 0
        assert in_x1_ms < GRACE_MS + WINDOW_MS, "coil on longer than the grace after the offer"
        if self._bad_since >= 0:
            bad_ms = hal.now - self._bad_since
            assert bad_ms <= self._most_bad_ms(), "coil on with pilot " + self._letter + " for " + str(bad_ms) + " ms"

    def _most_bad_ms(self) -> int:
        most_ms = COIL_OFF_WITHIN_MS[self._letter] + WINDOW_MS
        if self._hal.now - self._coil_at < most_ms + BLIND_MS:
            most_ms += BLIND_MS
        if self._letter == "B" and self._hal.now - self._duty_changed_at < HYBRID_MS + WINDOW_MS:
            # Some hybrids show B after a change of duty; believed only afterwards.
            most_ms += HYBRID_MS
        return most_ms
