"""What the world has to be told after a turn: the difference between what it was told last and what is wanted now.

The order of a step's effects: news; what makes things safer; records; what gives power; lock, status, indicator;
readings and questions. So power never precedes its record, and a record that fails never delays a withdrawal.
"""

from __future__ import annotations

from dataclasses import field, replace

from agent.core.availability import ConnectorStatus, StatusReport
from agent.core.session.deadlines import wake_at
from agent.core.session.effects import (
    OfferCurrent,
    PermitPower,
    RecordAvailability,
    RecordJudgement,
    RecordPlug,
    ReportStatus,
    SessionEffect,
    SetLock,
    SetStanding,
    Show,
)
from agent.core.session.model import BUSY, Session, SessionPhase
from agent.core.session.offer import is_due_power, may_be_live, must_be_open, next_offer, wanted_permission
from agent.core.session.status import connector_status, wanted_signal
from agent.core.session.stopping import decision_to_record
from agent.core.session.turn import Turn
from agent.values import mutable


@mutable
class _Words:
    """Effects that order something of the world, by how they change its safety."""

    withdrawals: list[SessionEffect] = field(default_factory=list)
    grants: list[SessionEffect] = field(default_factory=list)
    reports: list[SessionEffect] = field(default_factory=list)


def speak(turn: Turn) -> tuple[Session, tuple[SessionEffect, ...]]:
    """The session that counts as told, and the effects that tell it."""
    words = _Words()
    _orders(turn, words)
    _records(turn)
    _status(turn, words)
    effects = (*turn.news, *words.withdrawals, *turn.records, *words.grants, *words.reports, *turn.orders)
    session = turn.session
    outputs = session.outputs
    if effects or outputs.issued:
        outputs = replace(outputs, issued=effects)
    wakes_at = wake_at(session, turn.now)
    if outputs is not session.outputs or wakes_at != session.wake_at:
        # A copy of a session is half the cost of a quiet step.
        session = replace(session, outputs=outputs, wake_at=wakes_at)
    return session, effects


def _orders(turn: Turn, words: _Words) -> None:
    """Offer, permission and lock. Nothing is ordered while it is open which car, or which board, it would be for."""
    session = turn.session
    is_undecided = session.found is not None and session.phase is SessionPhase.CHARGING
    if not session.board_heard or is_undecided:
        return
    outputs = session.outputs
    again = outputs.unsure and not session.board_lost and turn.now.monotonic_s >= outputs.retry_at
    if session.loan is None:
        _offer(turn, words, again=again)
        _permission(turn, words, again=again)
        _lock(turn, words, again=again)
    _standing(turn, words, again=again)
    if again:
        turn.session = replace(turn.session, outputs=replace(turn.session.outputs, unsure=False))


def _offer(turn: Turn, words: _Words, *, again: bool) -> None:
    session = turn.session
    offer_a = next_offer(session, turn.now).current_a
    if offer_a == session.offered_a and not again:
        return
    reason = _reason(session)
    order = OfferCurrent(offer_a, reason)
    (words.grants if offer_a > session.offered_a or (again and offer_a > 0) else words.withdrawals).append(order)
    if offer_a != session.offered_a:
        turn.tell("offer.changed", current_a=offer_a, reason=reason)
        transaction = session.transaction
        if offer_a > 0 and session.offered_a <= 0 and transaction is not None:
            transaction = replace(transaction, offer_begun_at=turn.now)
        turn.session = replace(session, transaction=transaction, offered_a=offer_a, offered_at=turn.now)


def _reason(session: Session) -> str:
    effective = session.limits.effective()
    if session.ends:
        return "the program is ending"
    if is_due_power(session):
        return f"{effective.source.value}: {effective.detail}" if effective.source else effective.detail
    if session.pending_stop:
        return session.pending_stop.reason.value
    is_unrecorded = session.transaction is not None and session.transaction.is_unrecorded
    return "the register is not on record" if is_unrecorded else session.phase.value


def _permission(turn: Turn, words: _Words, *, again: bool) -> None:
    session = turn.session
    permitted = wanted_permission(session, turn.now)
    if permitted == session.permitted and not again:
        return
    (words.grants if permitted else words.withdrawals).append(PermitPower(permitted))
    turn.session = replace(session, permitted=permitted)


