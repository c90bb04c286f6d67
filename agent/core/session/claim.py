"""What a session claims of the supply that its connector shares with others."""

from __future__ import annotations

from agent.core.control_pilot import MAX_OFFER_A
from agent.core.limits import LimitSource
from agent.core.session.model import Session
from agent.core.session.offer import is_due_power, is_sure
from agent.core.supply import Claim


def claim_of(session: Session) -> Claim:
    """The claim of a session as it stands; it changes with hardly any event."""
    known = session.limits.named(LimitSource.SUPPLY)
    others = (entry.current_a for entry in session.limits.entries if entry.source is not LimitSource.SUPPLY)
    is_lent = session.loan is not None
    return Claim(
        connector=session.connector,
        usable_a=min(others, default=MAX_OFFER_A),
        is_due=is_due_power(session) or is_lent,
        asks=session.pilot.asks_for_power,
        limit_a=known.current_a if known else None,
        # What a borrower offers is not this session's order: the board tells.
        offered_a=(session.board_offered_a or 0.0) if is_lent else session.offered_a,
        is_sure=is_sure(session),
    )
