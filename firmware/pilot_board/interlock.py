"""The decision: what to offer, when to close, when to open (safety reference, sections 2 and 11; pilot reference, 5).

No pin and no clock is touched here: readings come in as `situation.inputs` and `now` in milliseconds, the outputs are
`offer` and `situation.contactor`, and `step` says when it must run again if nothing changes. The board runs it every
5 ms, a simulator on changes and due times; both see the same behaviour.
"""

from contactor import Contactor
from faults import BLOCK, NONE, OPEN, Check, Faults
from guard import NOTHING
from hal import X2
from kind import Kind
from lasting import sooner
from lease import FRESH
from offer import MIN_DA, Offer
from out_of_service import OutOfService
from pilot import D, asks, is_plugged
from protection import CHECKS, guards_of
from situation import Situation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

IDLE_MS = 1_000
"""The longest sleep: nothing in here depends on it."""
GRACE_MS = 6_000
"""How long a car may go on in x1 before the contactor opens under load."""
STEADY_MS = 500
AFTER_FAULT_MS = 30_000
"""No closing for this long after a fault that opened."""

FOR_FAULT = 1
FOR_PERMIT = 2
FOR_OFFER = 3
FOR_CAR = 4
FOR_X1 = 5
FOR_STEADY = 6
FOR_DIODE = 7
FOR_CHAIN = 8
FOR_MIRROR = 9
FOR_OFF_TIME = 10
FOR_RATE = 11
FOR_COMMISSIONING = 12
"""What closing waits for: the numbers of `messages.WAITS_FOR`."""


def earliest(first: int, others: "Iterable[int | None]") -> int:
    """The smallest of these moments; None is never."""
    for other in others:
        if other is not None and other < first:
            first = other
    return first


