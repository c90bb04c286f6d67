"""The steps of the demonstration, each with what it waits for and what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tools.demo.gauges import Gauges, read_gauges, words
from tools.demo.screen import Screen
from tools.demo.short_commissioning import commission_shortly
from tools.station import BOOT_TIMEOUT_S, Bench, evsectl

CARD = "04A1B2C3D4CAFE"
CHARGE_S = 10.0
LIMIT_A = 10.0
FOLLOWS_WITHIN_S = 6.0
"""A car has 5 s to follow a lower offer (IEC 61851-1, table A.6); one more for the message itself."""
STEP_TIMEOUT_S = 20.0
LIVE_EVERY_S = 0.25
PLAIN_EVERY_S = 2.0


class StoryBroken(Exception):
    """A step did not come true; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Energies:
    """One charge by three witnesses, in Wh."""

    meter_wh: int
    ledger_wh: int
    network_wh: int

    @property
    def are_equal(self) -> bool:
        return self.meter_wh == self.ledger_wh == self.network_wh


class Story:
    """A short commissioning and one charge on connector 1, step by step; `watch` shows the instruments meanwhile.

    `charge_s`: each of the two parts of the charge, before and after the limit.
    """

    def __init__(self, bench: Bench, screen: Screen, charge_s: float = CHARGE_S) -> None:
        self._bench = bench
        self._screen = screen
        self._charge_s = charge_s
        self._since_wh = 0
        self._now: Gauges | None = None
        self._looked = asyncio.Condition()

    async def watch(self) -> None:
        """Reads and shows the instruments until cancelled."""
        shown_at_s = 0.0
        loop = asyncio.get_running_loop()
        while True:
            async with self._looked:
                self._now = await self._look()
                self._looked.notify_all()
            if self._screen.is_live or loop.time() - shown_at_s >= PLAIN_EVERY_S:
                shown_at_s = loop.time()
                self._screen.live(words(self._now, since_wh=self._since_wh))
            await asyncio.sleep(LIVE_EVERY_S)

    async def _look(self) -> Gauges:
        world = await self._bench.ask_world.ask("status")
        return read_gauges(world, await self._bench.ask_csms.ask("chargers"))

    async def _until(self, what: str, holds: Callable[[Gauges], bool], timeout_s: float = STEP_TIMEOUT_S) -> Gauges:
        """The first look at which `holds`; raises StoryBroken naming `what` was waited for."""
        try:
            async with asyncio.timeout(timeout_s), self._looked:
                while self._now is None or not holds(self._now):
                    await self._looked.wait()
                return self._now
        except TimeoutError:
            last = "nothing was seen" if self._now is None else words(self._now, since_wh=self._since_wh)
            raise StoryBroken(f"waited {timeout_s:g} s for {what}; last seen: {last}") from None

    async def tell(self) -> Energies:
        """The whole charge; raises StoryBroken."""
        await self._boot()
        await self._commission()
        await self._plug_in_and_start()
        await asyncio.sleep(self._charge_s)
        await self._limit()
        await asyncio.sleep(self._charge_s)
        await self._stop_and_leave()
        return await self._energies()

    async def _boot(self) -> None:
        self._screen.headline("The charger starts and tells the network who it is")
        seen = await self._until("the connector to be Available", lambda g: g.status == "Available", BOOT_TIMEOUT_S)
        self._since_wh = seen.register_wh

    async def _commission(self) -> None:
        self._screen.headline("An installer looks at board and network; make demo-commission goes the whole way")
        failed = await commission_shortly(self._bench, self._screen)
        if failed:
            raise StoryBroken(f"self-tests did not pass: {', '.join(failed)}")
        await self._until("the connector to be Available after its tests", lambda g: g.status == "Available")

    async def _plug_in_and_start(self) -> None:
        self._screen.headline("A car arrives, its driver shows a card")
        await self._bench.ask_world.ask("plug_in", connector=1, current_a=16)
        await self._until("the plug to be noticed", lambda g: g.status == "Preparing")
        await self._bench.ask_world.ask("swipe", token=CARD)
        await self._until("current to flow", lambda g: g.status == "Charging" and g.drawn_a > 1)
        self._screen.headline(f"Energy flows for {self._charge_s:g} s")

    async def _limit(self) -> None:
        self._screen.headline(f"The network asks for no more than {LIMIT_A:g} A")
        answer = await self._bench.ask_csms.ask("limit", amps=LIMIT_A, connector=1)
        if answer["answer"].get("status") != "Accepted":
            raise StoryBroken(f"the charger did not accept the limit: {answer}")
        is_obeyed = f"the car to draw at most {LIMIT_A:g} A"
        await self._until(is_obeyed, lambda g: 1 < g.drawn_a <= LIMIT_A + 0.05, FOLLOWS_WITHIN_S)
        self._screen.headline(f"Obeyed; {self._charge_s:g} s more")

    async def _stop_and_leave(self) -> None:
        self._screen.headline("The driver shows the card again")
        await self._bench.ask_world.ask("swipe", token=CARD)
        await self._until("the contactor to open", lambda g: g.contactor == "open")
        await self._until("the charge to be finished", lambda g: g.status == "Finishing")
        await self._bench.ask_world.ask("plug_out", connector=1)
        await self._until("the connector to be free again", lambda g: g.status == "Available")

    async def _energies(self) -> Energies:
        now = await self._look()
        network = await self._bench.ask_csms.ask("transactions")
        ledger = await evsectl(self._bench.plan, "sessions")
        return Energies(
            meter_wh=now.register_wh - self._since_wh,
            ledger_wh=sum(int(session["energy_wh"]) for session in ledger["sessions"]),
            network_wh=sum(int(row["energy_wh"] or 0) for row in network["transactions"]),
        )
