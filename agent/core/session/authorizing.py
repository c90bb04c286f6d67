"""Tokens, answers about tokens, and requests to start: who may charge here, and what a second presentation means."""

from __future__ import annotations

from dataclasses import replace

from agent.core.facts import StopReason
from agent.core.identity import IdToken
from agent.core.limits import BroughtProfile
from agent.core.session import starting, stopping
from agent.core.session.deadlines import AUTHORIZATION_S
from agent.core.session.effects import Signal
from agent.core.session.events import (
    AuthorizationDecided,
    AuthorizationStatus,
    BookingsChanged,
    StartRequested,
    TokenPresented,
)
from agent.core.session.model import BUSY, RefusalCause, Session, SessionPhase
from agent.core.session.turn import Turn


def token_presented(turn: Turn, event: TokenPresented) -> None:
    """A person showed a token: the same one again ends what it began (ocpp16.md sections 3 and 5)."""
    session, token = turn.session, event.token
    if session.held_for == token:
        turn.session = session = replace(session, held_for=None)
        if session.phase is not SessionPhase.PLUGGED:
            return
    if session.asked == token:
        return
    match session.phase:
        case SessionPhase.IDLE | SessionPhase.PLUGGED | SessionPhase.FINISHING | SessionPhase.CABLE_LEFT:
            _ask(turn, token)
        case SessionPhase.AUTHORIZED if session.token == token:
            withdraw(turn)
        case SessionPhase.AUTHORIZED:
            _ask(turn, token)
        case SessionPhase.CHARGING:
            _presented_while_charging(turn, token)
        case SessionPhase.STARTING | SessionPhase.STOPPING:
            turn.refuse(token, "a charge is just starting or stopping here", RefusalCause.BUSY)


def _presented_while_charging(turn: Turn, token: IdToken) -> None:
    transaction = turn.session.transaction
    if transaction is None:
        return
    if token in (transaction.token, transaction.group):
        stopping.begin(turn, StopReason.LOCAL, token)
    elif transaction.group is not None:
        # It may be of the same group: only the answer to it tells.
        turn.ask_for(token)
    else:
        turn.refuse(token, "somebody else is charging here", RefusalCause.BUSY)


def start_requested(turn: Turn, event: StartRequested) -> None:
    """The network or a person by CLI asks to start."""
    token = event.token
    if turn.session.phase in BUSY:
        turn.refuse(token, "a charge is under way here", RefusalCause.BUSY)
        return
    _bring(turn, event)
    if event.authorize or _group_matters(turn.session, token):
        _ask(turn, token, event.remote_start_id)
    elif _is_welcome(turn, token):
        turn.session = replace(turn.session, remote_start_id=event.remote_start_id)
        _accept(turn, token, None, "the request to start")


def _group_matters(session: Session, token: IdToken) -> bool:
    """A reservation lets this token in only if it is of the right group, which nobody has told yet."""
    bookings = session.bookings
    return bookings.refuses(token, None) is not None and bookings.refuses_whatever_the_group(token) is None


def _bring(turn: Turn, event: StartRequested) -> None:
    """What the newest request of a token brings along counts, be it nothing."""
    others = tuple(one for one in turn.session.brought if one.token != event.token)
    own = () if event.profile is None else (BroughtProfile(event.token, event.profile),)
    if own or turn.session.brought:
        turn.session = replace(turn.session, brought=(*others, *own))


def forget_what_was_brought(turn: Turn) -> None:
    """A profile goes with the request it came with: withdrawn, refused, or given up."""
    session = turn.session
    if session.brought:
        kept = tuple(one for one in session.brought if one.token in (session.token, session.asked))
        turn.session = replace(session, brought=kept)


def _ask(turn: Turn, token: IdToken, remote_start_id: int | None = None) -> None:
    if _is_welcome(turn, token):
        turn.ask_for(token, remote_start_id)


def _is_welcome(turn: Turn, token: IdToken) -> bool:
    """Whether a charge could begin at all; the person is told at once and not after a question to the network."""
    why = starting.bars_new_charge(turn.session)
    if why is not None:
        turn.refuse(token, why, RefusalCause.BARRED)
        return False
    reserved = turn.session.bookings.refuses_whatever_the_group(token)
    if reserved is not None:
        turn.refuse(token, reserved.words, RefusalCause.RESERVED)
    return reserved is None


