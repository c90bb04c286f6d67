"""What a session looks like from outside: its status, a few words beside it, and what the indicator shows."""

from __future__ import annotations

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.faults.model import Reaction
from agent.core.session.effects import Signal
from agent.core.session.model import Session, SessionPhase
from agent.core.session.offer import wanted_offer_a

EV_SIDE_DISCONNECTED = "EV side disconnected"
IN_USE = (ConnectorStatus.CHARGING, ConnectorStatus.SUSPENDED_EV, ConnectorStatus.SUSPENDED_EVSE)


def connector_status(session: Session) -> tuple[ConnectorStatus, str]:
    """The status of a connector and a few words beside it, possibly none (ocpp16.md section 3).

    Faulted only where no energy can be delivered: a fault that merely bars new charges does not hide a running one.
    """
    if session.loan is not None:
        # Whatever a test provokes is no fault that the network should send somebody for.
        return ConnectorStatus.UNAVAILABLE, "self-test"
    if cannot_deliver(session):
        return ConnectorStatus.FAULTED, ""
    match session.phase:
        case SessionPhase.IDLE:
            return _free(session, ConnectorStatus.AVAILABLE)
        case SessionPhase.PLUGGED:
            return _free(session, ConnectorStatus.PREPARING)
        case SessionPhase.FINISHING:
            return _free(session, ConnectorStatus.FINISHING)
        case SessionPhase.CABLE_LEFT:
            return _free(session, ConnectorStatus.FINISHING, EV_SIDE_DISCONNECTED)
        case SessionPhase.AUTHORIZED | SessionPhase.STARTING:
            return ConnectorStatus.PREPARING, ""
        case SessionPhase.CHARGING:
            return _in_transaction(session)
        case SessionPhase.STOPPING:
            return _last_in_use(session), ""


def cannot_deliver(session: Session) -> bool:
    """A fault keeps energy from flowing here, or a new charge from beginning."""
    reaction = session.faults.reaction
    bars_new = reaction is Reaction.BLOCK and session.transaction is None
    return bars_new or reaction in (Reaction.OPEN, Reaction.X1)


def _free(session: Session, status: ConnectorStatus, info: str = "") -> tuple[ConnectorStatus, str]:
    if not session.board_heard:
        return ConnectorStatus.UNAVAILABLE, "starting"
    if not session.operative:
        return ConnectorStatus.UNAVAILABLE, ""
    # Whoever's cable is in: it is reserved until the right token shows up.
    return (status, info) if session.bookings.own is None else (ConnectorStatus.RESERVED, "")


def _in_transaction(session: Session) -> tuple[ConnectorStatus, str]:
    if session.pilot is PilotState.A and session.found is None:
        return ConnectorStatus.SUSPENDED_EV, EV_SIDE_DISCONNECTED
    # Our own pause wins over the car's where both apply; it lasts until something is offered again.
    if wanted_offer_a(session) <= 0 or _rests(session):
        return ConnectorStatus.SUSPENDED_EVSE, ""
    if session.pilot.asks_for_power and session.contactor is ContactorState.CLOSED:
        return ConnectorStatus.CHARGING, ""
    return ConnectorStatus.SUSPENDED_EV, ""


def _rests(session: Session) -> bool:
    """The reason for a pause is gone, and the pause is not over yet (limits.paced)."""
    has_begun = session.transaction is not None and session.transaction.offer_begun_at is not None
    return has_begun and session.offered_a <= 0


def _last_in_use(session: Session) -> ConnectorStatus:
    """While a stop is on its way the status stays: "Finishing" may only be told once the stop is durable."""
    told = session.outputs.status.told
    return told.status if told is not None and told.status in IN_USE else ConnectorStatus.SUSPENDED_EVSE


_SIGNALS = {
    ConnectorStatus.AVAILABLE: Signal.AVAILABLE,
    ConnectorStatus.PREPARING: Signal.PREPARING,
    ConnectorStatus.CHARGING: Signal.CHARGING,
    ConnectorStatus.SUSPENDED_EV: Signal.PAUSED,
    ConnectorStatus.SUSPENDED_EVSE: Signal.PAUSED,
    ConnectorStatus.FINISHING: Signal.FINISHING,
    ConnectorStatus.RESERVED: Signal.UNAVAILABLE,
    ConnectorStatus.UNAVAILABLE: Signal.UNAVAILABLE,
    ConnectorStatus.FAULTED: Signal.FAULT,
}


def wanted_signal(session: Session, status: ConnectorStatus) -> Signal:
    """What the indicator shows; an answer to a person comes before the status, a fault before both."""
    if session.acknowledged is not None and status is not ConnectorStatus.FAULTED:
        return session.acknowledged
    return _SIGNALS[status]