class Interlock:
    """The rules of one pilot channel. Permission is not closing: the car asks, and everything here must agree."""

    def __init__(
        self,
        now: int,
        reset_cause: str = "power",
        kind: "Kind | None" = None,
        checks: "tuple[Check, ...]" = CHECKS,
    ) -> None:
        kind = kind or Kind()
        guards = guards_of(kind, now)
        self.situation = Situation(now, reset_cause, kind, guards)
        self.offer = Offer(now)
        self.faults = Faults(sum([guard.checks for guard in guards], checks))
        self.waits_for = FOR_PERMIT
        self.load_openings = 0
        self._out_of_service = OutOfService()
        self.close_not_before = now
        """For what opened it: a fault, or the host."""
        self.start_not_before = now
        """The same without the faults that only a start ends: a start that the host orders would forget this rest."""
        self._opens = False
        """A fault, or the host, keeps it open."""
        self._rests = False
        """Something else than what a start ends does."""

    def step(self, now: int) -> int:
        """Look, judge, act; returns the moment at which it must run again, always later than `now`."""
        self.situation.offered_da = self.offer.offered_da
        dues = self.situation.observe(self.offer.mode, now)
        dues.append(self._judge(now))
        dues.append(self.situation.pilot_test.observe(self.situation, self.faults.reaction, now))
        dues.append(self._offer(now))
        dues.append(self._switch(now))
        self.situation.moves.observe(self.situation, self.faults.reaction, now)
        return max(now + 1, earliest(now + IDLE_MS, dues))

    def _judge(self, now: int) -> "int | None":
        if self.situation.seen_empty:
            self.faults.unplugged(self.situation)
        due = self.faults.observe(self.situation, now)
        must_open = self.situation.lease.must_open()
        if self.faults.reaction > BLOCK or must_open:
            self.situation.test.end()
        opens = self.faults.reaction == OPEN or must_open
        if self._opens:
            # Up to the step in which it ends, and not from the last one before, which may have been long ago.
            self.close_not_before = now + AFTER_FAULT_MS
            self.start_not_before = self.close_not_before if self._rests else self.start_not_before
        self._opens = opens
        self._rests = opens and (must_open or not self.faults.ends_by_restart())
        return due

    def _offer(self, now: int) -> "int | None":
        mode_before, duty_before = self.offer.mode, self.offer.duty
        test = self.situation.pilot_test
        inoperative = self.situation.lease.is_inoperative() or self.faults.needs_service
        turns_at = self._out_of_service.observe(inoperative and not test.drives, self.situation, now)
        if test.drives:
            due = self.offer.show(test.mode, test.duty, now)
        else:
            due = self.offer.follow(self._offerable_da(), now, self._out_of_service.shown)
        if self.offer.duty != duty_before:
            self._drive_changed(mode_before, now)
        return sooner(due if due > now else None, turns_at)

    def _offerable_da(self) -> int:
        situation = self.situation
        reaction = self.faults.reaction
        # What only blocks ends no charge that is going on.
        stops = reaction > BLOCK or (reaction == BLOCK and not situation.contactor.energised)
        if stops or not is_plugged(situation.pilot.state) or not self._is_in_service():
            return 0
        return min(self.limit_da(), situation.lease.permitted_da())

    def _is_in_service(self) -> bool:
        return self.situation.lease.commissioned or self.situation.testing

    def may_be_tested(self) -> bool:
        """An energised test may begin: a host speaks, and no fault is present that would end it."""
        lease = self.situation.lease
        return self.faults.reaction <= BLOCK and lease.standing == FRESH and not lease.must_open()

    def limit_da(self) -> int:
        """The most that the board itself would offer now, whatever is permitted."""
        most_da = self.situation.kind.rated_da
        for guard in self.situation.limiting:
            most_da = min(most_da, guard.limit_da())
        return most_da

    def _drive_changed(self, mode_before: int, now: int) -> None:
        self.situation.drive_duty = self.offer.duty
        self.situation.low_phase.drive_changed(now)
        if self.offer.mode != X2:
            self.situation.pilot.duty_ended(now)
        elif mode_before == X2:
            self.situation.pilot.duty_changed(now)

    def _switch(self, now: int) -> "int | None":
        contactor = self.situation.contactor
        if contactor.energised:
            return self._keep_or_open(contactor, now)
        self.waits_for, due = self._obstacle(contactor, now)
        if self.waits_for != NOTHING:
            return due
        contactor.close(now)
        self.situation.test.closed(now)
        self.situation.moves.closes(now)
        self.situation.pilot.coil_switched(now)
        return now

    def _keep_or_open(self, contactor: Contactor, now: int) -> "int | None":
        if self._may_stay_closed() and self.situation.test.may_stay_closed(now):
            if self.offer.mode == X2:
                return None
            if now < self.offer.mode_since + GRACE_MS:
                return self.offer.mode_since + GRACE_MS
            self.situation.opened_under_load = True
            self.load_openings += 1
        contactor.open(now)
        self.situation.test.opened()
        self.situation.moves.opens(self.situation, self.faults, self.offer.mode_since, now)
        self.situation.pilot.coil_switched(now)
        return now

    def _may_stay_closed(self) -> bool:
        situation = self.situation
        state = situation.pilot.state
        if self.faults.reaction == OPEN or situation.samples_missing or not situation.inputs.chain_ok:
            return False
        if situation.lease.must_open():
            return False
        return asks(state) and (state != D or situation.kind.ventilation)

    def _obstacle(self, contactor: Contactor, now: int) -> "tuple[int, int | None]":
        """The first thing that stands between now and closing, and when it may be gone by time alone."""
        obstacle = self._standing_obstacle()
        if obstacle != NOTHING:
            return obstacle, None
        steady_ms = min(self.situation.pilot.steady_ms(now), now - self.offer.mode_since)
        if steady_ms < STEADY_MS:
            return FOR_STEADY, now + STEADY_MS - steady_ms
        obstacle = self._hardware_obstacle(contactor)
        if obstacle != NOTHING:
            return obstacle, None
        off_until = max(contactor.allowed_at(), self.close_not_before)
        if now < off_until:
            return FOR_OFF_TIME, off_until
        obstacle, due = self._rate_obstacle(contactor, now)
        return (obstacle, due) if obstacle != NOTHING else self._guarded(now)

    def _rate_obstacle(self, contactor: Contactor, now: int) -> "tuple[int, int | None]":
        test = self.situation.test
        if test.running:
            return (NOTHING if test.closings_left else FOR_RATE), None
        allowed_at = contactor.rate_allowed_at()
        return (FOR_RATE, allowed_at) if now < allowed_at else (NOTHING, None)

    def _guarded(self, now: int) -> "tuple[int, int | None]":
        for guard in self.situation.guards:
            obstacle, due = guard.obstacle(self.situation, now)
            if obstacle != NOTHING:
                return obstacle, due
        return NOTHING, None

    def _standing_obstacle(self) -> int:
        lease = self.situation.lease
        state = self.situation.pilot.state
        if self.faults.reaction != NONE:
            return FOR_FAULT
        if not lease.is_permitted():
            return FOR_PERMIT
        if not self._is_in_service():
            return FOR_COMMISSIONING
        if lease.permitted_da() < MIN_DA:
            return FOR_OFFER
        if not asks(state) or (state == D and not self.situation.kind.ventilation):
            return FOR_CAR
        return NOTHING if self.offer.mode == X2 else FOR_X1

    def _hardware_obstacle(self, contactor: Contactor) -> int:
        low_phase = self.situation.low_phase
        if not (low_phase.diode_seen and low_phase.good_now):
            return FOR_DIODE
        if not self.situation.inputs.chain_ok:
            return FOR_CHAIN
        return NOTHING if contactor.mirror_open else FOR_MIRROR
