"""One case, from its start to what stands on the screens of `evse-support`, and to the replay of its bundle."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

from agent.core.recorder.schema import Unreadable
from firmware_sim import virtual_loop
from firmware_sim.mqtt_broker import Broker
from tools.cases.doings import file_system
from tools.cases.model import Case
from tools.cases.screens import Named, is_calm
from tools.cases.staging import BEGINS_AFTER_S, done, staged
from tools.cases.view import Looked, View
from tools.simulate import replay
from tools.simulate.clock import VirtualClock
from tools.simulate.room import in_memory
from tools.simulate.same_time import SameTime

SETTLES_S = 90.0
"""Health is told at its own pace, and on a change of a verdict soon."""
ORDINARY = frozenset(
    {
        "no_plug",
        "finished",
        "unplugged",
        "transaction",
        "authorization.waiting",
        "nobody_accepted",
        "starting",
        "stopping",
    }
    | {"limit.hardware", "limit.supply", "limit.cable", "notice", "offer.due", "free_vending", "cable_left"}
)
"""Reasons that tell how things stand at a charger that is well; they name no cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of a case. `explain` and `show` are the reasons on these screens from the top, `row` is the charger's
    in the fleet; `replayed` is "" where the replay was exact."""

    case: Case
    row: str = ""
    explain: tuple[Named, ...] = ()
    show: tuple[Named, ...] = ()
    verdicts: tuple[str, ...] = ()
    replayed: str = "no bundle"
    failed: str = ""

    @property
    def is_right(self) -> bool:
        """The cause is the first that `explain` or `show` name; of a healthy charger nothing names any."""
        if self.failed:
            return False
        named = [one for one in self.explain if one.key not in ORDINARY or self.case.accepts(one.key, one.says)]
        if not self.case.keys:
            return is_calm(self.row) and not self.show and not named
        return any(self.case.accepts(one.key, one.says) for one in (*named[:1], *self.show[:1]))


def play(case: Case, seed: int = 1) -> Heard:
    """On a virtual loop of its own."""
    with in_memory("evse-case-") as folder:
        try:
            with file_system(folder / "state") if case.small_disk else nullcontext():
                return virtual_loop.run(_play(case, seed, folder))
        except Exception as error:  # noqa: BLE001 - one case that comes to no end must not end the others
            return Heard(case=case, failed=repr(error))


async def _play(case: Case, seed: int, folder: Path) -> Heard:
    async with AsyncExitStack() as stack:
        broker = Broker()
        port = await broker.open()
        stack.push_async_callback(broker.close)
        desk = folder / "desk"
        desk.mkdir()
        view = View(broker, port, desk, seed)
        stage = await staged(case, folder, stack, more_site=view.site(), clock=VirtualClock(), behaviour=SameTime())
        await asyncio.sleep(BEGINS_AFTER_S)
        for act in case.acts:
            await done(act, stage)
            await asyncio.sleep(act.wait_s)
        await asyncio.sleep(SETTLES_S)
        heard = _heard(case, await view.looked(case.connector))
        await stage.charger.stop()
        return heard


def _heard(case: Case, looked: Looked) -> Heard:
    return Heard(
        case=case,
        row=looked.row,
        explain=looked.explain,
        show=looked.show,
        verdicts=looked.verdicts,
        replayed=replayed(looked.bundle) if looked.bundle is not None else looked.no_bundle,
        failed=looked.failed,
    )


def replayed(file: Path) -> str:
    """What the replay of a bundle comes to; "" where every decision is the recorded one."""
    try:
        told = list(replay.lines(file, replay.Wish()))
    except Unreadable as error:
        return str(error)
    *words, code = told
    if code == replay.EQUAL:
        return ""
    return " / ".join(str(one) for one in words if not str(one).startswith("20"))
