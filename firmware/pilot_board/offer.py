"""The pilot generator: what is offered, and how fast it may change (pilot reference, sections 3 and 5)."""

from hal import X1, X2, F

MIN_DA = 60
MAX_DA = 800
GAP_FROM_DA = 510
GAP_TO_DA = 525
STEADY = 10_000
"""Duty of the steady +12 V; that of the steady -12 V is 0."""

RAISE_AFTER_MS = 5_000
LOWER_AFTER_MS = 100
"""A host that lowers its offer with every breath must not keep the pilot between two levels, where nothing can be read:
ten times a second is fast enough for any limit. The end of an offer waits for nothing."""
STAY_IN_X1_MS = 3_000
STAY_IN_F_MS = 300


def encodable_da(wanted_da: int) -> int:
    """The largest current the code can express that is not above `wanted_da`, in 0.1 A; 0 below 6 A."""
    if wanted_da < MIN_DA:
        return 0
    if GAP_FROM_DA < wanted_da < GAP_TO_DA:
        return GAP_FROM_DA
    return min(wanted_da, MAX_DA)


def duty_of(offer_da: int) -> int:
    """Duty in 1/10000, rounded down so that the car never reads more than the limit; 0 A is steady +12 V."""
    if offer_da == 0:
        return STEADY
    if offer_da <= GAP_FROM_DA:
        return offer_da * 100 // 6
    return offer_da * 4 + 6_400


class Offer:
    """x1, x2 with a duty, or F. Less is offered at once, more at the standard's pace."""

    def __init__(self, now: int) -> None:
        self.mode = X1
        self.offered_da = 0
        self.duty = STEADY
        self.mode_since = now
        self._changed_at = now
        self._is_shown = False
        """The PWM is a test's, and no offer: an offer begins anew, in x1."""

    def show(self, mode: int, duty: int, now: int) -> int:
        """Move towards what a test drives on an empty outlet; as `follow`, returns when more is allowed.

        The times of F and of x1 before PWM hold here as well: who comes while it is driven finds what he would find.
        """
        if mode == self.mode and duty == self.duty:
            return now
        aim, aim_duty = mode, duty
        due = now
        if self.mode == F:
            due = self.mode_since + STAY_IN_F_MS
            aim, aim_duty = X1, STEADY
        elif self.mode == X1 and mode == X2:
            due = self.mode_since + STAY_IN_X1_MS
        if now < due:
            return due
        self._begin(aim, 0, now)
        self.duty = aim_duty
        self._is_shown = aim == X2
        return now if aim == mode else now + STAY_IN_X1_MS

    def follow(self, wanted_da: int, now: int, out_of_service: bool = False) -> int:
        """Move towards `wanted_da` as far as is allowed; returns when more is allowed, `now` when nothing is left.

        `out_of_service` is F instead of x1, where nothing is wanted.
        """
        wanted_da = encodable_da(wanted_da)
        mode = X2 if wanted_da else F if out_of_service else X1
        if mode == self.mode and wanted_da == self.offered_da:
            return now
        if self.mode == F or self._is_shown:
            # An offer begins in x1, where it can be seen who is there.
            mode, wanted_da = X1, 0
        due = self._allowed_at(wanted_da)
        if now >= due:
            self._drive(mode, wanted_da, now)
        return max(due, now)

    def _allowed_at(self, wanted_da: int) -> int:
        if self.mode == F:
            return self.mode_since + STAY_IN_F_MS
        if self.mode == X1:
            return self.mode_since + STAY_IN_X1_MS if wanted_da else 0
        if wanted_da > self.offered_da:
            return self._changed_at + RAISE_AFTER_MS
        return self._changed_at + LOWER_AFTER_MS if wanted_da else 0

    def _drive(self, mode: int, offered_da: int, now: int) -> None:
        self._begin(mode, offered_da, now)
        self.duty = 0 if mode == F else duty_of(offered_da)
        self._is_shown = False

    def _begin(self, mode: int, offered_da: int, now: int) -> None:
        if mode != self.mode:
            self.mode_since = now
        self.mode = mode
        self.offered_da = offered_da
        self._changed_at = now
