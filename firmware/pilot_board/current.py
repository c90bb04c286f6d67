"""Current where none or less should be: P14 to P16 of the safety reference, its section 7, and `current.unexpected`.

The currents are true values over one period of the mains, so a reading is already 20 ms old when it is whole.
"""

import fault_codes as code
from faults import BY_SERVICE, BY_UNPLUGGING, OPEN, X1, Check
from guard import Guard
from inputs import most_ma
from lasting import Lasting, Tally, sooner
from repeats import Repeats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind
    from situation import Situation

SOFT_MS = 7_000
AFTER_DECREASE_MS = 6_000
HARD_MS = 1_000
SHORT_HOLD_MS = 100
UNEXPECTED_MA = 500
UNEXPECTED_MS = 1_000
OPEN_SEEN_MS = 1_000
COUNT, PHASE, CURRENT_MA, LIMIT_MA = 5, 6, 8, 9
"""The numbers of `messages.EVIDENCE` that are used here."""


def soft_limit_ma(offer_da: int) -> int:
    """max(1.10 · offer, offer + 1 A)."""
    return max(offer_da * 110, offer_da * 100 + 1_000)


class Soft:
    """The car draws more than it is offered (P14).

    Within 6 s after a decrease the offer before it still counts: the reference lets the timer rest, and so does this
    for every car that kept to what it had been offered. A current above both offers goes on counting, so that a host
    that lowers and raises its offer for ever hides nothing.
    """

    def __init__(self, now: int) -> None:
        self.present = False
        self.repeats = Repeats()
        self.limit_ma = 0
        self.is_settled = False
        """Nothing counts: while the offer stays and the current is within the limit, there is nothing to note."""
        self._offered_da = 0
        self._counted_da = 0
        """The highest offer that a car may still be following."""
        self._lowered_at = now
        self._over = Tally(SOFT_MS)

    def observe(self, offered_da: int, current_ma: int, now: int) -> "int | None":
        """Offer and current of this moment, the current 0 with the contactor open."""
        if offered_da < self._offered_da:
            self._lowered_at = now
        self._offered_da = offered_da
        follows_until = self._lowered_at + AFTER_DECREASE_MS
        if now >= follows_until or offered_da > self._counted_da:
            self._counted_da = offered_da
        self.limit_ma = soft_limit_ma(self._counted_da)
        due = self._over.observe(current_ma > self.limit_ma, now)
        if self._over.believed and not self.present:
            self.present = True
            self.repeats.note(now)
        self.is_settled = now >= follows_until and not self.present and self._over.rests
        return due if now >= follows_until else sooner(due, follows_until)

    def unplugged(self) -> None:
        """The next car has its own seven seconds."""
        self.present = False
        self._over.forget()


class Short:
    """A short circuit behind the contactor (P16): hold, then open, then prove that the contacts still can.

    For 100 ms the over-current functions do not open: the line's circuit breaker clears the fault within that time, and
    contacts that part under such a current may weld. What else opens goes its way. The pilot does, because IEC 61851-1
    gives 100 ms for an unplugging and for a car that stops asking, and a cable torn off is both at once: debouncing and
    travel of the contacts leave the breaker 47 ms at the least. So does a board that has lost its own samples. And the
    residual current module drops the chain in hardware; a coil that is held by software then holds nothing.
    """

    def __init__(self) -> None:
        self.seen = False
        """Until the contacts were proven open."""
        self.over = False
        """The 100 ms have passed."""
        self._over_at = 0
        self._proven = Lasting(OPEN_SEEN_MS)

    def observe(self, is_short: bool, proves_open: bool, now: int) -> "int | None":
        """Whether the current is that of a short circuit, and whether everything shows open contacts with the mains on.

        The breaker has cut the mains: contacts that weld then show nothing until it is put in again.
        """
        if is_short and not self.seen:
            self.seen = True
            self._over_at = now + SHORT_HOLD_MS
        if not self.seen:
            return None
        self.over = now >= self._over_at
        if not self.over:
            return self._over_at
        due = self._proven.observe(proves_open, now)
        if self._proven.believed:
            self.seen = self.over = False
        return due

    @property
    def holds(self) -> bool:
        """Opening waits."""
        return self.seen and not self.over


