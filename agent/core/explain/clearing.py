"""How a fault goes away, in words for whoever stands before the charger."""

from __future__ import annotations

from agent.core.faults.causes import is_unread
from agent.core.faults.model import Fault, FaultKind, Recovery
from agent.core.faults.releasing import awaits_confirmation, is_kept_by_board
from agent.core.time import Instant

CLEARING = {
    Recovery.AUTOMATIC: "it clears by itself after {hold_s:g} s without the condition",
    Recovery.UNPLUG: "it clears by unplugging",
    Recovery.POWER_CYCLE: "it clears by a power cycle of the pilot board",
    Recovery.SERVICE: "it is cleared by an authorised person after a test{where}: evsectl faults clear",
}
CLEAR_AT_BOARD = "at the charger, with a signature: evsectl board clear"
KEPT = f"the pilot board keeps it, also over a restart; once it is repaired, it ends {CLEAR_AT_BOARD}"
HELD = "the pilot board holds itself, also over a restart, until a person says that it may serve again"
UNREAD = "bring back what reads this input; until then nobody knows whether it is so"
LATCHED = {Recovery.UNPLUG: "it is latched and waits for unplugging", Recovery.POWER_CYCLE: "it is latched"}


def how_it_clears(fault: Fault) -> str:
    """The whole sentence."""
    return _held_by_board(fault) or f"{_condition(fault)}; {way_out(fault.kind)}"


def how_it_ends(kind: FaultKind) -> str:
    """The same of one that whoever it belongs to sees now, without a word about its condition."""
    seen = Instant(0.0)
    return _held_by_board(Fault(kind=kind, first_seen=seen, last_seen=seen)) or way_out(kind)


def _held_by_board(fault: Fault) -> str:
    """How it ends where it is for the pilot board to let go of it, else ""."""
    if is_kept_by_board(fault):
        return KEPT
    return HELD if awaits_confirmation(fault) else ""


def clearing_command(id: str) -> str:
    """What to write once a person may clear this fault. What is only cleared at the charger says so, whoever reads it.

    So does a fault that only another release knows.
    """
    command = f"evsectl faults clear {id}"
    return command if _is_cleared_from_afar(id) else f"at the charger: {command}"


def _is_cleared_from_afar(id: str) -> bool:
    from agent.core.faults.catalogue import CATALOGUE
    from agent.core.faults.from_afar import is_remotely_clearable

    return id in CATALOGUE and is_remotely_clearable(CATALOGUE[id])


def next_step(fault: Fault) -> str:
    """The remedy, and how the fault ends where that takes more than its remedy."""
    words = [UNREAD if is_unread(fault) else fault.kind.remedy]
    if is_kept_by_board(fault):
        words.append(KEPT)
    elif fault.condition_gone_since is not None:
        words.append(f"{_condition(fault)}, {way_out(fault.kind)}")
    return "; ".join(word for word in words if word)


def way_out(kind: FaultKind) -> str:
    """How such a fault ends, unless its board keeps it."""
    where = "" if _is_cleared_from_afar(kind.id) else ", at the charger"
    return CLEARING[kind.recovery].format(hold_s=kind.hold_s, where=where)


def _condition(fault: Fault) -> str:
    """What is known of it: of a fault that the pilot board latches it tells the latch, and not the condition."""
    if fault.condition_gone_since is not None:
        return "its condition is gone"
    latched = LATCHED.get(fault.kind.recovery) if "mcu" in fault.kind.owner else None
    return latched or "its condition is present"
