"""The bench of one attempt: the real devices of a connector, and what is moved of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from agent.core.commissioning.sequence import is_lent_for
from agent.core.control_pilot import PilotState
from agent.core.limits import LimitSource
from agent.core.session.model import Session
from agent.core.supply import FOLLOWED_AFTER_S
from agent.drivers.interfaces import PilotReading
from agent.errors import DriverRejected
from agent.selftest.adapter import placed
from agent.selftest.bench import AdapterPosition, Declined
from agent.selftest.watching import Place, Watching

ADAPTER_SHOWS_WITHIN_S = 2.0
SUPPLY_COMES_OVER_WITHIN_S = 2 * FOLLOWED_AFTER_S
"""What another connector had is held back until its car must have followed (agent/core/supply.py)."""
SITE_LIMITS = (LimitSource.HARDWARE, LimitSource.PILOT_BOARD, LimitSource.SUPPLY, LimitSource.LOCAL)
"""What a test has to keep to; a profile of the network is for charges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench(Watching):
    """A `Bench`."""

    allow: Callable[[float], None]

    def takes_longer(self, seconds: float) -> None:
        self.allow(seconds)

    async def offer(self, current_a: float) -> None:
        place = self._mine()
        if await self.until(lambda: current_a <= _site_limit_a(self.session()), SUPPLY_COMES_OVER_WITHIN_S) is None:
            left_a = _site_limit_a(self.session())
            why = f"the supply leaves {left_a:g} A to this connector now, and {current_a:g} A are wanted"
            raise DriverRejected(place.outlet.pilot.name, f"{why}; repeat the test when the other connector is free")
        await place.outlet.pilot.offer(current_a)

    async def permit(self, permitted: bool) -> None:
        place = self._mine()
        if permitted and not self.row.is_energised:
            raise DriverRejected(place.outlet.contactor.name, f"{self.row.test} is no test with power")
        reading = place.seen.pilot
        await place.outlet.contactor.permit(permitted, None if reading is None else reading.plug)

    async def renew_power(self) -> None:
        self._mine()
        board = self.board
        if not self.row.is_energised or self.prove is None:
            raise Declined(f"{self.row.test} is no test with power")
        if board is not None:  # the right to power on a controller without tests is none of its own
            await board.begin_test(await self.prove(await board.challenge()))

    async def set_adapter(self, position: AdapterPosition) -> bool:
        place = self._mine()
        await self.person.set_adapter(placed(self, position))
        wanted = PilotState.A if position.state == "out" else PilotState(position.state)
        return await self.until(lambda: _state(place.seen.pilot) is wanted, ADAPTER_SHOWS_WITHIN_S) is not None

    async def set_locked(self, locked: bool) -> bool:
        place = self._mine()
        if place.outlet.lock is None:
            raise LookupError("this connector has no lock")
        return await place.outlet.lock.set_locked(locked)

    def _mine(self) -> Place:
        place = self.here()
        if not is_lent_for(self.row):
            raise DriverRejected(
                place.outlet.pilot.name, f"{self.row.test} moves nothing: anybody may run it at any time"
            )
        if not place.may_move():
            raise Declined("the connector was taken back while it was tested: the charger ends its program")
        return place


def _state(reading: PilotReading | None) -> PilotState | None:
    return None if reading is None else reading.state


def _site_limit_a(session: Session) -> float:
    limits = (entry.current_a for entry in session.limits.entries if entry.source in SITE_LIMITS)
    return min(limits, default=inf)
