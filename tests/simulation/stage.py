"""A charger in its world with its central system, on the virtual clock, for stories told by hand."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.app import Agent
from agent.core.identity import ConnectorId
from agent.core.session.events import FaultReleased
from agent.core.session.model import Session
from firmware_sim import verbs, virtual_loop
from tools.csms import queries
from tools.csms.dispatch import carry_out
from tools.simulate.room import NOTHING
from tools.simulate.run import Options, Stage

CARD = "04A1B2C3"
OTHER_CARD = "04D4E5F6A7B8C9"
BAD_CARD = "DEADBEEF"


class Charger:
    """What a person at the charger, its car and its central system can do and see."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def world(self, verb: str, **arguments: object) -> dict[str, Any]:
        return dict(await verbs.perform(self.stage.rig.world, verb, dict(arguments)))

    async def network(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """The central system's answer; raises AssertionError where it could not."""
        answer = await carry_out(self.stage.office.system, {"id": 0, "do": verb, **arguments})
        assert answer["ok"], answer
        return answer

    async def passes(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds)

    async def plug_in(self, connector: int = 1, **traits: object) -> None:
        await self.world("plug_in", connector=connector, ready_delay_s=0.5, draw_delay_s=0.5, **traits)
        await self.passes(3.0)

    async def swipe(self, card: str = CARD) -> None:
        await self.world("swipe", token=card)
        await self.passes(3.0)

    async def charge(self, connector: int = 1, **traits: object) -> None:
        """A car and a card; returns once energy flows."""
        await self.plug_in(connector, **traits)
        await self.swipe()
        await self.world("wait", connector=connector, until="charging", timeout_s=30)

    @property
    def agent(self) -> Agent:
        assert self.stage.charger.agent is not None
        return self.stage.charger.agent

    def clear_fault(self, id: str, connector: int = 1) -> None:
        """As `evsectl faults clear` does it."""
        self.agent.station.connectors[ConnectorId(connector)].post(FaultReleased(id))

    def session(self, connector: int = 1) -> Session:
        return self.agent.station.connectors[ConnectorId(connector)].session

    def outlet(self, connector: int = 1) -> dict[str, Any]:
        rows = self.stage.rig.world.status()["connectors"]
        return next(dict(row) for row in rows if row["connector"] == connector)

    def register_wh(self, connector: int = 1) -> int:
        return int(self.outlet(connector)["meter"]["register_wh"])

    def transactions(self) -> list[dict[str, Any]]:
        return queries.transactions(self.stage.office.system.record)

    def statuses(self, connector: int = 1) -> list[str]:
        """Every status the network was told of a connector, in order."""
        payloads = self.told("StatusNotification")
        return [payload["status"] for payload in payloads if payload["connectorId"] == connector]

    def told(self, action: str) -> list[dict[str, Any]]:
        """Payloads of all CALLs of `action` that the network received."""
        frames = queries.frames(
            self.stage.office.system.record, action=action, kind="call", direction="from", limit=100_000
        )
        return [json.loads(frame["text"])[3] for frame in frames]

    async def events(self, name: str) -> list[dict[str, object]]:
        """The fields of every event of that name in the agent's journal, oldest first."""
        events = await self.agent.station.store.logs.journal.events(1000)
        return [dict(event.fields) for event in events if event.name == name]


def tell(
    story: Callable[[Charger], Awaitable[None]],
    options: Options | None = None,
    may_break: Collection[str] = (),
    **changes: Any,
) -> None:
    """Run a story; afterwards no rule of world and session may have been broken, and no contactor be closed.

    `may_break`: words of those rules that the hardware of the story cannot keep.
    """

    async def told(folder: Path) -> None:
        async with AsyncExitStack() as stack:
            chosen = replace(options or Options(), **changes)
            stage = await Stage.set_up(NOTHING, chosen, folder, stack)
            charger = Charger(stage)
            await charger.passes(5.0)
            await story(charger)
            broken = [breach for breach in stage.breaches() if not any(words in breach for words in may_break)]
            assert broken == []
            await stage.charger.stop()
            await charger.passes(3.0)
            assert all(not outlet.contactor.main_closed for outlet in stage.rig.world.outlets.values())

    with tempfile.TemporaryDirectory(prefix="evse-story-") as folder:
        virtual_loop.run(told(Path(folder)))
