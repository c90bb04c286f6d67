"""From "plugged and accepted" to a start on record. No register, no start: a made-up 0 would be billed."""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import ContactorState
from agent.core.facts import Signature, SignedEdge, TransactionStarted
from agent.core.faults.model import Reaction
from agent.core.identity import IdToken
from agent.core.limits import brought_by
from agent.core.session import signing
from agent.core.session.deadlines import FREE_VEND_AGAIN_S, FRESH_SAMPLE_S, RECORD_AGAIN_S, start_ends_at
from agent.core.session.effects import ReadPurpose, RecordStart
from agent.core.session.model import RefusalCause, Session, SessionPhase, Transaction
from agent.core.session.turn import Turn


def bars_new_charge(session: Session) -> str | None:
    """Why no charge may begin here now, in words; None where nothing bars it."""
    if not session.operative or session.inoperative_when_idle:
        return "the connector is out of service"
    if session.faults.reaction in (Reaction.OPEN, Reaction.X1, Reaction.BLOCK):
        return f"a fault is present: {session.faults.ids[0]}"
    if session.board_lost:
        return "the pilot board does not answer"
    if session.ends:
        return "the charger is about to stop its program"
    if session.loan is not None:
        return f"the connector is out of service for a moment: {session.loan.by}"
    return None


def begin(turn: Turn) -> None:
    """Somebody was accepted and a plug is in."""
    turn.enter(SessionPhase.STARTING)
    go_on(turn)


def go_on(turn: Turn) -> None:
    """Record the start, or find out why not yet."""
    session = turn.session
    if session.token is None or session.recording is not None or _waits_for_store(turn) or _waits_for_lock(turn):
        return
    if (why := bars_new_charge(session)) is not None:
        _refuse(turn, session.token, why, RefusalCause.BARRED)
    elif _is_over(turn):
        _give_up(turn, session.token)
    else:
        # In this order: the meter signs first and is read then, so that the register on record is not the older one.
        is_signed = signing.begin_is_settled(turn)
        _read_and_record(turn, session.token, is_signed=is_signed)


def _read_and_record(turn: Turn, token: IdToken, *, is_signed: bool) -> None:
    session = turn.session
    if not is_signed:
        # What is read before the meter has signed would be too old.
        turn.session = replace(session, read_again_at=None)
    elif _is_fresh(session, turn):
        _record(turn, token)
    elif session.read_again_at is None or turn.now.monotonic_s >= session.read_again_at:
        turn.read_meter(ReadPurpose.START)


def _is_fresh(session: Session, turn: Turn) -> bool:
    """A register of this very moment: nothing has flowed since, and the meter is believed."""
    sample = session.last_sample
    if sample is None:
        return False
    is_believed = sample.register_wh is not None and sample.register_wh == session.last_register_wh
    is_recent = turn.now.since(sample.at) <= FRESH_SAMPLE_S
    # After an opening, a reading from before it would miss the last Wh of the charge before.
    after_opening = sample.at.monotonic_s >= session.contactor_since.monotonic_s
    return is_believed and is_recent and after_opening and session.contactor is not ContactorState.CLOSED


def _record(turn: Turn, token: IdToken) -> None:
    session = turn.session
    register_wh = session.last_register_wh
    assert register_wh is not None
    begun = session.signing if session.settings.signature is not Signature.OFF else None
    transaction = Transaction(
        key=turn.keys.transaction_key() if begun is None else begun.key,
        signed=None if begun is None else begun.value,
        token=token,
        started_at=turn.now,
        start_wh=register_wh,
        group=session.group,
        plug=session.plug,
        checkpoint_wh=register_wh,
        checkpoint_at=turn.now,
        recorded_at=turn.now,
    )
    used = session.bookings.used_by(token, session.group)
    fact = TransactionStarted(
        key=transaction.key,
        connector=session.connector,
        at=turn.now,
        token=token,
        register_wh=register_wh,
        remote_start_id=session.remote_start_id,
        reservation_id=None if used is None else used.id,
        signed=transaction.signed,
        unsigned_because="" if begun is None else begun.why,
    )
    profile = brought_by(session.brought, token)
    if profile is not None:
        # Only now it is known which charge it is for.
        profile = replace(profile, connector=session.connector, transaction=transaction.key)
    record = RecordStart(fact=fact, plug=session.plug, profile=profile)
    turn.session = replace(session, transaction=transaction, recording=record)
    turn.records.append(record)


