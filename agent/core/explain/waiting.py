"""What the pilot board waits for before it closes the contactor, in words for people, and what to do about it.

The keys are the board's own (docs/pilot-board-protocol.md); "nothing" has no entry.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.values import frozen

IN_GENERAL = "wait a few seconds; then read the faults, and the safety chain of the pilot board"


@frozen
class Obstacle:
    """`what` ends a sentence about the contactor; `next_step` is for whoever stands there."""

    what: str
    next_step: str = IN_GENERAL


OBSTACLES: Mapping[str, Obstacle] = {
    "fault": Obstacle("the pilot board holds a fault of its own", "see: evsectl faults list"),
    "permit": Obstacle("the pilot board has not got the permission yet"),
    "offer": Obstacle(
        "the pilot board was offered less than 6 A, or allows less itself",
        "wait a few seconds; then look at the board's own limit: evsectl board info",
    ),
    "car": Obstacle("the pilot board does not see the car ask, or the car needs ventilation"),
    "x1": Obstacle("the pilot has no duty cycle yet"),
    "steady": Obstacle("the pilot must be steady for a moment first"),
    "diode": Obstacle(
        "the pilot board does not see the diode of the car",
        "unplug and plug in again; try another car or the test adapter: is it the car or the pilot wire?",
    ),
    "chain": Obstacle(
        "the hardware safety chain is open",
        "look at the emergency stop and at the residual current module; then at the wires of the chain",
    ),
    "mirror": Obstacle(
        "the mirror contact does not say open, so the contactor may not be closed",
        "check the wire of the mirror contact; if it is sound, the contactor is welded: switch the supply off",
    ),
    "off_time": Obstacle("the contactor must rest for a while between two closings", "wait"),
    "rate": Obstacle("the contactor was closed too often in the last while and has to rest", "wait up to ten minutes"),
    "commissioning": Obstacle(
        "the pilot board was not told that this charger is commissioned", "commission the charger, then start again"
    ),
    "cable": Obstacle(
        "the pilot board cannot read what the plugged cable bears, or it bears less than 6 A",
        "push the plug in fully; try another cable",
    ),
    "lock": Obstacle(
        "the plug is not locked yet",
        "push the plug in fully; then look at the lock's pin, motor and supply",
    ),
    "residual": Obstacle(
        "the residual current module has not passed its self-test yet",
        "wait five seconds; if it stays, check the cable of the module",
    ),
    "mains": Obstacle(
        "the mains are away or were outside of their limits a moment ago",
        "wait ten seconds; then measure the supply voltage and its frequency",
    ),
    "open_check": Obstacle(
        "the check that the contactor really opened has not passed yet",
        "wait two seconds; if it stays, the load side is live: switch the supply off",
    ),
    "rails": Obstacle(
        "the supply of the pilot generator is outside of its limits",
        "check the 12 V supply of the pilot board",
    ),
    "restart": Obstacle(
        "the pilot board has just started; after a start that did not last it waits a minute",
        "wait a minute; if it comes back, the board restarts again and again: check its supply",
    ),
}