class Current(Guard):
    """The guard of a board that measures currents."""

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self.checks = (
            Check(code.CURRENT_OVER_SOFT, X1, BY_UNPLUGGING, self._is_over_soft, self._soft_evidence),
            Check(code.CURRENT_OVER_SOFT, X1, BY_SERVICE, self._is_over_soft_again, self._soft_evidence),
            Check(code.CURRENT_OVER_HARD, OPEN, BY_UNPLUGGING, self._is_over_hard, self._hard_evidence),
            Check(code.CURRENT_UNEXPECTED, OPEN, BY_SERVICE, self._is_unexpected, self._unexpected_evidence),
        )
        self._phases = kind.phases
        self._least_mv = kind.nominal_mv // 2
        self._hard_ma = kind.rated_da * 125
        self._short_ma = kind.rated_da * 600
        self._soft = Soft(now)
        self._short = Short()
        self._hard = Tally(HARD_MS)
        self._unexpected = Tally(UNEXPECTED_MS)
        self._most_ma = 0
        """Since the short circuit began, or now."""
        self._rests = False
        """Nothing counts: up to `_fine_ma`, with offer and coil as they were, there is nothing to note."""
        self._fine_ma = 0
        self._offered_da = 0
        self._closed = False

    def observe(self, situation: "Situation", now: int) -> "int | None":
        """The phase with the most current decides everything."""
        current_ma = most_ma(situation.inputs.current_ma)
        if self._rests and current_ma <= self._fine_ma and self._is_as_before(situation):
            self._most_ma = current_ma
            return None
        self._most_ma = max(self._most_ma, current_ma) if self._short.seen else current_ma
        closed = situation.contactor.energised
        due = self._soft.observe(situation.offered_da, current_ma if closed else 0, now)
        due = sooner(due, self._hard.observe(current_ma > self._hard_ma, now))
        due = sooner(due, self._short.observe(current_ma > self._short_ma, self._proves_open(situation), now))
        due = sooner(due, self._unexpected.observe(current_ma > UNEXPECTED_MA and not closed, now))
        self._note_rest(situation, closed)
        return due

    def _note_rest(self, situation: "Situation", closed: bool) -> None:
        self._offered_da = situation.offered_da
        self._closed = closed
        self._fine_ma = min(self._soft.limit_ma, self._hard_ma, self._short_ma) if closed else UNEXPECTED_MA
        rests = self._hard.rests and self._unexpected.rests and not self._short.seen
        self.calm = rests and not self._soft.present
        self._rests = rests and self._soft.is_settled

    def _is_as_before(self, situation: "Situation") -> bool:
        return situation.offered_da == self._offered_da and situation.contactor.energised == self._closed

    def unplugged(self, now: int) -> None:
        self._soft.unplugged()

    def _proves_open(self, situation: "Situation") -> bool:
        inputs = situation.inputs
        supplied = min(inputs.voltage_mv[: self._phases]) >= self._least_mv
        return supplied and not situation.contactor.energised and inputs.mirror_open and not any(inputs.load_edges)

    def counts(self, now: int) -> bool:
        """A car of the last 24 h that drew more than it was offered."""
        return self._soft.repeats.is_recent(now)

    def _is_over_soft(self, situation: "Situation") -> bool:
        return self._soft.present

    def _is_over_soft_again(self, situation: "Situation") -> bool:
        return self._soft.present and self._soft.repeats.too_many

    def _is_over_hard(self, situation: "Situation") -> bool:
        return self._short.over or (self._hard.believed and not self._short.holds)

    def _is_unexpected(self, situation: "Situation") -> bool:
        return self._unexpected.believed

    def _soft_evidence(self, situation: "Situation") -> "dict[int, int]":
        found = self._evidence(situation, self._soft.limit_ma)
        found[COUNT] = self._soft.repeats.count
        return found

    def _hard_evidence(self, situation: "Situation") -> "dict[int, int]":
        return self._evidence(situation, self._short_ma if self._short.seen else self._hard_ma)

    def _unexpected_evidence(self, situation: "Situation") -> "dict[int, int]":
        return self._evidence(situation, UNEXPECTED_MA)

    def _evidence(self, situation: "Situation", limit_ma: int) -> "dict[int, int]":
        current_ma = [abs(current_ma) for current_ma in situation.inputs.current_ma]
        return {PHASE: current_ma.index(max(current_ma)) + 1, CURRENT_MA: self._most_ma, LIMIT_MA: limit_ma}
