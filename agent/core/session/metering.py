"""The meter's word: when its register is put on record, and how long a charge goes on without it."""

from __future__ import annotations

from dataclasses import replace

from agent.core.facts import StopReason
from agent.core.session import backwards, register, stopping
from agent.core.session.deadlines import (
    CHECKPOINT_S,
    CHECKPOINT_WH,
    READ_AGAIN_S,
    meter_silence_ends_at,
    unrecorded_power_ends_at,
)
from agent.core.session.effects import ReadPurpose, RecordCheckpoint
from agent.core.session.events import MeterSampled, RegisterRecorded
from agent.core.session.model import SessionPhase, Transaction
from agent.core.session.turn import Turn
from agent.core.time import LONG_AGO


def meter_sampled(turn: Turn, event: MeterSampled) -> None:
    """A reading arrived, asked for or not."""
    register.follow(turn, event.sample)
    backwards.mind(turn, event.sample)
    session = turn.session
    if session.phase is SessionPhase.STARTING:
        turn.session = replace(session, read_again_at=_not_later(session.read_again_at, turn))
    elif session.phase is SessionPhase.CHARGING and session.transaction is not None and session.found is None:
        if not session.is_register_of_record:
            _checkpoint(turn, session.transaction)
    elif session.phase is SessionPhase.STOPPING and event.purpose is ReadPurpose.END:
        stopping.end_was_read(turn, event.sample)


def _not_later(read_again_at: float | None, turn: Turn) -> float | None:
    """An answer that was no good for a start is followed by another question soon."""
    return None if read_again_at is None else min(read_again_at, turn.now.monotonic_s + READ_AGAIN_S)


def _checkpoint(turn: Turn, transaction: Transaction) -> None:
    register_wh, sample = turn.session.last_register_wh, turn.session.last_sample
    if register_wh is None or sample is None:
        return
    is_old = turn.now.since(transaction.checkpoint_at) >= CHECKPOINT_S
    if register_wh - transaction.checkpoint_wh < CHECKPOINT_WH and not is_old:
        return
    marked = replace(transaction, checkpoint_wh=max(register_wh, transaction.checkpoint_wh), checkpoint_at=turn.now)
    turn.session = replace(turn.session, transaction=marked)
    turn.records.append(RecordCheckpoint(key=marked.key, register_wh=marked.checkpoint_wh, at=sample.at))


def register_recorded(turn: Turn, event: RegisterRecorded) -> None:
    """A sample put the register on record; a checkpoint of its own can wait that much longer."""
    transaction = turn.session.transaction
    if transaction is None or turn.session.phase is not SessionPhase.CHARGING:
        return
    checkpoint_wh = max(event.register_wh, transaction.checkpoint_wh)
    marked = replace(
        transaction,
        checkpoint_wh=checkpoint_wh,
        checkpoint_at=turn.now,
        recorded_at=turn.now,
        is_unrecorded=False,
    )
    turn.session = replace(turn.session, transaction=marked)


def checkpoint_is_on_record(turn: Turn, record: RecordCheckpoint) -> None:
    """The checkpoint of the last step is durable. It vouches up to its register, not up to a reading without one."""
    transaction, read_at = turn.session.transaction, turn.session.last_register_at
    if transaction is None or transaction.key != record.key or read_at is None:
        return
    turn.session = replace(turn.session, transaction=replace(transaction, recorded_at=read_at, is_unrecorded=False))


def checkpoint_is_not_on_record(turn: Turn) -> None:
    """The store refused it: the next reading brings another, however long that takes."""
    if turn.session.transaction is not None:
        turn.session = replace(turn.session, transaction=replace(turn.session.transaction, checkpoint_at=LONG_AGO))


def mind_record(turn: Turn) -> None:
    """A charge whose register does not get on record is paused: after a restart nobody could tell what flowed."""
    ends_at, transaction = unrecorded_power_ends_at(turn.session), turn.session.transaction
    if ends_at is not None and transaction is not None and turn.now.monotonic_s >= ends_at:
        turn.session = replace(turn.session, transaction=replace(transaction, is_unrecorded=True))


def reading_failed(turn: Turn) -> None:
    """An ordered reading did not come; the present stage decides whether there is time for another."""
    if turn.session.read_again_at is not None:
        turn.session = replace(turn.session, read_again_at=turn.now.monotonic_s + READ_AGAIN_S)


def meter_lost(turn: Turn, detail: str) -> None:
    """The meter stopped answering. A running charge goes on for a while; a new one cannot begin."""
    if turn.session.meter_lost_since is not None:
        return
    turn.session = replace(turn.session, meter_lost_since=turn.now, meter_lost_why=detail)
    turn.tell("meter.lost", detail=detail)
    if turn.session.transaction is None:
        turn.observe("meter.comm", present=True, evidence=(("detail", detail),))


def meter_returned(turn: Turn) -> None:
    """It answers again."""
    turn.session = replace(turn.session, meter_lost_since=None, meter_lost_why="")
    turn.tell("meter.returned")
    turn.observe("meter.comm", present=False)


def mind_silence(turn: Turn) -> None:
    """A charge nobody measures is ended; without a charge the silence is a fault at once."""
    session = turn.session
    if session.meter_lost_since is None:
        return
    ends_at = meter_silence_ends_at(session)
    is_over = ends_at is not None and turn.now.monotonic_s >= ends_at and session.found is None
    if not is_over and session.transaction is not None:
        return
    if session.faults.find("meter.comm") is None:
        silent_s = round(turn.now.since(session.meter_lost_since), 1)
        turn.observe("meter.comm", present=True, evidence=(("silent_s", silent_s), ("detail", session.meter_lost_why)))
    if is_over:
        stopping.begin(turn, StopReason.FAULT)
