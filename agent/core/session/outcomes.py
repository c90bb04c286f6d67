"""What became of the last step: its record is durable now, or an effect failed and those after it were not tried."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from agent.core.session import metering, signing, starting, stopping
from agent.core.session.deadlines import ORDER_AGAIN_S, RECORD_AGAIN_S
from agent.core.session.effects import (
    OfferCurrent,
    PermitPower,
    ReadMeter,
    RecordAvailability,
    RecordCheckpoint,
    RecordJudgement,
    RecordPlug,
    RecordStart,
    RecordStop,
    RecordStopDecision,
    ReportStatus,
    RequestAuthorization,
    SessionEffect,
    SetLock,
    SetStanding,
    Show,
    SignBegin,
    SignEnd,
    Tell,
)
from agent.core.session.events import EffectFailed, SessionEvent
from agent.core.session.model import RefusalCause
from agent.core.session.turn import Turn


def take_note(turn: Turn, event: SessionEvent) -> None:
    """Any event but the failure of a record handed to the store tells that it is durable."""
    if not isinstance(event, EffectFailed):
        _settle(turn, ())
        return
    lost = _undone(turn, event)
    _settle(turn, lost)
    for place, effect in enumerate(lost):
        # By its place and not by being that very object: a recording that is played again holds others that are equal.
        _take_back(turn, effect, event, is_the_failed=place == 0)


def _settle(turn: Turn, lost: tuple[SessionEffect, ...]) -> None:
    for effect in turn.session.outputs.issued:
        if isinstance(effect, RecordCheckpoint) and effect not in lost:
            metering.checkpoint_is_on_record(turn, effect)
    recording = turn.session.recording
    if recording is None or recording in lost:
        return
    match recording:
        case RecordStart():
            starting.is_on_record(turn)
        case RecordStop():
            stopping.is_on_record(turn)


def _undone(turn: Turn, event: EffectFailed) -> tuple[SessionEffect, ...]:
    """The failed effect and what stood behind it in the last step.

    A reading or an authorisation fails later than its step and so undoes nothing but itself.
    """
    if isinstance(event.effect, ReadMeter | RequestAuthorization):
        return (event.effect,)
    issued = turn.session.outputs.issued
    place = next((index for index, effect in enumerate(issued) if effect == event.effect), None)
    return (event.effect,) if place is None else issued[place:]


def _take_back(turn: Turn, effect: SessionEffect, event: EffectFailed, *, is_the_failed: bool) -> None:  # noqa: PLR0912 - one case a kind
    match effect:
        case OfferCurrent() | PermitPower() | SetStanding() | SetLock():
            _again(turn, ORDER_AGAIN_S, unsure=True)
        case RecordStart():
            if is_the_failed:
                _tell_failure(turn, effect, event)
            starting.is_not_on_record(turn, refused=is_the_failed)
        case RecordStop():
            if is_the_failed:
                _tell_failure(turn, effect, event)
            stopping.is_not_on_record(turn, refused=is_the_failed)
        case RecordStopDecision():
            if turn.session.pending_stop is not None:
                turn.session = replace(turn.session, pending_stop=replace(turn.session.pending_stop, on_record=False))
            _again(turn, RECORD_AGAIN_S)
        case RecordCheckpoint():
            metering.checkpoint_is_not_on_record(turn)
        case RecordPlug():
            _again(turn, RECORD_AGAIN_S, plug_unrecorded=True)
        case RecordJudgement():
            _again(turn, RECORD_AGAIN_S, judgement_unrecorded=True)
        case RecordAvailability():
            _again(turn, RECORD_AGAIN_S, availability_unrecorded=True)
        case ReadMeter():
            metering.reading_failed(turn)
        case SignBegin() | SignEnd():
            signing.not_asked(turn, effect.key)
        case RequestAuthorization():
            _not_asked(turn, effect)
        case ReportStatus() if not is_the_failed:
            turn.session = replace(
                turn.session, outputs=replace(turn.session.outputs, status=turn.session.outputs.status_before)
            )
        case Show() if not is_the_failed:
            turn.session = replace(turn.session, outputs=replace(turn.session.outputs, shown=None))
        case ReportStatus() | Show() | Tell():
            # News are told once. An indicator that fails is its driver's to repeat: it repeats its whole wish anyway.
            pass
        case _:
            assert_never(effect)


def _again(
    turn: Turn,
    wait_s: float,
    *,
    unsure: bool = False,
    plug_unrecorded: bool = False,
    judgement_unrecorded: bool = False,
    availability_unrecorded: bool = False,
) -> None:
    outputs = turn.session.outputs
    turn.session = replace(
        turn.session,
        outputs=replace(
            outputs,
            retry_at=turn.now.monotonic_s + wait_s,
            unsure=outputs.unsure or unsure,
            plug_unrecorded=outputs.plug_unrecorded or plug_unrecorded,
            judgement_unrecorded=outputs.judgement_unrecorded or judgement_unrecorded,
            availability_unrecorded=outputs.availability_unrecorded or availability_unrecorded,
        ),
    )


def _tell_failure(turn: Turn, effect: SessionEffect, event: EffectFailed) -> None:
    turn.tell("record.failed", record=type(effect).__name__, error=event.error)


def _not_asked(turn: Turn, effect: RequestAuthorization) -> None:
    if turn.session.asked == effect.token:
        turn.session = replace(turn.session, asked=None)
        turn.refuse(effect.token, "nobody could be asked whether the token may charge", RefusalCause.UNASKED)