def bookings_changed(turn: Turn, event: BookingsChanged) -> None:
    """From now on others may charge here, or fewer. A charge goes on; so does whoever was accepted first.

    But where this very connector is reserved from now on, it was free a moment ago: somebody accepted in between waits
    for a plug, and makes room.
    """
    session = turn.session
    before, own = session.bookings.own, event.bookings.own
    turn.session = replace(session, bookings=event.bookings)
    is_new = own is not None and (before is None or before.id != own.id)
    token = session.token if session.phase is SessionPhase.AUTHORIZED else None
    if own is not None and is_new and token is not None and event.bookings.refuses(token, session.group) is not None:
        withdraw(turn)
        turn.refuse(token, own.words, RefusalCause.RESERVED)


def authorization_decided(turn: Turn, event: AuthorizationDecided) -> None:
    """The answer to our question; an answer to an older question is dropped."""
    session = turn.session
    if session.asked != event.token:
        return
    turn.session = session = replace(session, asked=None)
    if session.phase is SessionPhase.CHARGING:
        _decided_while_charging(turn, event)
    elif session.phase in (SessionPhase.STARTING, SessionPhase.STOPPING):
        turn.refuse(event.token, "a charge is just starting or stopping here", RefusalCause.BUSY)
    elif event.status is not AuthorizationStatus.ACCEPTED:
        turn.refuse(event.token, event.detail or event.status.value, cause_of(event.status))
    elif (reserved := session.bookings.refuses(event.token, event.group)) is not None:
        turn.refuse(event.token, reserved.words, RefusalCause.RESERVED)
    elif _is_welcome(turn, event.token):
        _accept(turn, event.token, event.group, event.detail or "the network")


def cause_of(status: AuthorizationStatus) -> RefusalCause:
    """What an answer that lets nobody in is about."""
    match status:
        case AuthorizationStatus.UNREACHABLE:
            return RefusalCause.UNASKED
        case AuthorizationStatus.CONCURRENT_TX:
            return RefusalCause.ELSEWHERE
        case _:
            return RefusalCause.UNWELCOME


def _decided_while_charging(turn: Turn, event: AuthorizationDecided) -> None:
    transaction = turn.session.transaction
    same_group = transaction is not None and event.group is not None and event.group == transaction.group
    if same_group and event.status is AuthorizationStatus.ACCEPTED:
        stopping.begin(turn, StopReason.LOCAL, event.token)
    else:
        turn.refuse(event.token, "somebody else is charging here", RefusalCause.BUSY)


def _accept(turn: Turn, token: IdToken, group: IdToken | None, by: str) -> None:
    turn.session = replace(turn.session, token=token, group=group, accepted_by=by, refusal=None, asked=None)
    turn.acknowledge(Signal.ACCEPTED)
    turn.tell("session.authorized", token=token.masked, by=by)
    if turn.session.phase in (SessionPhase.PLUGGED, SessionPhase.FINISHING):
        starting.begin(turn)
    else:
        turn.enter(SessionPhase.AUTHORIZED)


def vend_freely(turn: Turn) -> None:
    """Where nobody has to identify, a plug is enough."""
    session = turn.session
    token = session.settings.free_vend_token
    if token is None or session.phase is not SessionPhase.PLUGGED or session.asked is not None:
        return
    if session.bookings.refuses(token, None) is not None:
        return
    if turn.now.monotonic_s >= session.start_not_before and starting.bars_new_charge(session) is None:
        turn.session = replace(session, remote_start_id=None)
        _accept(turn, token, None, "free vending")


def give_up_waiting(turn: Turn) -> None:
    """No answer came in time."""
    session = turn.session
    if session.asked is not None and turn.now.monotonic_s >= session.asked_at.monotonic_s + AUTHORIZATION_S:
        turn.session = replace(session, asked=None)
        turn.refuse(session.asked, "nobody answered whether the token may charge", RefusalCause.UNASKED)


def withdraw(turn: Turn) -> None:
    """Whoever was accepted is not any more; the plug, if any, stays."""
    phase = SessionPhase.PLUGGED if turn.session.phase is SessionPhase.STARTING else SessionPhase.CABLE_LEFT
    turn.session = forgotten(turn.session)
    turn.enter(phase)


def forgotten(session: Session) -> Session:
    """The session without anybody accepted or asked for."""
    return replace(session, token=None, group=None, accepted_by="", asked=None, remote_start_id=None)
