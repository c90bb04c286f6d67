"""The agent dies of real signals and of a real mistake, and the next start tells what of: here and from afar."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from agent.control.render import Page
from agent.control.verbs.health import show
from firmware_sim.mqtt_broker import Broker
from tools.code_shape import ROOT
from tools.processes import ChildFailed
from tools.station import StationPlan, agent, evsectl, site_text

pytestmark = pytest.mark.processes

BREAKS = '''
import asyncio
from dataclasses import dataclass
from pathlib import Path

@dataclass(frozen=True, kw_only=True)
class Options:
    when: str

class Breaks:
    """A bus of somebody else's with a mistake in it."""

    def __init__(self, name, options):
        self.name, self._file = name, Path(options.when)

    async def open(self):
        pass

    async def aclose(self):
        pass

    def statistics(self):
        return {}

    async def run(self):
        while not self._file.exists():
            await asyncio.sleep(0.05)
        self._file.unlink()
        int("04A1B2C3D4")

def create(name, options):
    return Breaks(name, options)
'''


def with_a_mistake(folder: Path, more_site: str = "") -> StationPlan:
    """A charger without a world, and with a bus that fails once the file `now` is there."""
    plan = StationPlan(folder=folder, more_site=more_site)
    plan.world.mkdir()
    package = folder / "package" / "breaks-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: breaks\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[evse_agent.drivers]\nbus.breaks = breaks\n")
    (package.parent / "breaks.py").write_text(BREAKS)
    board = (ROOT / "board_configs" / "sim_single.toml").read_text()
    bus = f'[bus.trouble]\nkind = "breaks"\nwhen = "{folder / "now"}"\n\n'
    (plan.world / "board.toml").write_text(board.replace("[token_reader]", f"{bus}[token_reader]"))
    plan.site_file.write_text(site_text(plan, "ws://127.0.0.1:1"))
    return plan


async def told(plan: StationPlan, starts: int) -> dict[str, Any]:
    """Health, once this start is on record."""
    async with asyncio.timeout(15.0):
        while True:
            try:
                body = dict(await evsectl(plan, "health"))
            except ChildFailed:
                await asyncio.sleep(0.2)
                continue
            if len(body["boots"]) == starts:
                return body


def test_what_the_agent_died_of_is_told_by_the_next_start_and_stands_in_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "package"))
    plan = with_a_mistake(tmp_path)

    async def story() -> dict[str, Any]:
        async with agent(plan) as running:
            await told(plan, 1)
            running.process.send_signal(signal.SIGABRT)
            assert await running.process.wait() == -signal.SIGABRT
        async with agent(plan) as running:
            await told(plan, 2)
            (tmp_path / "now").touch()
            assert await running.process.wait() == 1
        async with agent(plan):
            body = await told(plan, 3)
            body |= await evsectl(plan, "health", "crashes", "--limit", "2")
            await evsectl(plan, "bundle", "--to", str(tmp_path / "bundle.tar.gz"))
        return body

    body = asyncio.run(story())

    boots = body["boots"]
    assert [(one["reason"], one.get("ended")) for one in boots] == [
        *(("crash", None), ("crash", "crash"), ("first start", "crash")),
    ]
    words = "invalid literal for int() with base 10: '…'"
    assert boots[1]["crash"].startswith("ended by an exception in package/breaks.py:")
    assert boots[1]["crash"].endswith(f" (Breaks.run): ValueError: {words}")
    assert boots[2]["crash"].startswith("ended by SIGABRT in agent/__main__.py:")
    assert [text.splitlines()[0] for text in body["crashes"]] == [boots[1]["crash"], boots[2]["crash"]]
    page = Page(colour=False)
    show(body, page)
    assert [line for line in page.lines if words in line and "ended by an exception" in line] != []
    with tarfile.open(tmp_path / "bundle.tar.gz") as bundle:
        found = bundle.extractfile("crashes.txt")
        assert found is not None
        kept = io.TextIOWrapper(found, "utf-8").read()
    assert [kept.count(one["crash"]) > 0 for one in boots[1:]] == [True, True]
    assert "04A1B2C3D4" not in kept
    assert sys.executable not in kept


def test_the_will_tells_of_a_program_that_died_and_one_that_ends_in_order_says_so_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "package"))

    async def story() -> list[dict[str, Any]]:
        broker, states = Broker(), asyncio.Queue[dict[str, Any]]()
        topic, port = "evse/v1/SIM-7/state", await broker.open()
        broker.watchers.append(
            lambda message: states.put_nowait(json.loads(message.payload)) if message.topic == topic else None
        )
        plan = with_a_mistake(tmp_path, f'[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\ndevice = "SIM-7"\n')
        told = []
        async with asyncio.timeout(60.0):
            async with agent(plan) as running:
                told.append(await states.get())
                (tmp_path / "now").touch()
                assert await running.process.wait() == 1
                told.append(await states.get())
            async with agent(plan) as running:
                told.append(await states.get())
                running.process.terminate()
                assert await running.process.wait() == 0
                told.append(await states.get())
        await broker.close()
        return told

    born, died, born_again, ended = asyncio.run(story())

    assert died == {"online": False, "session": born["session"]}
    assert ended == {"online": False, "session": born_again["session"], "reason": "stopped"}
