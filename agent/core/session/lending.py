"""A connector lent to somebody else: whoever tests its hardware moves the devices, and the session keeps its hands off.

While it is lent no charge begins, nobody is accepted, and the session orders nothing of the devices but that a fault
holds the contactor open. Whatever comes of the loan, at its end every order is given anew from the session's own state.
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import ContactorState
from agent.core.session.events import LoanEnded, LoanRequested
from agent.core.session.model import BUSY, Session, SessionPhase
from agent.core.session.turn import Turn


def objection_to_loan(session: Session) -> str:
    """Why the connector cannot be lent now, in words; "" where it can."""
    return _held(session) or _wanted(session) or _live(session)


def _held(session: Session) -> str:
    if session.ends:
        return "the charger is about to stop its program"
    loan = session.loan
    return "" if loan is None else f"{loan.by} has it already"


def _wanted(session: Session) -> str:
    if session.phase in BUSY or session.transaction is not None or session.found is not None:
        return "a charge is under way there; wait for its end, or stop it"
    if session.phase is SessionPhase.AUTHORIZED:
        return "somebody was accepted there and is about to plug in; wait until that is over"
    if session.asked is not None:
        return "somebody shows a card there; wait for the answer"
    if session.held_for is not None:
        return "a cable is locked there until its owner shows the card again"
    own = session.bookings.own
    return "" if own is None else f"it is reserved: {own.words}"


def _live(session: Session) -> str:
    is_live = session.permitted or session.contactor is ContactorState.CLOSED
    return "its contactor has not opened yet; try again in a moment" if is_live else ""


def loan_requested(turn: Turn, event: LoanRequested) -> None:
    """Lent from now on, unless something stands against it; the session shows which."""
    if not objection_to_loan(turn.session):
        turn.session = replace(turn.session, loan=event.loan)


def loan_ended(turn: Turn, event: LoanEnded) -> None:
    """The borrower is done. The end of a loan that is over already counts for nothing."""
    if turn.session.loan == event.loan:
        end(turn)


def end(turn: Turn) -> None:
    """The session takes its devices back, in whatever state they are."""
    session = turn.session
    if session.loan is None:
        return
    outputs = replace(session.outputs, unsure=True, retry_at=0.0, shown=None)
    turn.session = replace(session, loan=None, outputs=outputs)
    if session.phase is SessionPhase.PLUGGED:
        # What is plugged in now came for a test: it gets no energy by itself, be it that nobody has to identify here.
        turn.enter(SessionPhase.FINISHING)
