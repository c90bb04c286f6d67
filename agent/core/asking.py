"""Whether the central system can be asked who may charge, and whether anybody is let in without its word. Pure.

Decided here for `explain`, health and uptime, so that none of them calls a connector open that another calls closed.
"""

from __future__ import annotations

from agent.core.session.model import WITH_TRANSACTION, Session
from agent.values import frozen

MISSED_AFTER_S = 60.0
"""A link that is opened anew needs seconds, and writes nothing; the rule on uptime counts in minutes."""
NOBODY_KNOWN = "nobody is known here who may charge without its word"


@frozen(kw_only=True)
class Asking:
    """The central system as the one who says who may charge. As it is made: one that is there, or none configured."""

    is_connected: bool = True
    has_accepted: bool = True
    """This charger: False once it has answered the registration, and not with a yes."""
    is_missed: bool = False
    """It has been away for MISSED_AFTER_S and more, over restarts of the program."""
    lets_anybody_in: bool = True
    """Somebody may charge without its word: a list, a cache, a rule for strangers, or nobody has to identify."""

    @property
    def may_be_asked(self) -> bool:
        """It answers, and has accepted this charger."""
        return self.is_connected and self.has_accepted

    @property
    def is_in_the_way(self) -> bool:
        """Nobody can be let in: it alone could say who may charge, and cannot be asked."""
        return not self.lets_anybody_in and not self.may_be_asked


def was_let_in(session: Session) -> bool:
    """Somebody was accepted before, and needs no further word."""
    return session.token is not None or session.phase in WITH_TRANSACTION


def why_closed(session: Session, asking: Asking) -> str:
    """Why nobody can charge at this connector for want of the central system's word, in a sentence; "" where one can.

    Not before it is missed: whoever comes in a moment without a link waits for that moment, and no longer.
    """
    if not asking.is_in_the_way or was_let_in(session):
        return ""
    if asking.is_connected:
        return f"the central system has not accepted this charger, and {NOBODY_KNOWN}"
    return f"the central system is away, and {NOBODY_KNOWN}" if asking.is_missed else ""
