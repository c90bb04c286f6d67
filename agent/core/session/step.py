"""The decision: what follows from an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from agent.core.faults.register import FaultRegister
from agent.core.identity import ConnectorId
from agent.core.limits import Limits
from agent.core.session import authorizing, failures, metering, passing, plug, restart, service, starting, stopping
from agent.core.session.effects import RecordStart, RecordStop, SessionEffect
from agent.core.session.events import (
    AuthorizationDecided,
    AvailabilityRequested,
    ContactorReported,
    DriverLost,
    DriverReturned,
    EffectFailed,
    FaultObserved,
    LimitChanged,
    MeterSampled,
    PilotChanged,
    SessionEvent,
    SettingsChanged,
    StartRequested,
    StopRequested,
    Tick,
    TokenPresented,
    TransactionFound,
    TransactionJudged,
)
from agent.core.session.model import Session, SessionSettings
from agent.core.session.outputs import speak
from agent.core.session.turn import KeySource, Turn
from agent.core.time import Instant


@dataclass(frozen=True, slots=True)
class Step:
    """A decision: the session from now on, and what to do in this order."""

    session: Session
    effects: tuple[SessionEffect, ...]


def initial(
    connector: ConnectorId,
    settings: SessionSettings,
    now: Instant,
    *,
    operative: bool = True,
    limits: Limits | None = None,
    faults: FaultRegister | None = None,
) -> Session:
    """The session of a connector after a start of the program.

    `operative` and `faults` (the latched ones) are what the store kept. A transaction found in the ledger must be the
    first event after this.
    """
    return Session(
        connector=connector,
        settings=settings,
        phase_since=now,
        pilot_since=now,
        contactor_since=now,
        operative=operative,
        limits=limits or Limits(),
        faults=faults or FaultRegister(),
    )


def step(session: Session, event: SessionEvent, now: Instant, keys: KeySource) -> Step:
    """What follows from `event`. The caller performs the effects in order.

    When one fails it skips the rest of the step and feeds EffectFailed before any other event. Whatever else comes next
    therefore means that everything was done, and that a start or a stop handed to the store is durable.
    """
    turn = Turn(session, now, keys)
    if isinstance(event, EffectFailed):
        lost = failures.undone(turn, event)
        _settle(turn, lost)
        failures.effect_failed(turn, event, lost)
    else:
        _settle(turn, ())
        _handle(turn, event)
    passing.let_time_pass(turn)
    return Step(*speak(turn))


def _settle(turn: Turn, lost: tuple[SessionEffect, ...]) -> None:
    recording = turn.session.recording
    if recording is None or recording in lost:
        return
    match recording:
        case RecordStart():
            starting.is_on_record(turn)
        case RecordStop():
            stopping.is_on_record(turn)


def _handle(turn: Turn, event: SessionEvent) -> None:  # noqa: PLR0912 - one line for each kind of event
    match event:
        case PilotChanged():
            plug.pilot_changed(turn, event)
        case ContactorReported():
            plug.contactor_reported(turn, event)
        case MeterSampled():
            metering.meter_sampled(turn, event)
        case TokenPresented():
            authorizing.token_presented(turn, event)
        case AuthorizationDecided():
            authorizing.authorization_decided(turn, event)
        case StartRequested():
            authorizing.start_requested(turn, event)
        case StopRequested():
            service.stop_requested(turn, event)
        case LimitChanged():
            service.limit_changed(turn, event)
        case AvailabilityRequested():
            service.availability_requested(turn, event)
        case TransactionJudged():
            service.transaction_judged(turn, event)
        case FaultObserved():
            turn.observe(event.id, present=event.present, evidence=event.evidence)
        case DriverLost():
            service.driver_lost(turn, event)
        case DriverReturned():
            service.driver_returned(turn, event)
        case SettingsChanged():
            service.settings_changed(turn, event)
        case TransactionFound():
            restart.transaction_found(turn, event)
        case Tick() | EffectFailed():
            pass
        case _:
            assert_never(event)
