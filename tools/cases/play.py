"""One case, from its start to what `show` and `explain` say of it, and to the replay of its bundle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.core.recorder.schema import Unreadable
from firmware_sim import virtual_loop
from firmware_sim.mqtt_broker import Broker
from tools.cases.doings import file_system
from tools.cases.model import Case
from tools.cases.staging import BEGINS_AFTER_S, done, staged
from tools.cases.view import DEVICE, Answered, View
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
ALLOWED = ("explain", "health", "bundle", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One reason: its key, and everything that is said along with it."""

    key: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of a case. `explain` and `show` are the first reasons; `replayed` is "" where the replay was exact."""

    case: Case
    explain: tuple[Named, ...] = ()
    show: tuple[Named, ...] = ()
    verdicts: tuple[str, ...] = ()
    replayed: str = "no bundle"
    failed: str = ""

    @property
    def is_right(self) -> bool:
        """The cause is the first that `explain` or `show` name; of a healthy charger neither names any."""
        if self.failed:
            return False
        named = [one for one in self.explain if one.key not in ORDINARY or self.case.accepts(one.key, one.says)]
        if not self.case.keys:
            return not self.show and not named
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
        view = View(broker, seed)
        lines = _lines(port, view.keys_file(folder))
        stage = await staged(case, folder, stack, more_site=lines, clock=VirtualClock(), behaviour=SameTime())
        await asyncio.sleep(BEGINS_AFTER_S)
        for act in case.acts:
            await done(act, stage)
            await asyncio.sleep(act.wait_s)
        await asyncio.sleep(SETTLES_S)
        heard = await _looked(case, view, folder)
        await stage.charger.stop()
        return heard


def _lines(port: int, keys_file: Path) -> str:
    allowed = ", ".join(f'"{one}"' for one in ALLOWED)
    return f"""
[station]
serial_number = "{DEVICE}"
[mqtt]
url = "mqtt://127.0.0.1:{port}"
[support]
orders = true
keys_file = "{keys_file}"
allow = [{allowed}]
"""


async def _looked(case: Case, view: View, folder: Path) -> Heard:
    explained, bundle = await view.order("explain", connector=case.connector), await view.order("bundle")
    shown = view.show()
    heard = Heard(
        case=case,
        explain=tuple(_explained(explained)),
        show=tuple(_shown(shown, case.connector)),
        verdicts=tuple(str(port["verdict"]) for port in (shown or {}).get("ports", ())),
        failed="" if shown is not None else "no health was ever told",
    )
    if bundle.file is None:
        return replace(heard, replayed=bundle.why or "no file came")
    return replace(heard, replayed=replayed(bundle.file, folder))


def _explained(answered: Answered) -> Iterator[Named]:
    for connector in (answered.body or {}).get("connectors", ()):
        for reason in connector["reasons"]:
            yield Named(key=reason["key"], says=f"{reason['what']} {reason['evidence']} {reason['next_step']}")


def _shown(document: Mapping[str, Any] | None, connector: int) -> Iterator[Named]:
    if document is None:
        return
    network = document.get("network", {})
    for port in document["ports"]:
        if port["port"] == connector:
            for reason in port["reasons"]:
                more = f" {network.get('cause', '')}" if reason["key"].startswith("network.") else ""
                yield Named(key=reason["key"], says=f"{reason['text']}{more}")


def replayed(bundle: bytes, folder: Path) -> str:
    """What the replay of the bundle comes to; "" where every decision is the recorded one."""
    file = folder / "bundle.tar.gz"
    file.write_bytes(bundle)
    try:
        told = list(replay.lines(file, replay.Wish()))
    except Unreadable as error:
        return str(error)
    *words, code = told
    if code == replay.EQUAL:
        return ""
    return " / ".join(str(one) for one in words if not str(one).startswith("20"))
