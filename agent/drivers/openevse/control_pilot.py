"""The control pilot of an OpenEVSE: `driver = "openevse"` under `control_pilot`. What is missing: link.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from agent.drivers.interfaces import Bus, DeviceFault, PilotReading
from agent.drivers.level import changes
from agent.drivers.offer_steps import offer_steps
from agent.drivers.openevse.levels import Absence, DeviceState, present
from agent.drivers.openevse.link import OpenEvseLink
from agent.values import frozen

BUS_KINDS = ("openevse",)


@frozen(kw_only=True)
class Options:
    bus: str


class OpenEvseControlPilot:
    """A `ControlPilot` in whole amperes. It has no volts to tell, and no board report."""

    def __init__(self, name: str, link: OpenEvseLink) -> None:
        self.name = name
        self._link = link

    async def open(self) -> None:
        """The link keeps the controller alive."""

    async def aclose(self) -> None:
        """No offer from now on."""
        self._ask(0)

    async def offer(self, current_a: float) -> None:
        """0 (x1) or 6…80 A, rounded down to whole amperes. Kept by the controller until its next start only.

        Less than before is kept also while no controller is there to hear it; more is refused then.
        """
        whole_a = offer_steps(current_a, 1)
        if whole_a > self._link.wish.offer_a:
            self._link.require_device(self.name)
        self._ask(whole_a)

    async def stand(self, *, operative: bool, held_open: bool) -> None:
        """Told to a controller that comes back as well.

        An outlet out of service shows +12 V like any other: in state F a controller could not see who plugs in.
        """
        self._link.ask_for(replace(self._link.wish, held_open=held_open))

    def states(self) -> AsyncIterator[PilotReading]:
        """Levels. Asleep or with a fault it does not tell B from C: both are B."""
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

    def _ask(self, whole_a: int) -> None:
        self._link.ask_for(replace(self._link.wish, offer_a=whole_a))


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> OpenEvseControlPilot:
    """The pilot of the controller on `options.bus`. Raises ConfigError where another connector has it."""
    link = buses[options.bus]
    assert isinstance(link, OpenEvseLink)
    link.claim("control_pilot")
    return OpenEvseControlPilot(name, link)
