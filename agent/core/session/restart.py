"""A transaction from before a restart of the controller: it goes on with the same car, or is closed with what is known.

It is closed as Reboot also where the car left in the meantime, as long as neither the kernel nor the pilot board
restarted: nobody saw the car leave, and "the agent was not there" is what is certain.
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import PilotState
from agent.core.facts import OpenTransaction, StopReason
from agent.core.session import stopping
from agent.core.session.events import TransactionFound
from agent.core.session.model import FoundTransaction, Session, SessionPhase, Transaction
from agent.core.session.turn import Turn


def transaction_found(turn: Turn, event: TransactionFound) -> None:
    """The first event after a restart. Nothing is permitted, and nothing withdrawn, before the pilot board reports."""
    record = event.record
    turn.enter(SessionPhase.CHARGING)
    turn.session = replace(
        turn.session,
        transaction=_transaction(record),
        found=FoundTransaction(record=record, kernel_restarted=event.kernel_restarted),
        token=record.token,
        last_register_wh=record.last_wh,
        last_register_at=record.last_at,
        # Out of service, but running: it was to end with the transaction, so that is what it still is.
        inoperative_when_idle=not turn.session.operative,
        operative=True,
    )
    if turn.session.pilot is not PilotState.UNKNOWN:
        decide(turn)


def _transaction(record: OpenTransaction) -> Transaction:
    return Transaction(
        key=record.key,
        token=record.token,
        started_at=record.started_at,
        start_wh=record.start_wh,
        group=record.group,
        deauthorized=record.deauthorized,
        plug=record.plug,
        checkpoint_wh=max(record.last_wh, record.start_wh),
    )


def decide(turn: Turn) -> None:
    """The pilot board has reported: the same car goes on charging, everything else is closed."""
    session, found = turn.session, turn.session.found
    assert found is not None
    record = found.record
    if record.stop_requested is not None:
        stopping.begin(turn, record.stop_requested, record.stop_token, on_record=True)
    elif session.settings.resume_after_restart and _same_car(session, record):
        turn.enter(SessionPhase.CHARGING)
        turn.session = replace(turn.session, found=None)
        turn.tell("transaction.resumed", transaction=record.key, register_wh=record.last_wh)
    else:
        stopping.begin(turn, reason_of_end(session, found))


def _same_car(session: Session, record: OpenTransaction) -> bool:
    return session.pilot.plugged and record.plug is not None and session.plug == record.plug


def reason_of_end(session: Session, found: FoundTransaction) -> StopReason:
    """PowerLoss if the kernel or the pilot board restarted, else Reboot: only the agent did."""
    plug = found.record.plug
    board_restarted = plug is not None and session.board_boot_id not in (None, plug.board_boot_id)
    return StopReason.POWER_LOSS if found.kernel_restarted or board_restarted else StopReason.REBOOT
