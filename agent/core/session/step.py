"""The decision: what follows from an event."""

from __future__ import annotations

from collections.abc import Callable

from agent.core.session import dispatch, outcomes, passing
from agent.core.session.effects import SessionEffect
from agent.core.session.events import SessionEvent
from agent.core.session.model import Session, initial
from agent.core.session.outputs import speak
from agent.core.session.turn import KeySource, Turn
from agent.core.time import Instant
from agent.values import frozen

__all__ = ["KeySource", "Step", "Took", "initial", "step"]


@frozen
class Step:
    """A decision: the session from now on, and what to do in this order."""

    session: Session
    effects: tuple[SessionEffect, ...]


Took = Callable[[Session, SessionEvent, Instant, Step | None], None]
"""Hears of every step: the session before, the event, the moment, the decision; None where the core failed in it."""


def step(session: Session, event: SessionEvent, now: Instant, keys: KeySource) -> Step:
    """What follows from `event`. The caller performs the effects in order.

    When one fails it skips the rest of the step and feeds EffectFailed before any other event. Whatever else comes next
    therefore means that everything was done, and that a start or a stop handed to the store is durable.
    """
    turn = Turn(session, now, keys)
    outcomes.take_note(turn, event)
    dispatch.work_off(turn, event)
    passing.let_time_pass(turn)
    return Step(*speak(turn))
