"""What time and the present faults change, whatever the event was."""

from __future__ import annotations

from dataclasses import replace

from agent.core.session import authorizing, faulted, judging, metering, plug, starting, stopping
from agent.core.session.deadlines import acknowledgement_ends_at, connection_timeout_at
from agent.core.session.model import BUSY, SessionPhase
from agent.core.session.turn import Turn


def let_time_pass(turn: Turn) -> None:
    """Bring the session to the present moment; does nothing where nothing is due."""
    session = turn.session
    if session.faults.faults or session.faults.remembered:
        faulted.clear_faults(turn)
        faulted.end_for_fault(turn)
    acknowledged_until = acknowledgement_ends_at(session)
    if acknowledged_until is not None and turn.now.monotonic_s >= acknowledged_until:
        turn.session = replace(turn.session, acknowledged=None)
    metering.mind_silence(turn)
    metering.mind_record(turn)
    judging.mind_refusal(turn)
    authorizing.give_up_waiting(turn)
    timeout_at = connection_timeout_at(turn.session)
    if timeout_at is not None and turn.now.monotonic_s >= timeout_at:
        _nobody_came(turn)
    authorizing.vend_freely(turn)
    match turn.session.phase:
        case SessionPhase.STARTING:
            starting.go_on(turn)
        case SessionPhase.STOPPING:
            stopping.go_on(turn)
        case _:
            pass
    authorizing.forget_what_was_brought(turn)
    plug.mind_cable(turn)
    if turn.session.inoperative_when_idle and turn.session.phase not in BUSY:
        # It was scheduled for the end of a charge that never began.
        turn.session = replace(turn.session, operative=False, inoperative_when_idle=False)


def _nobody_came(turn: Turn) -> None:
    """OCPP 1.6: after card first the connector is free again (B1); after plug first the cable has to come out (B6)."""
    if turn.session.phase is SessionPhase.AUTHORIZED:
        authorizing.withdraw(turn)
        return
    turn.observe("auth.timeout", present=True)
    turn.observe("auth.timeout", present=False)
    turn.enter(SessionPhase.FINISHING)
