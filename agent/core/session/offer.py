"""Whether a session is due power, how much of it, and whether it may keep the permission it has."""

from __future__ import annotations

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.faults.model import Reaction
from agent.core.limits import PacedOffer, paced
from agent.core.session.model import Session, SessionPhase
from agent.core.time import Instant

CONTACTOR_OPENS_WITHIN_S = 8.0
"""A board opens under load 6 s after the offer ended (pilot.md section 5, 10.2); two more for lease and link."""


def is_due_power(session: Session) -> bool:
    """Everything but the limits says that this session may draw energy now."""
    transaction = session.transaction
    return (
        session.phase is SessionPhase.CHARGING
        and session.found is None
        and not session.ends
        and transaction is not None
        and not transaction.deauthorized
        and transaction.limit_is_known
        and not transaction.is_unrecorded
        and not session.board_lost
        and session.pilot is not PilotState.A
        and session.faults.reaction not in (Reaction.OPEN, Reaction.X1)
    )


def wanted_offer_a(session: Session) -> float:
    """The offered current to aim at, A: 0, or what the limits leave."""
    return session.limits.effective().current_a if is_due_power(session) else 0.0


def next_offer(session: Session, now: Instant) -> PacedOffer:
    """What may be offered now of that, and when more."""
    begun_at = session.transaction.offer_begun_at if session.transaction is not None else None
    return paced(session.offered_a, session.offered_at, wanted_offer_a(session), now, begun_at=begun_at)


def wanted_permission(session: Session, now: Instant) -> bool:
    """Whether the board shall have permission. New permission needs a plug seen in this very moment.

    A session that is no longer due power keeps its permission until the contactor has opened, so that the car can end
    its current first; a fault that opens, a car that left, or an order of unknown fate ends it at once.
    """
    has_it = session.permitted and not session.outputs.unsure
    if is_due_power(session):
        return has_it or session.pilot.plugged
    if not has_it or session.board_lost or session.pilot is PilotState.A:
        return False
    if session.faults.reaction is Reaction.OPEN or session.contactor is not ContactorState.CLOSED:
        return False
    ends_at = permission_ends_at(session)
    return ends_at is None or now.monotonic_s < ends_at


def may_be_live(session: Session) -> bool:
    """The load side has voltage, as far as the contacts tell: what is plugged in there stays locked."""
    return session.contactor in (ContactorState.CLOSED, ContactorState.WELDED)


def must_be_open(session: Session) -> bool:
    """A fault that the host alone can see opens the contactor: the board would wait until the car has stopped."""
    faults = session.faults.faults
    return any(fault.kind.reaction is Reaction.OPEN and fault.is_for_host_to_end for fault in faults)


def is_sure(session: Session) -> bool:
    """Whether the board does as it was told last. A silent one needs no orders: its lease ends what it was given."""
    return not session.board_speaks or not session.outputs.unsure


def is_without_power(session: Session) -> bool:
    """Nothing is permitted, nothing flows, and the board knows it."""
    return is_sure(session) and not session.permitted and session.contactor is not ContactorState.CLOSED


def permission_ends_at(session: Session) -> float | None:
    """When a permission that only lasts until the contactor opens is withdrawn all the same, monotonic seconds."""
    if not session.permitted or session.offered_a > 0 or session.offered_at is None:
        return None
    return session.offered_at.monotonic_s + CONTACTOR_OPENS_WITHIN_S
