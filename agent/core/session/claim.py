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
    return Claim(
        connector=session.connector,
        usable_a=min(others, default=MAX_OFFER_A),
        is_due=is_due_power(session),
        asks=session.pilot.asks_for_power,
        limit_a=known.current_a if known else None,
        offered_a=session.offered_a,
        is_sure=is_sure(session),
    )
