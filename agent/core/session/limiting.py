"""How much may be offered: what each source allows, the pilot board among them."""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import MIN_OFFER_A
from agent.core.limits import LimitSource
from agent.core.session.events import LimitChanged, OfferReported
from agent.core.session.turn import Turn


def limit_changed(turn: Turn, event: LimitChanged) -> None:
    """One source spoke about the current; told only where the outcome differs."""
    if event.source is LimitSource.NETWORK:
        if event.transaction != (turn.session.transaction.key if turn.session.transaction is not None else None):
            # Profiles say one thing to one charge and another to the next, or to a connector without any.
            return
        _know_limit(turn)
    _limit(turn, event.source, event.current_a, event.detail)


def _limit(turn: Turn, source: LimitSource, current_a: float | None, detail: str) -> None:
    """`source` allows `current_a`, None withdraws its word."""
    before = turn.session.limits.effective()
    limits = turn.session.limits.with_limit(source, current_a, detail, turn.now)
    turn.session = replace(turn.session, limits=limits)
    after = limits.effective()
    if (after.current_a, after.source) != (before.current_a, before.source):
        winner = after.source.value if after.source else None
        turn.tell("limit.changed", current_a=after.current_a, source=winner, detail=after.detail)


def offer_reported(turn: Turn, event: OfferReported) -> None:
    """What the board encodes, and the most it allows by itself.

    Below 6 A it pauses by itself and the orders stay: some of its pauses begin anew whenever an offer is taken back.
    """
    turn.session = replace(turn.session, board_offered_a=event.offered_a)
    rated = turn.session.limits.named(LimitSource.HARDWARE)
    most_a = event.limit_a
    if most_a is not None and (most_a < MIN_OFFER_A or (rated is not None and most_a >= rated.current_a)):
        most_a = None
    _limit(turn, LimitSource.PILOT_BOARD, most_a, event.detail)


def _know_limit(turn: Turn) -> None:
    transaction = turn.session.transaction
    if transaction is not None and not transaction.limit_is_known:
        turn.session = replace(turn.session, transaction=replace(transaction, limit_is_known=True))
