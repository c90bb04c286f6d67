"""Which connector somebody means who names none. Pure decisions over the sessions as they are."""

from __future__ import annotations

from collections.abc import Iterable

from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.session.model import Session, SessionPhase
from agent.core.session.starting import bars_new_charge

STARTABLE = (
    *(SessionPhase.PLUGGED, SessionPhase.FINISHING, SessionPhase.IDLE, SessionPhase.CABLE_LEFT),
    SessionPhase.AUTHORIZED,
)
"""Phases in which a start can be asked for, the likeliest one to be meant first."""


def can_start(session: Session) -> bool:
    """Whether a request to start would be tried here."""
    return session.phase in STARTABLE and bars_new_charge(session) is None


def may_use(session: Session, token: IdToken) -> bool:
    """Whether no reservation keeps `token` away, as far as can be said before its group is known."""
    return session.bookings.refuses_whatever_the_group(token) is None


def for_start(sessions: Iterable[Session], token: IdToken) -> ConnectorId | None:
    """The connector for a start that names none: one with a plug first, the latest one of several.

    Without a plug the one that is reserved for the token; never one that is reserved for somebody else.
    """
    able = [session for session in sessions if can_start(session) and may_use(session, token)]
    best = min(able, key=lambda session: _likelihood(session, token), default=None)
    return best.connector if best else None


def _likelihood(session: Session, token: IdToken) -> tuple[int, bool, float, int]:
    since = session.phase_since.monotonic_s
    own = session.bookings.own
    is_not_its = own is None or not own.is_for(token, None)
    return STARTABLE.index(session.phase), is_not_its, -since if session.pilot.plugged else since, session.connector


def for_token(sessions: Iterable[Session], token: IdToken) -> ConnectorId | None:
    """The connector for a token shown at the station's own reader.

    What the token began it ends. Else it is for the plug inserted last that nobody was accepted for, or for a free
    connector, or, where all are in use, for a charge that a token of the same group may end. Where all that are left
    are reserved for others, one of them says so.
    """
    known = tuple(sessions)
    own = next((session for session in known if _began_with(session, token)), None)
    if own is not None:
        return own.connector
    unclaimed = [session for session in known if session.phase is not SessionPhase.AUTHORIZED]
    chosen = for_start(unclaimed, token)
    if chosen is not None:
        return chosen
    refusing = next((session for session in unclaimed if can_start(session) and session.pilot.plugged), None)
    if refusing is not None:
        return refusing.connector
    running = [session for session in known if session.transaction is not None]
    return max(running or known, key=lambda session: session.phase_since.monotonic_s).connector if known else None


def _began_with(session: Session, token: IdToken) -> bool:
    transaction = session.transaction
    by_transaction = transaction is not None and token in (transaction.token, transaction.group)
    return by_transaction or session.held_for == token or token in (session.token, session.asked)


def running(sessions: Iterable[Session], key: TransactionKey) -> Session | None:
    """The session in which this transaction is open."""
    return next((one for one in sessions if one.transaction is not None and one.transaction.key == key), None)


def misplaced(sessions: Iterable[Session], plugged: Session) -> Session | None:
    """The session whose acceptance belongs to the plug that came in elsewhere.

    Somebody showed a token at the station's reader, was accepted at one connector and took the cable of another.
    """
    if plugged.phase is not SessionPhase.PLUGGED or plugged.asked is not None or not can_start(plugged):
        return None
    waiting = [one for one in sessions if one.phase is SessionPhase.AUTHORIZED and one.connector != plugged.connector]
    found = waiting[0] if len(waiting) == 1 else None
    is_theirs = found is not None and found.token is not None and may_use(plugged, found.token)
    return found if is_theirs else None
