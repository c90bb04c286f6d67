"""Pilot and contactor of an EVSE controller that is told what to want: the drivers that every such link has.

The controller decides by itself when to close; a link (`Wishing`) keeps what is wished of it and sees that it is done.
Where a board takes the controller for its pilot alone and another contactor, nobody gives a permission here: then an
offer is all it needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Protocol

from agent.core.control_pilot import ContactorState
from agent.core.identity import PlugIdentity
from agent.drivers.device_level import Absence, DeviceState, KnownDevice, present
from agent.drivers.interfaces import DeviceFault, PilotReading
from agent.drivers.level import changes
from agent.drivers.offer_steps import offer_steps
from agent.drivers.wish import Claims, Wish
from agent.errors import DriverRejected


class Wishing(Protocol):
    """A link, as its drivers need it."""

    level: KnownDevice
    is_in_service: bool
    claims: Claims
    no_restart: str
    """Why its device is not started anew by order, and what there is instead."""

    @property
    def wish(self) -> Wish:
        """What was asked last."""
        ...

    def ask_for(self, wish: Wish) -> None:
        """Wish this from now on. Also kept while nobody hears: withdrawals are."""
        ...

    def require_device(self, driver: str) -> DeviceState:
        """What the controller said last; raises DriverUnavailable or DriverRejected where none would hear."""
        ...

    async def rests(self) -> None:
        """Its drivers go: nothing is wished any more, and it has been told so where that cannot wait for `aclose`."""
        ...


class WishedPilot:
    """A `ControlPilot`. It has no volts to tell, and no board report."""

    def __init__(self, name: str, link: Wishing, *, steps_per_a: int = 1) -> None:
        self.name = name
        self._link = link
        self._steps_per_a = steps_per_a

    @property
    def no_restart(self) -> str:
        """An `UnrestartedDevice`."""
        return self._link.no_restart

    async def open(self) -> None:
        """The link keeps the controller alive."""

    async def aclose(self) -> None:
        """No offer from now on."""
        self._ask(0)
        await self._link.rests()

    async def offer(self, current_a: float) -> None:
        """0 (x1) or 6…80 A, rounded down to the controller's steps.

        Less than before is kept also while no controller is there to hear it; more is refused then.
        """
        offered_a = offer_steps(current_a, self._steps_per_a) / self._steps_per_a
        if offered_a > self._link.wish.offer_a:
            self._link.require_device(self.name)
        self._ask(offered_a)

    async def stand(self, *, operative: bool, held_open: bool) -> None:
        """Told to a controller that comes back as well.

        An outlet out of service shows +12 V like any other: in state F a controller could not see who plugs in.
        """
        self._link.ask_for(replace(self._link.wish, held_open=held_open))

    def states(self) -> AsyncIterator[PilotReading]:
        """Levels."""
        return changes(self._link.level, lambda level: present(level, self.name), lambda state: state.pilot)

    async def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """The controller's own faults; one that cannot be used is one, beside those it told before."""
        told: tuple[DeviceFault, ...] | None = None
        of_device: tuple[DeviceFault, ...] = ()
        async for level in self._link.level.follow():
            match level:
                case DeviceState():
                    now = of_device = level.faults
                case Absence(unfit=False):
                    raise level.error(self.name)
                case Absence():
                    now = (*of_device, *level.faults)
                case _:
                    continue
            if now != told:
                told = now
                yield now

    def _ask(self, offered_a: float) -> None:
        wish = replace(self._link.wish, offer_a=offered_a)
        if self._link.claims.is_pilot_only:
            wish = replace(wish, permit=offered_a > 0)
        self._link.ask_for(wish)


class WishedContactor:
    """A `Contactor`. Permitted and offered at least 6 A the controller may close, otherwise it rests."""

    def __init__(self, name: str, link: Wishing) -> None:
        self.name = name
        self._link = link

    async def open(self) -> None:
        """The link keeps the controller alive."""

    async def aclose(self) -> None:
        """No permission from now on."""
        await self.permit(False)
        await self._link.rests()

    async def permit(self, permitted: bool, plug: PlugIdentity | None = None) -> None:
        """For the plug that is in now, as far as the agent has seen it: the controller itself knows no plugs.

        Needs a controller that hears it, else it would be given later to whatever is plugged in then. A withdrawal
        always counts, and is told to one that comes back.
        """
        if not permitted:
            self._link.ask_for(replace(self._link.wish, permit=False))
            return
        state = self._link.require_device(self.name)
        if not self._link.is_in_service:
            raise DriverRejected(self.name, "this charger was not commissioned; take it into service first")
        if plug is not None and state.pilot.plug != plug:
            raise DriverRejected(self.name, "the plug that this permission was for has left")
        self._link.ask_for(replace(self._link.wish, permit=True))

    def states(self) -> AsyncIterator[ContactorState]:
        """Levels: what the controller says of its relay; WELDED or NO_CLOSE where it found that."""
        return changes(self._link.level, lambda level: present(level, self.name), lambda state: state.contactor)
