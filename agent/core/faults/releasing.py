"""When a latched fault may be cleared by hand. The linked self-test is not built yet: the person vouches for it."""

from __future__ import annotations

from enum import Enum

from agent.core.faults.model import Fault, Recovery


class Objection(Enum):
    """Why a fault is not cleared by hand."""

    CLEARS_OTHERWISE = "clears otherwise"
    STILL_PRESENT = "still present"
    UNSEEN = "unseen"
    """The pilot board, which alone sees its condition, does not speak."""


def objection(fault: Fault, *, board_speaks: bool) -> Objection | None:
    """What stands against clearing `fault` by hand now; None where nothing does (faults.md section 1, recovery S)."""
    if fault.kind.recovery is not Recovery.SERVICE:
        return Objection.CLEARS_OTHERWISE
    if fault.condition_gone_since is None:
        return Objection.STILL_PRESENT
    if "mcu" in fault.kind.owner and not board_speaks:
        return Objection.UNSEEN
    return None
