"""What whoever was turned away does next: it follows from what stood in the way, and from whether it still does."""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.explain.links import Link
from agent.core.explain.neighbours import charges_with
from agent.core.explain.scene import Scene
from agent.core.session.model import Refusal, RefusalCause
from agent.core.session.starting import bars_new_charge

NEXT_STEPS: Mapping[RefusalCause, str] = {
    RefusalCause.UNWELCOME: "show another token, or have this one accepted; then show it again",
    RefusalCause.ELSEWHERE: "end the charge of this token at the other place, then show it again; or show another one",
    RefusalCause.BUSY: "it was not about the token: the charge that was under way is over, so show it again",
    RefusalCause.RESERVED: "it was not about the token: use another connector, or wait until the reservation is over",
    RefusalCause.METER: "it was not about the token: check the meter (its wiring, its address), then show it again",
    RefusalCause.STORE: "it was not about the token: look at the storage of the controller (evsectl health), then "
    "show it again",
    RefusalCause.LOCK: "it was not about the token: push the plug in fully, then show it again; "
    "if it stays, look at the lock's pin, motor and supply",
}


def next_step(refusal: Refusal, scene: Scene) -> str:
    """In words for whoever stands before the charger with a plug in the car."""
    match refusal.cause:
        case RefusalCause.BARRED:
            return _barred(bars_new_charge(scene.session))
        case RefusalCause.UNASKED:
            return _unasked(scene)
        case RefusalCause.ELSEWHERE if (at := charges_with(scene, refusal.token)) is not None:
            return f"end the charge of this token at connector {at}, then show it again; or show another one"
        case cause:
            return NEXT_STEPS[cause]


def link(refusal: Refusal, scene: Scene) -> Link | None:
    """What of the chain stood in the way; None where it was about the token."""
    match refusal.cause:
        case RefusalCause.UNASKED if scene.network.configured:
            return Link.NETWORK
        case RefusalCause.METER:
            return Link.METER
        case RefusalCause.STORE:
            return Link.HARDWARE
        case RefusalCause.LOCK:
            return Link.LOCK
        case _:
            return None


def _barred(why: str | None) -> str:
    if why is None:
        return "it was not about the token, and what barred the charge is over: show it again"
    return f"it was not about the token: {why}; once that is over, show it again"


def _unasked(scene: Scene) -> str:
    if scene.network.connected and scene.network.is_unaccepted:
        return "it was not about the token: show it again once the central system has accepted this charger"
    if scene.network.connected:
        return "it was not about the token: the central system answers now, so show it again"
    if scene.network.configured:
        return "it was not about the token: show it again once the central system is connected"
    return "no central system is configured that could be asked; make it known here: evsectl token add TOKEN"
