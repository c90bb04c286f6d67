"""A charger in real processes: simulated world, central system and agent, wired up in one folder.

For demonstration, benchmarks and tests with the real clock. The site file is the one an installer would write.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.json_lines import JsonLines
from tools.processes import ROOT, Child, ChildFailed, OnLine, running

READY_TIMEOUT_S = 15.0
BOOT_TIMEOUT_S = 15.0
VERB_TIMEOUT_S = 20.0
IDENTITY = "DEMO-1"
OF_THE_UNIT = {"MALLOC_ARENA_MAX": "1"}
"""What packaging/evse-agent.service sets that changes how much memory the agent takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPlan:
    """What to start. `settings` are first values of OCPP keys, `board_kind` properties as of `evse-sim run --kind`."""

    folder: Path
    board: str = "sim-single"
    micropython: str = "auto"
    supply_current_a: int = 32
    settings: dict[str, int | str] = field(default_factory=dict)
    board_kind: dict[str, int | str] = field(default_factory=dict)
    commissioning: str = "lab"
    more_site: str = ""
    """Further sections of the site file, as they are written there."""

    @property
    def world(self) -> Path:
        return self.folder / "world"

    @property
    def site_file(self) -> Path:
        return self.folder / "site.toml"

    @property
    def control_socket(self) -> Path:
        return self.folder / "agent.sock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """World and central system, running; the agent is started beside them, as often as need be."""

    plan: StationPlan
    world: Child
    csms: Child
    url: str
    ask_world: JsonLines
    ask_csms: JsonLines


def site_text(plan: StationPlan, url: str) -> str:
    """The site file. Text is quoted as JSON, whose strings are TOML's."""
    settings = "".join(f"{key} = {json.dumps(value)}\n" for key, value in plan.settings.items())
    return f"""board = {json.dumps(str(plan.world / "board.toml"))}

[station]
serial_number = "DEMO-000001"

[site]
country = "DE"
supply_current_a = {plan.supply_current_a}
phases = 3
commissioning = {json.dumps(plan.commissioning)}
{plan.more_site}
[storage]
path = {json.dumps(str(plan.folder / "state"))}

[control]
socket = {json.dumps(str(plan.control_socket))}

[ocpp]
version = "1.6"
url = {json.dumps(url)}
identity = "{IDENTITY}"
security_profile = 0

[ocpp.settings]
{settings}"""


@asynccontextmanager
async def bench(plan: StationPlan, *, on_message: OnLine | None = None) -> AsyncIterator[Bench]:
    """Central system and world, ready, and the site file written; raises ChildFailed.

    `on_message` gets each line the central system prints.
    """
    folder = plan.folder
    for needed in (plan.world, folder / "state"):
        needed.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        csms = await stack.enter_async_context(_running_csms(folder, on_message))
        simulated = await stack.enter_async_context(world(plan))
        ready_line = await csms.ready(READY_TIMEOUT_S)
        await simulated.ready(READY_TIMEOUT_S)
        url = ready_line.split()[1]
        plan.site_file.write_text(site_text(plan, url))
        ask_csms = await _connected(stack, folder / "csms.sock")
        ask_world = await _connected(stack, plan.world / "control.sock")
        yield Bench(plan=plan, world=simulated, csms=csms, url=url, ask_world=ask_world, ask_csms=ask_csms)


@asynccontextmanager
async def _running_csms(folder: Path, on_line: OnLine | None) -> AsyncIterator[Child]:
    arguments = ("--listen", "127.0.0.1:0", "--db", str(folder / "csms.db"), "--control", str(folder / "csms.sock"))
    async with running("evse-csms", "tools.csms", *arguments, log=folder / "csms.log", on_line=on_line) as csms:
        yield csms


@asynccontextmanager
async def world(plan: StationPlan) -> AsyncIterator[Child]:
    """The simulated world of the plan; its meters go on where an earlier one left them."""
    arguments = ("run", "--board", plan.board, "--dir", str(plan.world), "--micropython", plan.micropython)
    kind = [word for name, value in plan.board_kind.items() for word in ("--kind", f"{name}={value}")]
    async with running("evse-sim", "firmware_sim", *arguments, *kind, log=plan.folder / "sim.log") as child:
        yield child


async def _connected(stack: AsyncExitStack, path: Path) -> JsonLines:
    connection = await JsonLines.connected(path)
    stack.callback(connection.close)
    return connection


@asynccontextmanager
async def agent(plan: StationPlan) -> AsyncIterator[Child]:
    """The agent as a service would start it."""
    arguments, log = ("run", "--config", str(plan.site_file)), plan.folder / "agent.log"
    async with running("evse-agent", "agent", *arguments, log=log, environment=OF_THE_UNIT) as child:
        yield child


async def registered(plan: StationPlan) -> None:
    """Once the central system has accepted the charger. Raises TimeoutError."""
    async with asyncio.timeout(BOOT_TIMEOUT_S):
        while True:
            with suppress(ChildFailed):
                if (await evsectl(plan, "ocpp", "status")).get("registration") == "Accepted":
                    return
            await asyncio.sleep(0.5)


async def evsectl(plan: StationPlan, *arguments: str) -> Any:
    """What `evsectl … --json` prints, read; raises ChildFailed with what it said."""
    command = ("-m", "agent.control.cli", "--socket", str(plan.control_socket), *arguments, "--json")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(VERB_TIMEOUT_S):
        output, errors = await process.communicate()
    if process.returncode != 0:
        said = (errors or output).decode(errors="replace").splitlines()
        raise ChildFailed(f"evsectl {' '.join(arguments)} ended with code {process.returncode}", said)
    return json.loads(output)
