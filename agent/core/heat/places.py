"""Where a temperature sensor can sit, and what heat and cold do there (faults.csv temp.*; safety.md section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from agent.core.control_pilot import MIN_OFFER_A
from agent.values import frozen


class HeatPlace(Enum):
    """What a sensor is fastened to; each place has its own limits."""

    BOARD = "board"
    TERMINAL = "terminal"
    CONNECTOR = "connector"
    CONTROLLER = "controller"
    """The chip that Linux runs on; an auxiliary value."""


@frozen(kw_only=True)
class Band:
    """A fault that begins above `above_c` and is over below `below_c`, °C."""

    fault: str
    above_c: float
    below_c: float


@frozen(kw_only=True)
class Rule:
    """What a place may have. From `derate` on less is offered, in a straight line down to 6 A at `least_at_c`.

    `steep_fault_above_c`: a rise of more than STEEP_K in a minute above this temperature stops as well; None: no such
    rule. `is_needed`: with no sensor left here half of the current is offered; else its loss is only told.
    `has_weather`: frost here bars charging.
    """

    derate: Band
    least_at_c: float
    stop: Band | None
    steep_fault_above_c: float | None = None
    is_needed: bool = True
    has_weather: bool = True


RULES: Mapping[HeatPlace, Rule] = {
    HeatPlace.BOARD: Rule(
        derate=Band(fault="temp.board_derate", above_c=70, below_c=68),
        least_at_c=85,
        stop=Band(fault="temp.board_stop", above_c=85, below_c=65),
    ),
    HeatPlace.TERMINAL: Rule(
        derate=Band(fault="temp.terminal_derate", above_c=80, below_c=78),
        least_at_c=100,
        # Latched until service: where it stops being hot matters only to who wants to clear it.
        stop=Band(fault="temp.terminal_stop", above_c=100, below_c=80),
        steep_fault_above_c=60,
    ),
    HeatPlace.CONNECTOR: Rule(
        derate=Band(fault="temp.connector_derate", above_c=75, below_c=73),
        least_at_c=90,
        stop=Band(fault="temp.connector_stop", above_c=90, below_c=60),
    ),
    HeatPlace.CONTROLLER: Rule(
        derate=Band(fault="host.overtemp", above_c=85, below_c=83),
        # Chips of this class end by themselves somewhere above; proposed value.
        least_at_c=100,
        stop=None,
        is_needed=False,
        has_weather=False,
    ),
}
"""The 2 K between the beginning and the end of a derating keep one trembling degree from being news; proposed value."""

FROST = Band(fault="temp.low", above_c=-30, below_c=-35)
"""Read from below: it begins below `below_c` and is over above `above_c`."""
BLIND_FAULT = "temp.sensor"
BLIND_SHARE = 0.5
"""Of the rated current, where the only sensor of a place is lost (faults.csv temp.sensor)."""
STEEP_K = 10.0


def allowed_a(rule: Rule, celsius: float, rated_a: float) -> float:
    """What may be offered at this temperature, A: `rated_a` up to the beginning, 6 A from the end of the line on."""
    begin_c, end_c = rule.derate.above_c, rule.least_at_c
    if celsius <= begin_c or rated_a <= MIN_OFFER_A:
        return rated_a
    share = max(0.0, (end_c - celsius) / (end_c - begin_c))
    return MIN_OFFER_A + (rated_a - MIN_OFFER_A) * share
