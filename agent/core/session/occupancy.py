"""A session as a reservation sees it: free, in use, or out of the question."""

from __future__ import annotations

from agent.core.reservations import Occupancy, Place
from agent.core.session.model import BUSY, Session, SessionPhase
from agent.core.session.status import cannot_deliver

TAKEN = BUSY | {SessionPhase.AUTHORIZED}


def place_of(session: Session) -> Place:
    """It changes with hardly any event."""
    return Place(session.connector, _occupancy(session))


def _occupancy(session: Session) -> Occupancy:
    if not session.operative:
        return Occupancy.OUT_OF_SERVICE
    if not session.board_heard:
        # Nothing that is missing or wrong before it was heard once may end what was promised before the restart.
        return Occupancy.STARTING
    if cannot_deliver(session):
        return Occupancy.FAULTED
    if session.phase in TAKEN or session.asked is not None:
        return Occupancy.IN_USE
    return Occupancy.FREE if session.phase is SessionPhase.IDLE else Occupancy.PLUGGED
