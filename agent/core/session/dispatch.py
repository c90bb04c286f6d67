"""Which module works off which event."""

from __future__ import annotations

from typing import assert_never

from agent.core.session import authorizing, judging, limiting, metering, plug, restart, service, signing
from agent.core.session.events import (
    AuthorizationDecided,
    AvailabilityRequested,
    BookingsChanged,
    ContactorReported,
    DriverLost,
    DriverReturned,
    EffectFailed,
    FaultObserved,
    FaultReleased,
    LimitChanged,
    LoanEnded,
    LoanRequested,
    MeterSampled,
    MeterSigned,
    OfferReported,
    PilotChanged,
    ProgramEnds,
    RegisterRecorded,
    SessionEvent,
    SettingsChanged,
    StartRequested,
    StopRequested,
    Tick,
    TokenPresented,
    TransactionFound,
    TransactionJudged,
    UnlockRequested,
)
from agent.core.session.turn import Turn


def work_off(turn: Turn, event: SessionEvent) -> None:  # noqa: PLR0912, PLR0915 - one case a kind
    """Let `event` change the session; what follows from time and faults alone comes afterwards."""
    match event:
        case PilotChanged():
            plug.pilot_changed(turn, event)
        case OfferReported():
            limiting.offer_reported(turn, event)
        case ContactorReported():
            plug.contactor_reported(turn, event)
        case MeterSampled():
            metering.meter_sampled(turn, event)
        case MeterSigned():
            signing.meter_signed(turn, event)
        case RegisterRecorded():
            metering.register_recorded(turn, event)
        case TokenPresented():
            authorizing.token_presented(turn, event)
        case AuthorizationDecided():
            authorizing.authorization_decided(turn, event)
        case StartRequested():
            authorizing.start_requested(turn, event)
        case StopRequested():
            service.stop_requested(turn, event)
        case LimitChanged():
            limiting.limit_changed(turn, event)
        case AvailabilityRequested():
            service.availability_requested(turn, event)
        case BookingsChanged():
            authorizing.bookings_changed(turn, event)
        case TransactionJudged():
            judging.transaction_judged(turn, event)
        case FaultObserved():
            turn.observe(event.id, present=event.present, evidence=event.evidence, witness=event.witness)
        case FaultReleased():
            service.fault_released(turn, event)
        case DriverLost():
            service.driver_lost(turn, event)
        case DriverReturned():
            service.driver_returned(turn, event)
        case SettingsChanged():
            service.settings_changed(turn, event)
        case TransactionFound():
            restart.transaction_found(turn, event)
        case UnlockRequested():
            service.unlock_requested(turn)
        case LoanRequested():
            service.loan_requested(turn, event)
        case LoanEnded():
            service.loan_ended(turn, event)
        case ProgramEnds():
            service.program_ends(turn)
        case Tick() | EffectFailed():
            pass
        case _:
            assert_never(event)
