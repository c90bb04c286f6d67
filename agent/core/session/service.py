"""What the network and the site change while a session goes on: availability, settings, stops."""

from __future__ import annotations

from dataclasses import replace

from agent.core.faults.releasing import objection
from agent.core.session import authorizing, lending, metering, plug, stopping
from agent.core.session.events import (
    AvailabilityRequested,
    DriverLost,
    DriverReturned,
    FaultReleased,
    SettingsChanged,
    StopRequested,
)
from agent.core.session.lending import loan_ended as loan_ended  # noqa: PLC0414 - one of these
from agent.core.session.lending import loan_requested as loan_requested  # noqa: PLC0414 - one of these
from agent.core.session.model import BUSY, SessionPhase
from agent.core.session.turn import Turn


def availability_requested(turn: Turn, event: AvailabilityRequested) -> None:
    """Inoperative takes effect now, or after the running transaction; durable at once if it lasts (section 5)."""
    session = turn.session
    is_busy = session.phase in BUSY
    turn.session = replace(
        session,
        operative=event.operative or is_busy,
        inoperative_when_idle=not event.operative and is_busy,
        outputs=replace(
            session.outputs, availability_unrecorded=session.outputs.availability_unrecorded or event.is_lasting
        ),
    )
    if not event.operative and session.phase is SessionPhase.AUTHORIZED:
        authorizing.withdraw(turn)


def settings_changed(turn: Turn, event: SettingsChanged) -> None:
    """The site's and the network's wishes from now on."""
    turn.session = replace(turn.session, settings=event.settings)


def stop_requested(turn: Turn, event: StopRequested) -> None:
    """The network, a person by CLI or a reset wants an end; before the start it takes the acceptance back."""
    if turn.session.phase in (SessionPhase.AUTHORIZED, SessionPhase.STARTING):
        authorizing.withdraw(turn)
    turn.session = replace(turn.session, asked=None)
    stopping.begin(turn, event.reason, event.token)


def unlock_requested(turn: Turn) -> None:
    """Nobody has to show a token any more before the cable comes free."""
    turn.session = replace(turn.session, held_for=None)


def fault_released(turn: Turn, event: FaultReleased) -> None:
    """A person cleared a fault; one that may not be cleared by hand stays as it is."""
    session = turn.session
    fault = session.faults.find(event.id)
    if fault is not None and objection(fault, board_speaks=session.board_speaks) is None:
        turn.know_faults(session.faults.service_clear(event.id))


def program_ends(turn: Turn) -> None:
    """From here on no power is due. A running charge stays as it is, for the next start to take up."""
    lending.end(turn)
    turn.session = replace(turn.session, ends=True)


def driver_lost(turn: Turn, event: DriverLost) -> None:
    """An interface of this connector stopped answering."""
    match event.interface:
        case "pilot_board":
            plug.board_lost(turn, event.detail)
        case "meter":
            metering.meter_lost(turn, event.detail)
        case "token_reader":
            turn.observe("reader.failed", present=True, evidence=(("detail", event.detail),))
        case _:
            raise ValueError(f"{event.interface} is no interface of a connector")


def driver_returned(turn: Turn, event: DriverReturned) -> None:
    """It answers again."""
    match event.interface:
        case "pilot_board":
            plug.board_returned(turn)
        case "meter":
            metering.meter_returned(turn)
        case "token_reader":
            turn.observe("reader.failed", present=False)
        case _:
            raise ValueError(f"{event.interface} is no interface of a connector")
