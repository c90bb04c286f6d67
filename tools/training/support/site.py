"""One round: broker, charger, central system and the trainee's desk, and a story that goes on in real time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from agent.control.registry import load, verb_names
from firmware_sim import verbs
from firmware_sim.arguments import NotNow
from tools.brokers import broker
from tools.cases.doings import file_system
from tools.cases.staging import BEGINS_AFTER_S, done, staged
from tools.csms.behaviour import Behaviour
from tools.simulate.clock import of_today
from tools.simulate.run import Stage
from tools.support_desk import Desk
from tools.training.support.lessons import Pick

DEVICE = "TRAIN-1"
WHO = "trainee"
HEARTBEAT_S = 60
"""An operator who asks so often; what a charger learns by the answers then shows within minutes."""


class Site:
    """A charger with something wrong, and the desk to find it from. `broker` says which one it is."""

    def __init__(self, pick: Pick, stage: Stage, desk: Desk, broker_name: str) -> None:
        self.pick, self.stage, self.desk, self.broker = pick, stage, desk, broker_name

    async def story(self) -> None:
        """Every act in its time."""
        await asyncio.sleep(BEGINS_AFTER_S)
        for act in self.pick.case.acts:
            await done(act, self.stage)
            await asyncio.sleep(act.wait_s)

    async def asked(self, verb: str, **given: object) -> str:
        """What the customer does when he is asked to, and what he says then."""
        try:
            await verbs.perform(self.stage.rig.world, verb, given)
        except (NotNow, ValueError) as error:
            return f"the customer says: that does not go; {error}"
        return "the customer says: done"


@asynccontextmanager
async def site(pick: Pick, folder: Path) -> AsyncIterator[Site]:
    """`folder` is made; the charger has just been started. Raises OSError, with PermissionError where the case needs a
    file system of its own and this user may make none, and ConnectionError where no broker comes to listen.
    """
    charger = _made(folder)
    async with AsyncExitStack() as stack:
        if pick.case.small_disk:
            stack.enter_context(file_system(charger / "state"))
        port, name = stack.enter_context(broker(folder))
        desk = Desk(folder, port, WHO)
        lines = f'\n[station]\nserial_number = "{DEVICE}"\n{desk.site(ordered())}'
        stage = await staged(
            pick.case,
            charger,
            stack,
            more_site=lines,
            clock=of_today(),
            behaviour=Behaviour(boot_interval_s=HEARTBEAT_S),
        )
        await stack.enter_async_context(desk.collecting())
        try:
            yield Site(pick, stage, desk, name)
        finally:
            await stage.charger.stop()


def _made(folder: Path) -> Path:
    """The place of the charger in it."""
    charger = folder / "charger"
    charger.mkdir(parents=True)
    return charger


def ordered() -> list[str]:
    """Every verb that can be ordered from afar: nothing here can break."""
    return [
        f"{name} {action.name}".strip()
        for name in verb_names()
        for action in load(name).actions
        if action.remote is not None
    ]
