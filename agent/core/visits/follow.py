"""Follows one port from plug to plug: what of a session goes on the record of an attempt. Pure.

It looks at the session after each of its steps, so nothing has to be told twice and nobody can forget to tell.
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import ContactorState, PilotState
from agent.core.faults.model import Reaction
from agent.core.limits import LimitSource
from agent.core.session.model import RefusalCause, Session, SessionPhase
from agent.core.time import Instant
from agent.core.visits.model import Attempt, Mark
from agent.values import frozen

FLOWS_FROM_W = 20.0
"""Below it a meter tells its own noise."""
TEN_WH = 10
CHAIN_LENGTH = 8
STOPS_WITH = (Reaction.OPEN, Reaction.X1)


@frozen(kw_only=True)
class Following:
    """`attempt` None: nothing is plugged in. The rest is of the running attempt and not on its record.

    `fault`: what stopped or barred it last, with the reaction to open or pause. `is_unwelcome`: its last token was
    rightly refused. `paused_by`: the limit that leaves it no current.
    """

    attempt: Attempt | None = None
    refusal: object = None
    fault: str = ""
    is_unwelcome: bool = False
    refusal_cause: RefusalCause | None = None
    paused_by: LimitSource | None = None


def followed(before: Following, session: Session, now: Instant) -> tuple[Following, Attempt | None]:
    """After a step; the attempt with it where it is over now, not judged yet."""
    if not session.board_speaks:
        return before, None  # nobody knows whether the plug is in; the last word holds
    attempt = before.attempt
    if attempt is not None and (attempt.is_over or not _may_return(session)):
        return _left(before, attempt, session, now)
    if not session.pilot.plugged:
        return before, None
    if attempt is None:
        attempt = Attempt(port=int(session.connector), marks=((Mark.PLUGGED, now),))
        before = Following(refusal=session.refusal)
    return _looked(replace(before, attempt=None), attempt, session, now), None


def _left(before: Following, attempt: Attempt, session: Session, now: Instant) -> tuple[Following, Attempt | None]:
    """The car is gone; the attempt is over once its transaction is, with the last register."""
    if not attempt.is_over:
        attempt = _marked(attempt, Mark.UNPLUGGED, now)
    attempt = _charging(attempt, session, now)
    if session.transaction is None or session.pilot.plugged:
        return Following(), attempt
    return (before if attempt == before.attempt else replace(before, attempt=attempt)), None


def _may_return(session: Session) -> bool:
    """In state E or F, or in none, the pilot says nothing of the plug."""
    return session.pilot is not PilotState.A


def _looked(before: Following, attempt: Attempt, session: Session, now: Instant) -> Following:
    had_wh = attempt.energy_wh
    attempt = _charging(_authorized(attempt, session, now), session, now)
    flows = _flows(session) or attempt.energy_wh > had_wh
    following = replace(before, attempt=attempt)
    refusal = session.refusal
    if refusal is not None and refusal is not before.refusal:
        is_first = attempt.at(Mark.AUTHORIZED) is None
        following = replace(
            following,
            attempt=_chained(_marked(replace(attempt, refusals=attempt.refusals + 1), Mark.ANSWERED, now), refusal.why),
            is_unwelcome=refusal.cause is RefusalCause.UNWELCOME and is_first,
            refusal_cause=refusal.cause if is_first else before.refusal_cause,
        )
    following = replace(following, refusal=refusal)
    if session.token is not None:
        following = replace(following, is_unwelcome=False)
    fault = next((one for one in session.faults.faults if one.kind.reaction in STOPS_WITH), None)
    bars = next((one for one in session.faults.faults if one.kind.reaction is Reaction.BLOCK), None)
    stands = fault or (bars if session.transaction is None and attempt.at(Mark.STARTED) is None else None)
    if stands is not None and stands.kind.id != before.fault:
        assert following.attempt is not None
        words = f"{stands.kind.id}: {stands.kind.meaning}"
        following = replace(following, fault=stands.kind.id, attempt=_chained(following.attempt, words))
    elif stands is None and before.fault and flows:
        following = replace(following, fault="")  # it went on, so that was not its end
    effective = session.limits.effective()
    paused = effective.source if effective.current_a <= 0 else None
    return replace(following, paused_by=paused) if paused is not before.paused_by else following


def _authorized(attempt: Attempt, session: Session, now: Instant) -> Attempt:
    if session.asked is not None:
        attempt = _marked(attempt, Mark.ASKED, now)
    if session.token is None:
        return attempt
    if attempt.at(Mark.AUTHORIZED) is None:
        method = session.accepted_by or attempt.method or "nobody has to identify"
        attempt = replace(attempt, method=method)
        attempt = _marked(_marked(attempt, Mark.ANSWERED, now), Mark.AUTHORIZED, now)
    return attempt


def _charging(attempt: Attempt, session: Session, now: Instant) -> Attempt:
    if session.pilot.asks_for_power:
        attempt = _marked(attempt, Mark.REQUESTED, now)
    transaction = session.transaction
    if transaction is None:
        return attempt
    if attempt.transaction != transaction.key and session.phase is not SessionPhase.STARTING:
        attempt = _marked(attempt, Mark.STARTED, now)
        attempt = _marked(attempt, Mark.AUTHORIZED, now)
        attempt = replace(attempt, transaction=transaction.key, start_wh=transaction.start_wh)
    if session.contactor is ContactorState.CLOSED:
        attempt = _marked(attempt, Mark.CLOSED, now)
    if session.encoded_a > attempt.offered_a:
        attempt = replace(attempt, offered_a=session.encoded_a)
    if _flows(session):
        attempt = _marked(attempt, Mark.ENERGY, now)
        attempt = _moved(attempt, Mark.LAST_ENERGY, now)
    attempt = _measured(attempt, session, now)
    stop = session.pending_stop
    if stop is not None and not attempt.stop_reason:
        attempt = replace(_marked(attempt, Mark.STOPPED, now), stop_reason=stop.reason.value)
    return attempt


def _measured(attempt: Attempt, session: Session, now: Instant) -> Attempt:
    sample, register_wh = session.last_sample, session.last_register_wh
    if sample is not None and sample.power_w is not None and session.contactor is ContactorState.CLOSED:
        attempt = replace(attempt, peak_power_w=max(attempt.peak_power_w, sample.power_w))
    if register_wh is None or attempt.start_wh is None or session.is_register_of_record:
        return attempt
    energy_wh = max(attempt.energy_wh, register_wh - attempt.start_wh)
    if energy_wh != attempt.energy_wh:
        attempt = _moved(replace(attempt, energy_wh=energy_wh), Mark.LAST_ENERGY, now)
    if energy_wh >= TEN_WH:
        attempt = _marked(_marked(attempt, Mark.ENERGY, now), Mark.TEN_WH, now)
    return attempt


def _flows(session: Session) -> bool:
    sample = session.last_sample
    return (
        session.contactor is ContactorState.CLOSED
        and sample is not None
        and sample.power_w is not None
        and sample.power_w >= FLOWS_FROM_W
    )


def _marked(attempt: Attempt, mark: Mark, now: Instant) -> Attempt:
    """The first of each kind counts."""
    return attempt if attempt.at(mark) is not None else replace(attempt, marks=(*attempt.marks, (mark, now)))


def _moved(attempt: Attempt, mark: Mark, now: Instant) -> Attempt:
    return replace(attempt, marks=(*(one for one in attempt.marks if one[0] is not mark), (mark, now)))


def _chained(attempt: Attempt, words: str) -> Attempt:
    if words in attempt.chain or len(attempt.chain) >= CHAIN_LENGTH:
        return attempt
    return replace(attempt, chain=(*attempt.chain, words[:120]))
