"""Why a board does not close although an adapter asks: its own word, what that means, what to do, and the fault by it.

The words are those of its status (docs/pilot-board-protocol.md, section 6). A fault of "" is no wrong of the charger.
"""

from __future__ import annotations

from collections.abc import Mapping

CONTACTOR = "contactor.no_close"
AGAIN = "Repeat the test; if it stays so, tell support the board's word."
WAITS: Mapping[str, tuple[str, str, str]] = {
    "nothing": (
        "the coil has its current, and nothing moved",
        "Check the plug of the coil and its wires, then the contactor itself: it has to click.",
        CONTACTOR,
    ),
    "fault": ("a fault is present", "evsectl faults tells which, and what to do.", ""),
    "permit": ("the permission did not reach the board", AGAIN, ""),
    "offer": ("no current may be offered", "Look at evsectl explain: something limits the current to nothing.", ""),
    "car": ("the adapter does not ask for power", "Set the adapter to C and repeat.", ""),
    "x1": ("the pilot stands without its square wave", AGAIN, ""),
    "steady": (
        "the pilot's level does not stand still",
        "Push the plug home; check the pilot wire's contacts.",
        "cp.range",
    ),
    "diode": (
        "the adapter shows no diode",
        "Set the adapter's diode to normal, or use another adapter. Then check the pilot cable for a leak.",
        "cp.diode",
    ),
    "chain": (
        "the safety chain has no supply",
        "Release the emergency stop. Then check the chain's plugs on the board, and the residual current unit's.",
        "chain.mismatch",
    ),
    "mirror": (
        "the contactor's auxiliary contact does not say open",
        "Check the auxiliary contact and its wire; a contactor that sticks has to be replaced.",
        "contactor.mismatch",
    ),
    "off_time": ("the time between two closings is not over", "Wait half a minute and repeat.", ""),
    "rate": ("all closings of this test are used up", "Begin the test anew.", ""),
    "commissioning": ("the test with power has ended", "Run the test again, with the unit's key at hand.", ""),
    "cable": (
        "the adapter's cable coding was not read",
        "Push the plug home. Check the proximity contact and its wire (ST211).",
        "pp.missing",
    ),
    "lock": ("the socket did not lock the plug", "Push the plug home and repeat; then run ST604.", "lock.lock_failed"),
    "residual": (
        "the residual current unit has not passed its own test",
        "Run ST301. If it fails, check the unit's plug and replace the unit.",
        "rcd.selftest_failed",
    ),
    "mains": (
        "the supply is not in order",
        "Check voltage and earth at the terminals; run ST501 and ST306.",
        "mains.undervoltage",
    ),
    "open_check": (
        "the output was not proven dead",
        "Switch the supply off and prove it dead: something feeds the output, or a pole sticks. Run ST401.",
        "output.live",
    ),
    "rails": ("the pilot's supply is not in order", "Run ST201 to ST204.", "power.rail"),
    "restart": ("the board has just started", "Wait a minute and repeat.", ""),
}
