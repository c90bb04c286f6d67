"""What the present faults change in a session, and what its unplugging changes of them."""

from __future__ import annotations

from agent.core.facts import StopReason
from agent.core.faults.model import Fault, Reaction, Recovery
from agent.core.session import stopping
from agent.core.session.deadlines import unplugging_counts_at
from agent.core.session.model import Session, SessionPhase
from agent.core.session.turn import Turn

EMERGENCY_STOP = "safety.emergency_stop"


def clear_faults(turn: Turn) -> None:
    """Those whose time is over, and those that an unplugging clears."""
    turn.know_faults(turn.session.faults.tick(turn.now))
    counts_at = unplugging_counts_at(turn.session)
    if counts_at is not None and turn.now.monotonic_s >= counts_at:
        turn.know_faults(turn.session.faults.unplugged())


def end_for_fault(turn: Turn) -> None:
    """A fault that this car cannot outlast ends the transaction; one that clears by itself only interrupts it."""
    if turn.session.phase is not SessionPhase.CHARGING or turn.session.found is not None:
        return
    fault = ending_fault(turn.session)
    if fault is not None:
        emergency = fault.kind.id == EMERGENCY_STOP
        stopping.begin(turn, StopReason.EMERGENCY_STOP if emergency else StopReason.FAULT)


def ending_fault(session: Session) -> Fault | None:
    """The most severe fault that opens the contactor and does not clear by itself, or the emergency stop."""
    for fault in session.faults.faults:
        if fault.kind.reaction not in (Reaction.OPEN, Reaction.X1):
            continue
        if fault.kind.recovery is not Recovery.AUTOMATIC or fault.kind.id == EMERGENCY_STOP:
            return fault
    return None