def _standing(turn: Turn, words: _Words, *, again: bool) -> None:
    session = turn.session
    # An outlet that is lent shows state F only where a test has it do so.
    is_open_to_all = session.operative or session.loan is not None
    standing = SetStanding(operative=is_open_to_all, held_open=must_be_open(session))
    if standing == session.outputs.standing and not again:
        return
    # What ends it gives no power, and comes before the permission that does: one that is held open refuses that.
    if standing.held_open:
        words.withdrawals.append(standing)
    else:
        words.grants.insert(0, standing)
    turn.session = replace(session, outputs=replace(session.outputs, standing=standing))


def _lock(turn: Turn, words: _Words, *, again: bool) -> None:
    session = turn.session
    if not session.settings.has_lock:
        return
    locked = _wanted_lock(session)
    if locked == session.outputs.locked and not again:
        return
    # Locked before the start is on record; unlocked only when nothing else is left to do.
    (words.withdrawals if locked else words.reports).append(SetLock(locked))
    turn.session = replace(session, outputs=replace(session.outputs, locked=locked))


def _wanted_lock(session: Session) -> bool:
    # A pilot board holds a live plug by itself; a lock that this program drives knows of no contactor.
    return session.phase in BUSY or session.held_for is not None or may_be_live(session)


def _records(turn: Turn) -> None:
    """Records that follow from the state alone; after a failure they wait for their turn."""
    session = turn.session
    outputs = session.outputs
    if turn.now.monotonic_s < outputs.retry_at:
        return
    decision = decision_to_record(session)
    if decision is not None and session.pending_stop is not None:
        turn.records.insert(0, decision)
        turn.session = replace(session, pending_stop=replace(session.pending_stop, on_record=True))
    if outputs.plug_unrecorded:
        if session.transaction is not None and session.phase is SessionPhase.CHARGING:
            turn.records.append(RecordPlug(key=session.transaction.key, plug=session.transaction.plug))
        turn.session = replace(turn.session, outputs=replace(turn.session.outputs, plug_unrecorded=False))
    if outputs.judgement_unrecorded:
        _judgement(turn)
    if outputs.availability_unrecorded:
        turn.records.append(RecordAvailability(session.operative and not session.inoperative_when_idle))
        turn.session = replace(turn.session, outputs=replace(turn.session.outputs, availability_unrecorded=False))


def _judgement(turn: Turn) -> None:
    transaction = turn.session.transaction
    if transaction is not None and turn.session.phase is SessionPhase.CHARGING:
        judgement = RecordJudgement(
            key=transaction.key,
            group=transaction.group,
            deauthorized=transaction.deauthorized,
            refused_at_wh=transaction.refused_at_wh,
        )
        turn.records.append(judgement)
    turn.session = replace(turn.session, outputs=replace(turn.session.outputs, judgement_unrecorded=False))


def _status(turn: Turn, words: _Words) -> None:
    session = turn.session
    if not session.board_heard and not session.faults.faults:
        return
    status, info = connector_status(session)
    report = StatusReport(
        connector=session.connector, status=status, at=turn.now, fault_ids=session.faults.ids, info=info
    )
    before = session.outputs.status
    waiting = before.follow(report)
    after, reports = waiting.tell(session.settings.minimum_status_duration_s, turn.now)
    words.reports.extend(ReportStatus(each) for each in reports)
    _tell_charging(turn, before.told, reports)
    # A lent connector's lights are the borrower's.
    signal = session.outputs.shown if session.loan is not None else wanted_signal(session, status)
    if signal is not None and signal is not session.outputs.shown:
        words.reports.append(Show(signal))
    if after is not before or signal is not session.outputs.shown:
        outputs = replace(turn.session.outputs, status=after, status_before=before, shown=signal)
        turn.session = replace(turn.session, outputs=outputs)


def _tell_charging(turn: Turn, told: StatusReport | None, reports: tuple[StatusReport, ...]) -> None:
    if not reports:
        return
    was_charging = told is not None and told.status is ConnectorStatus.CHARGING
    now = reports[-1].status
    if now is ConnectorStatus.CHARGING and not was_charging:
        turn.tell("charging.started", offered_a=turn.session.offered_a)
    elif was_charging and now is ConnectorStatus.SUSPENDED_EV:
        turn.tell("charging.paused", by="car")
    elif was_charging and now is ConnectorStatus.SUSPENDED_EVSE:
        turn.tell("charging.paused", by="charger")
