"""When a fault may be cleared by hand. The linked self-test is not built yet: the person vouches for it."""

from __future__ import annotations

from enum import Enum

from agent.core.faults.model import Fault, Recovery, Witness

CONFIRMED_TO_BOARD = "mcu.restarts"
"""The pilot board holds itself after short lives in a row, until its host says on a person's word that it may serve."""


class Objection(Enum):
    """Why a fault is not cleared by hand."""

    CLEARS_OTHERWISE = "clears otherwise"
    STILL_PRESENT = "still present"
    KEPT_BY_BOARD = "kept by the board"
    """The pilot board tells it until a signed request ends it, whether its condition is there or not."""
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
    """Whether only the pilot board can let go of `fault`: it has a latch of its own for recovery S (safety.md)."""
    seen_by_board = Witness.OWNER in fault.witnesses and "mcu" in fault.kind.owner
    return seen_by_board and fault.kind.recovery is Recovery.SERVICE


def awaits_confirmation(fault: Fault) -> bool:
    """Whether `fault` is present, and ends with a person's word that the pilot board is told."""
    return fault.kind.id == CONFIRMED_TO_BOARD and fault.condition_gone_since is None
