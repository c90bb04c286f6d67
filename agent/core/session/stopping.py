"""From the decision to stop to a stop on record: offer 0, contactor open, last register, record, unlock."""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.facts import SignedEdge, StopReason, TransactionStopped
from agent.core.identity import IdToken
from agent.core.quantities import MeterSample
from agent.core.session import signing
from agent.core.session.deadlines import CONTACTOR_OPENS_WITHIN_S, RECORD_AGAIN_S, stop_stage_ends_at
from agent.core.session.effects import ReadPurpose, RecordStop, RecordStopDecision
from agent.core.session.model import PendingStop, Session, SessionPhase, StopStage, Transaction
from agent.core.session.turn import Turn
from agent.core.time import Instant


def begin(turn: Turn, reason: StopReason, token: IdToken | None = None, *, on_record: bool = False) -> None:
    """The running transaction is to end. A second decision changes nothing: the first one is the reason."""
    session = turn.session
    if session.phase is not SessionPhase.CHARGING or session.transaction is None:
        return
    stop = PendingStop(reason=reason, decided_at=turn.now, token=token, stage_since=turn.now, on_record=on_record)
    turn.session = replace(session, pending_stop=stop, asked=None)
    turn.enter(SessionPhase.STOPPING)
    go_on(turn)


def go_on(turn: Turn) -> None:
    """Do what the present stage of the stop allows now."""
    stop = turn.session.pending_stop
    if stop is None:
        return
    if stop.stage is StopStage.READING and _closed_late(turn, stop):
        _enter(turn, StopStage.OPENING, stop.decided_at)
    if _stage(turn) is StopStage.OPENING and (_has_opened(turn.session) or _is_over(turn)):
        _enter(turn, StopStage.READING, turn.now)
        turn.read_meter(ReadPurpose.END)
    if _stage(turn) is StopStage.READING:
        _read(turn)
    if _stage(turn) is StopStage.SIGNING:
        _sign(turn)
    if _stage(turn) is StopStage.RECORDING:
        _record(turn)


def _stage(turn: Turn) -> StopStage | None:
    return turn.session.pending_stop.stage if turn.session.pending_stop else None


def _enter(turn: Turn, stage: StopStage, since: Instant) -> None:
    stop = turn.session.pending_stop
    assert stop is not None
    turn.session = replace(turn.session, pending_stop=replace(stop, stage=stage, stage_since=since), read_again_at=None)


def _is_over(turn: Turn) -> bool:
    ends_at = stop_stage_ends_at(turn.session)
    return ends_at is not None and turn.now.monotonic_s >= ends_at


def _closed_late(turn: Turn, stop: PendingStop) -> bool:
    """It closed while the decision was on its way to the board: wait for the opening, but no longer than at first."""
    is_closed = turn.session.contactor is ContactorState.CLOSED
    return is_closed and turn.now.monotonic_s < stop.decided_at.monotonic_s + CONTACTOR_OPENS_WITHIN_S


def _has_opened(session: Session) -> bool:
    """Nothing flows any more, or never will stop by waiting (a welded contactor is its own fault)."""
    return session.contactor in (ContactorState.OPEN, ContactorState.WELDED, ContactorState.NO_CLOSE)


def _read(turn: Turn) -> None:
    session = turn.session
    if _is_over(turn):
        register_is_final(turn)
    elif session.read_again_at is not None and turn.now.monotonic_s >= session.read_again_at:
        turn.read_meter(ReadPurpose.END)


def _sign(turn: Turn) -> None:
    transaction = turn.session.transaction
    assert transaction is not None
    if signing.end_is_settled(turn, transaction, is_out_of_time=_is_over(turn)):
        _enter(turn, StopStage.RECORDING, turn.now)


def end_was_read(turn: Turn, sample: MeterSample) -> None:
    """The answer to ReadMeter(END); a register that is doubted does not end the waiting."""
    stage, known_wh = _stage(turn), turn.session.last_register_wh
    if stage is StopStage.READING and sample.register_wh is not None and sample.register_wh == known_wh:
        register_is_final(turn)


