"""A meter that answers and does not measure: registers that rest while energy flows. Pure.

A frozen measuring part, or a gateway that answers out of its memory, tells one moment for ever, with good checksums
(field-problems.md T2). That everything rests proves nothing where nothing flows, and a coarse meter may rest for a
while under load; so what counts is the energy by which its own power should have moved its own register.
"""

from __future__ import annotations

from agent.core.quantities import MeterSample
from agent.core.time import Instant
from agent.drivers.meters.sample import Implausible
from agent.values import frozen

FROZEN_AFTER_S = 60.0
STEPS_AT_LEAST = 2
"""Of the register: the first may fall anywhere."""


@frozen(kw_only=True)
class Stillness:
    """What the meter tells, and since when it has told nothing else."""

    heard: object
    since: Instant


def after(known: Stillness | None, heard: object, at: Instant) -> Stillness:
    """The stillness after another reading."""
    return known if known is not None and known.heard == heard else Stillness(heard=heard, since=at)


def check_moves(still: Stillness, sample: MeterSample, step_wh: float) -> None:
    """Raises Implausible where the meter tells the same for longer than it can while its power flows."""
    if sample.register_wh is None or sample.power_w is None:
        return
    seconds = sample.at.since(still.since)
    due_wh = sample.power_w * seconds / 3600
    if seconds >= FROZEN_AFTER_S and due_wh >= STEPS_AT_LEAST * step_wh:
        raise Implausible(
            f"the same values for {seconds:.0f} s, while the {sample.power_w:g} W they tell make {due_wh:.0f} Wh; "
            "restart the meter, or the gateway it is behind"
        )
