"""The hardware chain against what it should be: emergency stop, and a chain that does not obey (reference, P29, P30).

The chain carries the coil's supply through emergency stop, residual current latch, watchdog and charge pump. Its loss
opens the contacts by itself, and the interlock opens at once as well; here it is told apart what lost it. A chain that
stays up without our pulse cannot be found in operation, for the pulse never pauses: a self-test on site stops it.
"""

import fault_codes as code
from doubt import Doubt
from faults import BY_GUARD, BY_SERVICE, OPEN, Check, no_evidence
from guard import Guard
from inputs import RESIDUAL_AC, RESIDUAL_DC
from kind import RESIDUAL_CURRENT
from lasting import sooner
from lease import FRESH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kind import Kind
    from situation import Situation

MISMATCH_MS = 50
RUN_DOWN_MS = 60
"""So long after its last pulse the charge pump has let the chain go for certain."""
PUMP_MS = 500
"""After the start the charge pump needs a few of our pulses before the chain is up."""
BOUNCE_MS = 20
"""A button that chatters is pressed all the while. Drops further apart are those of a board that stood still."""
RELEASED_MS = 1_000


class Chain(Guard):
    """A loss that neither trip, self-test, supply nor start explains is the emergency stop.

    That stop is over when the chain has been back for a second and somebody acknowledged it: either the plug is out,
    so that a new charge begins with a plug and a permission, or since the release a fresh wish withdrew the permission
    and a later one gave it anew. A restart acknowledges nothing.
    """

    def __init__(self, kind: "Kind", now: int) -> None:
        super().__init__()
        self.checks = (
            Check(code.CHAIN_MISMATCH, OPEN, BY_SERVICE, self._disobeys, no_evidence),
            Check(code.SAFETY_EMERGENCY_STOP, OPEN, BY_GUARD, self._is_stopped, no_evidence),
        )
        self._senses_residual = kind.fits(RESIDUAL_CURRENT)
        self._up_at = now + PUMP_MS
        self._disobedience = Doubt(MISMATCH_MS)
        self._pressed = Doubt(MISMATCH_MS, BOUNCE_MS)
        self._unreleased = Doubt(0, RELEASED_MS)
        self._stopped = False
        self._withdrawn = False
        self._trips = False
        self._trips_under_load = False

    def resumed(self, number: int) -> None:
        self._stopped = True

    def observe(self, situation: "Situation", now: int) -> "int | None":
        chain_ok = situation.inputs.chain_ok
        trips = self._senses_residual and bool(situation.inputs.residual & (RESIDUAL_DC | RESIDUAL_AC))
        self._note_trip(situation, trips)
        stuck = self._note_pause(situation, chain_ok, now)
        explained = trips or situation.residual_testing or situation.power.low or now < self._up_at
        due = self._up_at if now < self._up_at else None
        due = sooner(due, self._disobedience.observe(stuck or (trips and self._trips_under_load and chain_ok), now))
        down = not chain_ok and not explained
        due = sooner(due, self._pressed.observe(down, now))
        due = sooner(due, self._unreleased.observe(self._is_held(down), now))
        self._observe_stop(situation)
        self.calm = not (self._stopped or self._disobedience.believed)
        return due

    def _note_pause(self, situation: "Situation", chain_ok: bool, now: int) -> bool:
        """Pulses that a test has stopped explain a chain that drops; one that stays up nevertheless disobeys."""
        test = situation.test
        if test.pulses(now):
            return False
        self._up_at = now + PUMP_MS
        return chain_ok and test.quiet_ms(now) >= RUN_DOWN_MS

    def _note_trip(self, situation: "Situation", trips: bool) -> None:
        """Without load it is the self-test that makes the module trip, and that judges the chain as well."""
        if trips and not self._trips:
            contactor = situation.contactor
            self._trips_under_load = contactor.energised or not contactor.mirror_open
        self._trips = trips

    def _is_held(self, down: bool) -> bool:
        """Once the button is believed, each drop is taken for it until the chain has been whole for a second."""
        return self._pressed.believed or (down and self._unreleased.believed)

    def _observe_stop(self, situation: "Situation") -> None:
        lease = situation.lease
        if self._unreleased.believed:
            self._stopped = True
            self._withdrawn = False
        elif self._stopped:
            self._withdrawn = self._withdrawn or (lease.standing == FRESH and not lease.permit)
            self._stopped = not (situation.seen_empty or (self._withdrawn and lease.is_permitted()))

    def _disobeys(self, situation: "Situation") -> bool:
        return self._disobedience.believed

    def _is_stopped(self, situation: "Situation") -> bool:
        return self._stopped
