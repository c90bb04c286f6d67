"""A meter that counts backwards while a car is charged: it is wired the wrong way, and what it counts is no bill."""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import ContactorState
from agent.core.quantities import MeterSample
from agent.core.session.turn import Turn

WRONG_WAY = "meter.sign_or_phase"
BACKWARDS_W, BACKWARDS_FOR_S = 200.0, 20.0
"""No car gives back through an AC charger; a capacitive filter shows some ten watts. Proposed values."""


def mind(turn: Turn, sample: MeterSample) -> None:
    """Power that flows back out of a car for so long is a meter that is wired the wrong way: it counts nothing.

    Only while the power path is closed and the car asks: what else flows there is not the car's.
    """
    session = turn.session
    if sample.power_w is None:
        return
    is_back = (
        sample.power_w < -BACKWARDS_W
        and session.contactor is ContactorState.CLOSED
        and session.pilot.asks_for_power
        and session.loan is None
    )
    if not is_back:
        if session.backwards_since is not None:
            turn.session = replace(session, backwards_since=None)
        return
    if session.backwards_since is None:
        turn.session = replace(session, backwards_since=turn.now)
    elif turn.now.since(session.backwards_since) >= BACKWARDS_FOR_S and session.faults.find(WRONG_WAY) is None:
        turn.observe(WRONG_WAY, present=True, evidence=(("power_w", round(sample.power_w)),))
