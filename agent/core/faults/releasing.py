"""When a latched fault may be cleared by hand. The linked self-test is not built yet: the person vouches for it."""

from __future__ import annotations

from enum import Enum

from agent.core.faults.model import Fault, Recovery


class Objection(Enum):
    """Why a fault is not cleared by hand."""

    CLEARS_OTHERWISE = "clears otherwise"
    STILL_PRESENT = "still present"
    KEPT_BY_BOARD = "kept by the board"
    """The pilot board tells it until its restart, whether its condition is there or not."""
    UNSEEN = "unseen"
    """The pilot board, which alone sees its condition, does not speak."""


def objection(fault: Fault, *, board_speaks: bool) -> Objection | None:
    """What stands against clearing `fault` by hand now; None where nothing does (faults.md section 1, recovery S)."""
    if fault.kind.recovery is not Recovery.SERVICE:
        return Objection.CLEARS_OTHERWISE
    if fault.condition_gone_since is None:
        return Objection.KEPT_BY_BOARD if is_kept_by_board(fault) else Objection.STILL_PRESENT
    if "mcu" in fault.kind.owner and not board_speaks:
        return Objection.UNSEEN
    return None


def is_kept_by_board(fault: Fault) -> bool:
    """Whether only a restart of the pilot board lets go of `fault`: it has no other way for recovery S (safety.md)."""
    seen_by_board = fault.condition_gone_since is None and "mcu" in fault.kind.owner
    return seen_by_board and fault.kind.recovery is Recovery.SERVICE
