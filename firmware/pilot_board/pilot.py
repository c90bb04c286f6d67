"""Pilot states from the high level: bands, hysteresis and debouncing of the pilot reference, section 6.

Everything counts in time, not in windows: a band must be read without interruption for its holding time. So the same
rules hold on a board that looks every 5 ms and in a simulation that looks when something changes or is due.
"""

UNKNOWN = 0
A = 1
B = 2
C = 3
D = 4
E = 5
F = 6
NO_BAND = UNKNOWN
"""Between two bands or outside of all: what was believed before stays believed."""

# Lower edge of each band and upper edge, in millivolts at the pilot. The space between two bands is the hysteresis.
BANDS = (
    (A, 10_800, 13_150),
    (B, 7_800, 10_200),
    (C, 4_800, 7_200),
    (D, 1_800, 4_200),
    (E, -1_200, 1_200),
)

SETTLE_AT_START_MS = 500
TO_A_MS = 25
LEAVE_C_MS = 45
TO_C_MS = 500
BETWEEN_MS = 100
"""A to B or C, C to D and back, anything to E, E to B."""
NO_BAND_MS = 1_000

BLANK_AFTER_DUTY_CHANGE_MS = 600
"""Some plug-in hybrids show B for 50…100 ms about half a second after a change of duty. Off in a type test."""
BLANK_AFTER_COIL_EDGE_MS = 20
"""A switching contactor disturbs the reading."""
BLANK_AFTER_BREAK_MS = 100
"""After the pilot was disconnected."""


def band(high_mv: int) -> int:
    """The state whose band holds this level, or NO_BAND."""
    for state, low, high in BANDS:
        if low <= high_mv <= high:
            return state
    return NO_BAND


def is_plugged(state: int) -> bool:
    """A car is connected."""
    return B <= state <= D


def asks(state: int) -> bool:
    """The car has closed its switch."""
    # No tuple of two names: one would be left behind several times in each step.
    return C <= state <= D


def holding_ms(believed: int, read: int) -> int:
    """How long `read` must last before it replaces `believed`."""
    if read == NO_BAND:
        return NO_BAND_MS
    if believed == UNKNOWN:
        return SETTLE_AT_START_MS
    if read == A:
        return TO_A_MS
    if read == B and asks(believed):
        return LEAVE_C_MS
    if asks(read) and (believed in (B, E)):
        return TO_C_MS
    return BETWEEN_MS


class Pilot:
    """The believed state, the plug behind it, and how long the readings have agreed."""

    def __init__(self, now: int, hybrid_blanking: bool = True) -> None:
        self.state = UNKNOWN
        self.since = now
        self.out_of_range = False
        """E is believed because no band fitted for too long, not because the level is near zero."""
        self.plugged = False
        self.insertions = 0
        self.left_at = now
        """When the first reading was away from the asking state that was left last."""
        self._read = NO_BAND
        self._read_since = now
        self._away_since = -1
        self._hybrid_blanking = hybrid_blanking
        self._stay_in_c_until = now
        self._blind_until = now

    def duty_changed(self, now: int) -> None:
        """The duty went from one value to another: C to B is not believed for a while."""
        if self._hybrid_blanking:
            self._stay_in_c_until = now + BLANK_AFTER_DUTY_CHANGE_MS

    def duty_ended(self, now: int) -> None:
        """PWM stopped: from here on the car is asked to go to B, so B is believed at once."""
        self._stay_in_c_until = now

    def coil_switched(self, now: int) -> None:
        """The coil was switched: readings mean nothing for a moment."""
        self._blind_until = now + BLANK_AFTER_COIL_EDGE_MS

    def hold(self, now: int) -> int:
        """The pilot is disconnected: what is believed stays, and readings begin anew 100 ms after the last call."""
        self._blind_until = now + BLANK_AFTER_BREAK_MS
        self._read = NO_BAND
        self._read_since = now
        self._away_since = -1
        return self._blind_until

    def observe(self, high_mv: int, now: int) -> int:
        """Take one reading; returns when the next one matters if nothing changes, at the latest `NO_BAND_MS` away."""
        if now < self._blind_until:
            return self._blind_until
        read = band(high_mv)
        if read != self._read:
            self._read = read
            self._read_since = now
        self._watch_leaving(read, now)
        if read == self.state and read != NO_BAND:
            self.out_of_range = False
            return now + NO_BAND_MS
        due = self._due(read)
        if now < due:
            return due
        self._believe(read, now)
        return now + NO_BAND_MS

    def steady_ms(self, now: int) -> int:
        """For how long every reading has been in the believed state's band; 0 while one disagrees."""
        return now - self._read_since if self._read == self.state else 0

    def seems_empty(self, now: int) -> bool:
        """A is believed, and no reading says anything else: as far as any means something, after a change or in F."""
        return self.state == A and (now < self._blind_until or self._read == A)

    def _watch_leaving(self, read: int, now: int) -> None:
        # A bouncing plug or a level on an edge alternates between readings and lets none mature: while a car asks,
        # the time away from its state counts for each of them.
        if not asks(self.state) or read == self.state:
            self._away_since = -1
        elif self._away_since < 0:
            self._away_since = now

    def _due(self, read: int) -> int:
        due = self._read_since + holding_ms(self.state, read)
        if self._away_since >= 0:
            due = min(due, self._away_since + max(LEAVE_C_MS, holding_ms(self.state, read)))
        if read == B and asks(self.state):
            # From the fall at the latest: a host that lowers its offer again and again must not hold C for ever.
            due = max(due, min(self._stay_in_c_until, self._away_since + BLANK_AFTER_DUTY_CHANGE_MS))
        return due

    def _believe(self, read: int, now: int) -> None:
        self.out_of_range = read == NO_BAND
        state = E if read == NO_BAND else read
        if state == self.state:
            return
        if asks(self.state):
            self.left_at = self._read_since if self._away_since < 0 else self._away_since
        self.state = state
        self.since = now
        self._away_since = -1
        if state == A:
            self.plugged = False
        elif is_plugged(state) and not self.plugged:
            self.plugged = True
            self.insertions += 1
