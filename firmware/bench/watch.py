"""An onlooker with a voltmeter and a stopwatch: does the board keep the rules that hold whatever happens?

It reads the pins and what the host wished, and knows the rules in its own words (safety reference, sections 2, 3 and 9;
pilot reference, sections 1, 5 and 6). Of the firmware it asks only which reaction its faults have. Runs under
MicroPython too.
"""

from hal import COIL_OFF, X1, X2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fake_hal import FakeHal

LEASE_MS = 2_000
GRACE_MS = 6_000
STEADY_MS = 500
OFF_MS = 5_000
AFTER_FAULT_MS = 30_000
X1_MS = 3_000
RATE, RATE_MS = 10, 600_000
WINDOW_MS = 5
BLIND_MS = 20
NO_SAMPLES_MS = 25
HYBRID_MS = 600
LEAST_DA = 60

# From the first reading outside of what may charge to the coil without current, by what is read last.
COIL_OFF_WITHIN_MS = {"A": 45, "B": 45, "D": 100, "E": 100, "-": 1_000}
OPENS_AT_ONCE = 3


def letter(high_mv: int) -> str:
    """What the level says to a person, "-" between two states or outside of all."""
    for name, low, high in (("A", 10.8, 13.15), ("B", 7.8, 10.2), ("C", 4.8, 7.2), ("D", 1.8, 4.2), ("E", -1.2, 1.2)):
        if low * 1_000 <= high_mv <= high * 1_000:
            return name
    return "-"


class Watch:
    """`wished` when the host wrote a wish, `look` after every poll of the board."""

    def __init__(self, hal: "FakeHal", ventilation: bool) -> None:
        self._hal = hal
        self._charging_letters = ("C", "D") if ventilation else ("C",)
        self._permit = False
        self._wished_da = 0
        self._wished_at = -LEASE_MS
        self._coil = False
        self._coil_at = -BLIND_MS
        self._off_since = hal.now
        self._closed_at: list[int] = []
        self._mode = X1
        self._mode_since = hal.now
        self._duty_changed_at = -HYBRID_MS
        self._duty = 0
        self._letter = ""
        self._letter_since = hal.now
        self._bad_since = -1
        self._fault_at = -AFTER_FAULT_MS
        self._samples_at = hal.now

    def wished(self, permit: bool, offer_da: int) -> None:
        """A well-formed wish with a new number went out."""
        self._permit = permit
        self._wished_da = offer_da if permit else 0
        self._wished_at = self._hal.now

    def look(self, reaction: int) -> None:
        """AssertionError when a rule is broken at this moment."""
        self._note_pilot()
        self._note_drive()
        self._check_offer()
        if reaction == OPENS_AT_ONCE:
            self._fault_at = self._hal.now
        coil = self._hal.coil_mode != COIL_OFF
        if coil and not self._coil:
            self._check_closing()
        if coil != self._coil:
            self._coil = coil
            self._coil_at = self._hal.now
            if not coil:
                self._off_since = self._hal.now
        if coil:
            self._check_closed(reaction)

    def _lease_ms(self) -> int:
        return self._hal.now - self._wished_at

    def _note_pilot(self) -> None:
        if self._hal.samples_high:
            self._samples_at = self._hal.now
        read = letter(self._hal.high_mv)
        if read != self._letter:
            self._letter = read
            self._letter_since = self._hal.now
        if read in self._charging_letters:
            self._bad_since = -1
        elif self._bad_since < 0:
            self._bad_since = self._hal.now

    def _note_drive(self) -> None:
        hal = self._hal
        if hal.mode != self._mode:
            assert hal.mode == X1 or hal.now - self._mode_since >= X1_MS, "x1 lasted less than three seconds"
            self._mode = hal.mode
            self._mode_since = hal.now
        elif hal.mode == X2 and hal.duty != self._duty:
            self._duty_changed_at = hal.now
        self._duty = hal.duty

    def _check_offer(self) -> None:
        hal = self._hal
        if hal.mode != X2:
            return
        # A car reads 0.06 A in every hundredth of a percent of duty up to 85 %, and 0.25 A beyond 64 %.
        offered_da = hal.duty * 6 / 100 if hal.duty <= 8_500 else (hal.duty - 6_400) / 4
        assert offered_da >= LEAST_DA - 0.1, "an offer below 6 A"
        assert self._permit, "an offer without a permit"
        assert offered_da <= self._wished_da, "offers more than was wished"
        assert self._lease_ms() < LEASE_MS + WINDOW_MS, "an offer without a lease"

    def _check_closing(self) -> None:
        hal = self._hal
        assert self._permit and self._wished_da >= LEAST_DA, "closed without a permit"
        assert self._lease_ms() < LEASE_MS, "closed without a lease"
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
        assert len(recent) <= RATE, "closed too often"

    def _check_closed(self, reaction: int) -> None:
        hal = self._hal
        assert reaction != OPENS_AT_ONCE, "coil on with a fault that opens"
        assert hal.chain, "coil on with a broken chain"
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
