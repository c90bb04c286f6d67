"""A transaction from before a restart of the controller: it goes on with the same car, or is closed with what is known.

It is closed as Reboot also where the car left in the meantime, as long as neither the kernel nor the pilot board
restarted: nobody saw the car leave, and "the agent was not there" is what is certain. No record tells what flowed until
the contactor opened; the first register after the restart does, as far as it can be true (register.py).
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import PilotState
from agent.core.facts import OpenTransaction, StopReason, TransactionStopped
from agent.core.session import stopping
from agent.core.session.deadlines import UNRECORDED_S
from agent.core.session.events import TransactionFound
from agent.core.session.model import FoundTransaction, Session, SessionPhase, Transaction
from agent.core.session.turn import Turn
from agent.core.time import Instant


def transaction_found(turn: Turn, event: TransactionFound) -> None:
    """The first event after a restart. Nothing is ordered before the pilot board has said which car is there.

    The link to it begins with a wish that permits nothing, so a charge that goes on was interrupted for some seconds.
    """
    record, unrecorded_since = event.record, turn.now.plus(-UNRECORDED_S)
    turn.enter(SessionPhase.CHARGING)
    turn.session = replace(
        turn.session,
        transaction=_transaction(record, unrecorded_since),
        found=FoundTransaction(record=record, kernel_restarted=event.kernel_restarted),
        token=record.token,
        last_register_wh=record.last_wh,
        last_register_at=unrecorded_since,
        is_register_of_record=True,
        # Out of service, but running: it was to end with the transaction, so that is what it still is.
        inoperative_when_idle=not turn.session.operative,
        operative=True,
    )
    if turn.session.pilot is not PilotState.UNKNOWN:
        decide(turn)


def _transaction(record: OpenTransaction, unrecorded_since: Instant) -> Transaction:
    return Transaction(
        key=record.key,
        token=record.token,
        started_at=record.started_at,
        start_wh=record.start_wh,
        group=record.group,
        deauthorized=record.deauthorized,
        signed=record.signed,
        refused_at_wh=record.refused_at_wh,
        plug=record.plug,
        checkpoint_wh=max(record.last_wh, record.start_wh),
        checkpoint_at=unrecorded_since,
        recorded_at=unrecorded_since,
        # The bound on what flowed holds for one absence: the register is on record before there is power again.
        is_unrecorded=True,
        # The session was made with what the profiles on record leave to it.
        limit_is_known=True,
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
        # Until the register is on record the first order is 0 A, whatever the board was offered before.
        turn.session = replace(turn.session, found=None, offered_at=turn.now)
        turn.tell("transaction.resumed", transaction=record.key, register_wh=record.last_wh)
    else:
        stopping.begin(turn, reason_of_end(session, found))


def _same_car(session: Session, record: OpenTransaction) -> bool:
    return session.pilot.plugged and record.plug is not None and session.plug == record.plug


def board_is_another_run(session: Session) -> bool:
    """The board has restarted since the transaction that was found began: its count of plugs began anew."""
    plug = session.found.record.plug if session.found is not None else None
    return plug is not None and session.board_boot_id not in (None, plug.board_boot_id)


def reason_of_end(session: Session, found: FoundTransaction) -> StopReason:
    """PowerLoss if the kernel or the pilot board restarted, else Reboot: only the agent did."""
    return _reason(power_was_gone=found.kernel_restarted or board_is_another_run(session))


def end_without_connector(record: OpenTransaction, *, kernel_restarted: bool) -> TransactionStopped:
    """How a transaction ends whose connector the board has no more: by the record, as no meter is left to be asked."""
    return TransactionStopped(
        key=record.key,
        connector=record.connector,
        at=record.last_at,
        register_wh=max(record.start_wh, record.last_wh),
        reason=record.stop_requested or _reason(power_was_gone=kernel_restarted),
        token=record.stop_token,
        unsigned_because="" if record.signed is None else "its connector is gone from the board file, and its meter",
    )


def _reason(*, power_was_gone: bool) -> StopReason:
    return StopReason.POWER_LOSS if power_was_gone else StopReason.REBOOT
