"""What a control pilot may be asked to offer, in the steps its device counts in."""

from __future__ import annotations

import math

from agent.core.control_pilot import MAX_OFFER_A, MIN_OFFER_A


def offer_steps(current_a: float, steps_per_a: int) -> int:
    """0, or 6…80 A in whole steps, rounded down. Raises ValueError for what no duty cycle can say."""
    if current_a != 0 and not MIN_OFFER_A <= current_a <= MAX_OFFER_A:
        raise ValueError(f"{current_a} A cannot be offered; it must be 0 or {MIN_OFFER_A:g}…{MAX_OFFER_A:g} A")
    # The small addition undoes binary residue: 16.1 A times ten is 160.99999999999997 hundred milliamperes.
    return math.floor(current_a * steps_per_a + 1e-6)
