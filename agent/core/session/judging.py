"""The network's word on a start that is on record: whether the charge goes on, and for how many watt-hours more."""

from __future__ import annotations

from dataclasses import replace

from agent.core.facts import StopReason
from agent.core.session import authorizing, stopping
from agent.core.session.events import AuthorizationStatus, TransactionJudged
from agent.core.session.model import SessionPhase, Transaction
from agent.core.session.turn import Turn


def transaction_judged(turn: Turn, event: TransactionJudged) -> None:
    """The network's word on the start, possibly days late; Unreachable is no word (errata 3.17)."""
    session = turn.session
    transaction = session.transaction
    if transaction is None or transaction.key != event.key or event.status is AuthorizationStatus.UNREACHABLE:
        return
    if event.status is AuthorizationStatus.ACCEPTED:
        group = event.group or transaction.group
        _judge(turn, replace(transaction, group=group, deauthorized=False, refused_at_wh=None))
        return
    why = f"the network refused the running charge: {event.status.value}"
    turn.refuse(transaction.token, why, authorizing.cause_of(event.status))
    if session.phase is SessionPhase.CHARGING and transaction.refused_at_wh is None and not transaction.deauthorized:
        # What was drawn before this word does not count: the allowance is for driving away (MaxEnergyOnInvalidId).
        register_wh = max(session.last_register_wh or 0, transaction.checkpoint_wh)
        _judge(turn, replace(transaction, refused_at_wh=register_wh))
        mind_refusal(turn)


def mind_refusal(turn: Turn) -> None:
    """A refused charge that has had what it is allowed all the same is ended, or gets nothing any more."""
    session, transaction = turn.session, turn.session.transaction
    if transaction is None or transaction.refused_at_wh is None or transaction.deauthorized:
        return
    if session.phase is not SessionPhase.CHARGING or session.found is not None:
        return
    drawn_wh = (session.last_register_wh or 0) - transaction.refused_at_wh
    if drawn_wh < session.settings.max_energy_on_invalid_id_wh:
        return
    if session.settings.stop_on_invalid_id:
        stopping.begin(turn, StopReason.DEAUTHORIZED)
    else:
        _judge(turn, replace(transaction, deauthorized=True))


def _judge(turn: Turn, judged: Transaction) -> None:
    """The transaction as it is after the network's word; where that changes something it goes on record."""
    if judged != turn.session.transaction:
        outputs = replace(turn.session.outputs, judgement_unrecorded=True)
        turn.session = replace(turn.session, transaction=judged, outputs=outputs)