def is_on_record(turn: Turn) -> None:
    """The start is durable: the charge has begun."""
    transaction = turn.session.transaction
    assert transaction is not None
    turn.enter(SessionPhase.CHARGING)
    _use_up_reservation(turn)
    outputs = replace(turn.session.outputs, judgement_unrecorded=transaction.group is not None)
    turn.session = replace(turn.session, recording=None, brought=(), signing=None, outputs=outputs)
    turn.tell(
        "transaction.started",
        transaction=transaction.key,
        token=transaction.token.masked,
        register_wh=transaction.start_wh,
    )
    signing.compare(turn, transaction, SignedEdge.BEGIN, transaction.signed, transaction.start_wh)


def _use_up_reservation(turn: Turn) -> None:
    """It went with the record of the start."""
    recorded = turn.session.recording
    id = recorded.fact.reservation_id if isinstance(recorded, RecordStart) else None
    if id is not None:
        turn.session = replace(turn.session, bookings=turn.session.bookings.without(id))
        turn.tell("reservation.ended", reservation=id, why="the charge it was for has begun")


def is_not_on_record(turn: Turn, *, refused: bool) -> None:
    """The start is not kept: there is no transaction, and after a while another try. `refused`: by the store itself."""
    again_at = turn.now.monotonic_s + RECORD_AGAIN_S
    turn.session = replace(
        turn.session, transaction=None, recording=None, record_again_at=again_at, record_refused=refused
    )


def _waits_for_store(turn: Turn) -> bool:
    again_at = turn.session.record_again_at
    return again_at is not None and turn.now.monotonic_s < again_at


def _waits_for_lock(turn: Turn) -> bool:
    """No start with a lock of unknown fate: it is given its order again first, and the record follows in that step."""
    outputs = turn.session.outputs
    waits = turn.session.settings.has_lock and outputs.unsure and turn.now.monotonic_s < outputs.retry_at
    return waits and not _is_over(turn)


def _is_over(turn: Turn) -> bool:
    ends_at = start_ends_at(turn.session)
    return ends_at is not None and turn.now.monotonic_s >= ends_at


def _give_up(turn: Turn, token: IdToken) -> None:
    session = turn.session
    if session.settings.has_lock and session.outputs.unsure:
        _refuse(turn, token, "the plug could not be locked", RefusalCause.LOCK)
        return
    if session.record_again_at is not None:
        _refuse(turn, token, "the start could not be put on record", RefusalCause.STORE)
        return
    if (why := signing.why_no_begin(session)) is not None and session.signing is not None:
        signing.missing(turn, session.signing, why)
        _refuse(turn, token, f"the meter gave no signed start, and none may begin without: {why}", RefusalCause.METER)
        return
    turn.observe("meter.comm", present=True, evidence=(("waited_s", round(turn.now.since(session.phase_since), 1)),))
    _refuse(turn, token, "the meter gave no register to start from", RefusalCause.METER)


def _refuse(turn: Turn, token: IdToken, why: str, cause: RefusalCause) -> None:
    turn.session = replace(turn.session, token=None, group=None, accepted_by="", remote_start_id=None, signing=None)
    turn.session = replace(turn.session, start_not_before=turn.now.monotonic_s + FREE_VEND_AGAIN_S)
    turn.enter(SessionPhase.PLUGGED)
    turn.refuse(token, why, cause)
