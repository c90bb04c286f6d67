"""When a plain switch may carry power to a car: what a pilot board decides by itself, where nothing below does. Pure.

A contactor of a pilot board is permitted, and closes when the car asks. A plain switch closes when it is told, so here
both are joined: closed only while it is permitted for the plug that is in, that car asks in state C, and the device
that says so is heard. State D needs ventilation, which no board with a plain switch can promise: it opens.
"""

from __future__ import annotations

from dataclasses import replace

from agent.core.control_pilot import PilotState
from agent.core.identity import PlugIdentity
from agent.values import frozen

CAR_ENDS_WITHIN_S = 3.0
"""A car has so long to end its current once it is offered none (IEC 61851-1 Annex A, sequence 10.1); then it is cut."""


@frozen(kw_only=True)
class Heard:
    """The pilot as its device tells it now. `offers`: there is a duty cycle to charge by."""

    state: PilotState
    plug: PlugIdentity | None
    offers: bool


@frozen(kw_only=True)
class SwitchedPath:
    """What is known of a connector with a plain switch, and whether that is to be closed. Times are monotonic seconds.

    `permitted_plug` None: the permission, where there is one, is for whatever was plugged in then.
    """

    permitted: bool = False
    permitted_plug: PlugIdentity | None = None
    held_open: bool = False
    heard: Heard | None = None
    offer_ended_at: float | None = None
    closed: bool = False

    @property
    def due_at(self) -> float | None:
        """When time alone opens the switch."""
        if not self.closed or self.offer_ended_at is None:
            return None
        return self.offer_ended_at + CAR_ENDS_WITHIN_S


def permit(path: SwitchedPath, plug: PlugIdentity | None, now_s: float) -> SwitchedPath:
    """For that plug; where it is not known which one, for the one that is in now. Held open, it is not given."""
    if path.held_open:
        return path
    known = plug if plug is not None or path.heard is None else path.heard.plug
    return _decided(replace(path, permitted=True, permitted_plug=known), now_s)


def withdraw(path: SwitchedPath, now_s: float) -> SwitchedPath:
    """The permission is gone."""
    return _decided(replace(path, permitted=False, permitted_plug=None), now_s)


def hold_open(path: SwitchedPath, held_open: bool, now_s: float) -> SwitchedPath:
    """Open, whatever was permitted, and that is over: once it is held no more it takes a new permission."""
    path = replace(path, held_open=held_open)
    return withdraw(path, now_s) if held_open else _decided(path, now_s)


def hear(path: SwitchedPath, heard: Heard, now_s: float) -> SwitchedPath:
    """The device of the pilot told this. A permission does not outlive the plug that it was for."""
    has_left = heard.state is PilotState.A or (heard.state.plugged and heard.plug != path.permitted_plug)
    if path.permitted and has_left:
        path = replace(path, permitted=False, permitted_plug=None)
    return _decided(replace(path, heard=heard, offer_ended_at=_offer_ended_at(path, heard, now_s)), now_s)


def _offer_ended_at(path: SwitchedPath, heard: Heard, now_s: float) -> float | None:
    if heard.offers:
        return None
    return now_s if path.closed and path.offer_ended_at is None else path.offer_ended_at


def lose(path: SwitchedPath, now_s: float) -> SwitchedPath:
    """The device of the pilot is silent: nobody knows what the car wants, and what was permitted is over."""
    return _decided(replace(path, heard=None, permitted=False, permitted_plug=None, offer_ended_at=None), now_s)


def look_at_clock(path: SwitchedPath, now_s: float) -> SwitchedPath:
    """Time has passed."""
    return _decided(path, now_s)


def _decided(path: SwitchedPath, now_s: float) -> SwitchedPath:
    return replace(path, closed=_wants_closed(path, now_s))


def _wants_closed(path: SwitchedPath, now_s: float) -> bool:
    heard = path.heard
    if heard is None or path.held_open or heard.state is not PilotState.C:
        return False
    if not path.permitted or heard.plug != path.permitted_plug:
        return False
    return heard.offers or (path.closed and now_s < (path.offer_ended_at or 0.0) + CAR_ENDS_WITHIN_S)
