"""The meter's word: what register counts, when it is put on record, and how long a charge goes on without it."""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import ContactorState
from agent.core.facts import StopReason
from agent.core.quantities import MeterSample
from agent.core.session import stopping
from agent.core.session.deadlines import (
    CHECKPOINT_S,
    CHECKPOINT_WH,
    READ_AGAIN_S,
    meter_silence_ends_at,
    unrecorded_power_ends_at,
)
from agent.core.session.effects import ReadPurpose, RecordCheckpoint
from agent.core.session.energy import MAX_POWER_W, Verdict, can_rise_wh, follow
from agent.core.session.events import MeterSampled, RegisterRecorded
from agent.core.session.model import Session, SessionPhase, Transaction
from agent.core.session.turn import Turn
from agent.core.time import LONG_AGO

WRONG_WAY = "meter.sign_or_phase"
BACKWARDS_W, BACKWARDS_FOR_S = 200.0, 20.0
"""No car gives back through an AC charger; a capacitive filter shows some ten watts. Proposed values."""


def meter_sampled(turn: Turn, event: MeterSampled) -> None:
    """A reading arrived, asked for or not."""
    _follow(turn, event.sample)
    _mind_direction(turn, event.sample)
    session = turn.session
    if session.phase is SessionPhase.STARTING:
        turn.session = replace(session, read_again_at=_not_later(session.read_again_at, turn))
    elif session.phase is SessionPhase.CHARGING and session.transaction is not None and session.found is None:
        if not session.is_register_of_record:
            _checkpoint(turn, session.transaction)
    elif session.phase is SessionPhase.STOPPING and event.purpose is ReadPurpose.END:
        stopping.end_was_read(turn, event.sample)


def _mind_direction(turn: Turn, sample: MeterSample) -> None:
    """Power that flows back out of a car for so long is a meter that is wired the wrong way: it counts nothing.

    Only while the power path is closed and the car asks: what else flows there is not the car's.
    """
    session = turn.session
    if sample.power_w is None:
        return
    is_back = (
        sample.power_w < -BACKWARDS_W
        and session.contactor is ContactorState.CLOSED
        and session.pilot.asks_for_power
        and session.loan is None
    )
    if not is_back:
        if session.backwards_since is not None:
            turn.session = replace(session, backwards_since=None)
        return
    if session.backwards_since is None:
        turn.session = replace(session, backwards_since=turn.now)
    elif turn.now.since(session.backwards_since) >= BACKWARDS_FOR_S and session.faults.find(WRONG_WAY) is None:
        turn.observe(WRONG_WAY, present=True, evidence=(("power_w", round(sample.power_w)),))


def _not_later(read_again_at: float | None, turn: Turn) -> float | None:
    """An answer that was no good for a start is followed by another question soon."""
    return None if read_again_at is None else min(read_again_at, turn.now.monotonic_s + READ_AGAIN_S)


def _follow(turn: Turn, sample: MeterSample) -> None:
    session = turn.session
    read_wh = sample.register_wh
    if read_wh is None:
        turn.session = replace(session, last_sample=sample)
        return
    followed = follow(session.last_register_wh, session.doubt, read_wh, _can_rise_wh(session, sample))
    turn.session = replace(session, last_sample=sample, doubt=followed.doubt)
    match followed.verdict:
        case Verdict.FOLLOWED:
            _believe(turn, sample, followed.register_wh)
            if turn.session.faults.faults:
                _recovers(turn)
        case Verdict.REPLACED:
            _replaced(turn, sample, read_wh)
        case Verdict.DOUBTED:
            pass


def _can_rise_wh(session: Session, sample: MeterSample) -> float:
    if session.last_register_at is None:
        return can_rise_wh(0.0)
    # While we watch, the meter is trusted with more than the hardware should let through; in the dark it is not.
    power_w = session.settings.rated_power_w if session.is_register_of_record else MAX_POWER_W
    return can_rise_wh(sample.at.since(session.last_register_at), power_w)


def _believe(turn: Turn, sample: MeterSample, register_wh: int) -> None:
    turn.session = replace(
        turn.session, last_register_wh=register_wh, last_register_at=sample.at, is_register_of_record=False
    )


def _replaced(turn: Turn, sample: MeterSample, read_wh: int) -> None:
    """The meter insists on a register that cannot be. No Wh of the difference goes to any transaction.

    What another register says about an open transaction nobody can vouch for: it keeps the last one that counts. One
    from before a restart ends with that: nobody saw when the meter became another one.
    """
    session = turn.session
    known_wh = session.last_register_wh
    if known_wh is not None and (session.transaction is not None or session.is_register_of_record):
        evidence = (("known_wh", known_wh), ("read_wh", read_wh))
        turn.observe("meter.implausible", present=True, evidence=evidence)
    if session.transaction is None:
        _believe(turn, sample, read_wh)
    elif session.is_register_of_record:
        stopping.begin(turn, StopReason.FAULT)
    else:
        turn.session = replace(turn.session, last_register_at=sample.at)


def _recovers(turn: Turn) -> None:
    for id in ("meter.comm", "meter.implausible"):
        if turn.session.meter_lost_since is None and turn.session.faults.find(id) is not None:
            turn.observe(id, present=False)


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
