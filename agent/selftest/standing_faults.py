"""Faults that a connector's devices report while it is tested: which keep the contactor open, and what mends them."""

from __future__ import annotations

from agent.core.commissioning.diagnosis import FIRST_CAUSES
from agent.core.commissioning.model import Outcome, failed
from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Reaction
from agent.selftest.bench import Bench


def remedy_of(fault: str) -> str:
    """What the fault catalogue tells a technician to do, as a sentence."""
    text = CATALOGUE[fault].remedy
    known = f"{text[0].upper()}{text[1:]}." if text else ""
    return f"{known} {MORE_ON[fault]}" if fault in MORE_ON else known


MORE_ON = {
    # The stop's contact is a part of the chain, and a board cannot tell it from a wire of it.
    "safety.emergency_stop": "If none is pressed, a wire of the safety chain is off: check its terminals and plugs."
}


def other_faults(bench: Bench, *expected: str) -> tuple[str, ...]:
    """Conditions that are present beside the expected ones."""
    return tuple(fault for fault in bench.faults() if fault not in expected)


def barring(bench: Bench) -> str:
    """The condition that keeps the contactor open, of several the one to mend first; "" where there is none.

    A phase that is lost is an undervoltage as well, and both are reported.
    """
    found = [one for one in bench.faults() if CATALOGUE[one].reaction not in HARMLESS]
    return min(found, key=_place_to_mend, default="")


def _place_to_mend(fault: str) -> int:
    return TELLS_MOST.index(fault) if fault in TELLS_MOST else len(TELLS_MOST)


TELLS_MOST = (*FIRST_CAUSES, "rcd.module_error")
"""An output that is stuck is a trip as well."""
HARMLESS = (Reaction.NONE, Reaction.DERATE)


def of_fault(says: str, fault: str) -> Outcome:
    """Failed by a condition that the board itself reports."""
    kind = CATALOGUE[fault]
    return failed(f"{says} The board reports {fault}: {kind.meaning}.", remedy_of(fault), cause=fault)