def register_is_final(turn: Turn) -> None:
    """From here on register and time of the stop do not change, however long its record takes."""
    session = turn.session
    stop, transaction, found = session.pending_stop, session.transaction, session.found
    assert stop is not None and transaction is not None
    # The meter's last word, but never below what is on record already: a receipt does not shrink.
    register_wh = max(transaction.start_wh, transaction.checkpoint_wh, session.last_register_wh or 0)
    ended_at = turn.now if found is None else found.record.last_at
    stage = StopStage.SIGNING if signing.end_is_due(transaction) else StopStage.RECORDING
    final = replace(stop, stage=stage, stage_since=turn.now, register_wh=register_wh, ended_at=ended_at)
    turn.session = replace(session, pending_stop=final, read_again_at=None)


def _record(turn: Turn) -> None:
    session = turn.session
    stop, transaction = session.pending_stop, session.transaction
    waits = session.record_again_at is not None and turn.now.monotonic_s < session.record_again_at
    if stop is None or transaction is None or session.recording is not None or waits:
        return
    assert stop.register_wh is not None and stop.ended_at is not None
    ended = session.signing if signing.end_is_due(transaction) else None
    fact = TransactionStopped(
        key=transaction.key,
        connector=session.connector,
        at=stop.ended_at,
        register_wh=stop.register_wh,
        reason=stop.reason,
        token=stop.token,
        signed=None if ended is None else ended.value,
        unsigned_because="" if ended is None else ended.why,
    )
    record = RecordStop(fact=fact)
    turn.session = replace(session, recording=record, record_again_at=None)
    turn.records.append(record)


def is_not_on_record(turn: Turn, *, refused: bool) -> None:
    """The stop is not kept yet: it is tried until it is, and the session waits for it."""
    again_at = turn.now.monotonic_s + RECORD_AGAIN_S
    turn.session = replace(turn.session, recording=None, record_again_at=again_at, record_refused=refused)


def decision_to_record(session: Session) -> RecordStopDecision | None:
    """The decision, while it is not durable yet and the stop itself is not either."""
    stop, transaction = session.pending_stop, session.transaction
    if stop is None or transaction is None or stop.on_record or stop.stage is StopStage.RECORDING:
        return None
    return RecordStopDecision(key=transaction.key, reason=stop.reason, token=stop.token, at=stop.decided_at)


def is_on_record(turn: Turn) -> None:
    """The stop is durable: the session is over but for the plug."""
    session = turn.session
    stop, transaction = session.pending_stop, session.transaction
    assert stop is not None and transaction is not None and stop.register_wh is not None
    turn.tell(
        "transaction.stopped",
        transaction=transaction.key,
        reason=stop.reason.value,
        register_wh=stop.register_wh,
        energy_wh=stop.register_wh - transaction.start_wh,
    )
    ended = session.signing if signing.end_is_due(transaction) else None
    signing.compare(turn, transaction, SignedEdge.END, None if ended is None else ended.value, stop.register_wh)
    turn.session = replace(
        session,
        transaction=None,
        pending_stop=None,
        recording=None,
        signing=None,
        found=None,
        token=None,
        group=None,
        accepted_by="",
        remote_start_id=None,
        held_for=transaction.token if _holds_cable(session, stop, transaction) else None,
        operative=session.operative and not session.inoperative_when_idle,
        inoperative_when_idle=False,
    )
    turn.enter(_phase_after(session, transaction))


def _holds_cable(session: Session, stop: PendingStop, transaction: Transaction) -> bool:
    """The cable stays locked until who began the charge shows the token again (ocpp16.md section 5)."""
    wishes = session.settings
    if not wishes.has_lock or transaction.token == wishes.free_vend_token:
        return False
    if session.pilot is not PilotState.A:
        return stop.reason is StopReason.DEAUTHORIZED
    # Where a person or the network wanted the end, whoever has left the cable wants it back.
    is_unasked = stop.reason in (StopReason.DEAUTHORIZED, StopReason.EV_DISCONNECTED)
    return is_unasked and not wishes.unlock_on_ev_disconnect and session.cable_in is not False


def _phase_after(session: Session, transaction: Transaction) -> SessionPhase:
    if session.pilot is PilotState.A:
        return SessionPhase.CABLE_LEFT
    is_new_plug = session.plug is not None and transaction.plug is not None and session.plug != transaction.plug
    return SessionPhase.PLUGGED if is_new_plug else SessionPhase.FINISHING
