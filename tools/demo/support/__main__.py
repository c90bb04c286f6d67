"""`python -m tools.demo.support`: broker, charger, collector and a person of support; told as it happens.

With `--stay` everything runs on until Ctrl-C, and the commands to try by hand are printed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tools.brokers import broker
from tools.demo.screen import Screen
from tools.json_lines import JsonLines, Refused
from tools.processes import ROOT, ChildFailed, end_in_order_when_told, leaves
from tools.station import StationPlan, agent, bench, registered
from tools.support_desk import Desk

EXIT_INTERRUPTED = 130
DEVICE = "DEMO-000001"
SEEN_WITHIN_S = 60.0
SETTLES_S = 2.0
CARD = "04A1B2C3"


class DemoBroken(Exception):
    """The tool did not say what it should; the text says what."""


def main() -> None:
    parser = argparse.ArgumentParser(description="A charger helped from afar, with evse-support alone.")
    parser.add_argument("--stay", action="store_true", help="go on until Ctrl-C, to try it by hand")
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs and databases")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="evse-support-demo-"))
    screen = Screen(sys.stdout)
    try:
        code = asyncio.run(_shown(folder, screen, stays=given.stay))
    except (KeyboardInterrupt, asyncio.CancelledError):
        screen.fact("Stopped; all programs have ended.")
        code = EXIT_INTERRUPTED
    if given.keep or code == 1:
        screen.fact(f"Logs and databases: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


async def _shown(folder: Path, screen: Screen, *, stays: bool) -> int:
    end_in_order_when_told()
    failed: list[BaseException] = []
    try:
        await _perform(folder, screen, stays=stays)
    except* (DemoBroken, ChildFailed, Refused, ConnectionError, TimeoutError) as failures:
        failed.extend(leaves(failures))
    for failure in failed:
        screen.bad(f"The demonstration failed: {failure}")
        for line in getattr(failure, "tail", ()):
            screen.fact(f"   {line}")
    return 1 if failed else 0


async def _perform(folder: Path, screen: Screen, *, stays: bool) -> None:
    screen.headline("A broker, a charger that tells of itself there, and a collector for the history")
    with broker(folder) as (port, who):
        screen.fact(f"   {who} listens at port {port}")
        desk = Desk(folder, port, "anna")
        engineer = Engineer(desk, screen)
        plan = StationPlan(folder=folder, more_site=desk.site(ALLOWED))
        async with bench(plan) as running, agent(plan), desk.collecting():
            await registered(plan)
            await _story(engineer, running.ask_world)
            if stays:
                screen.headline("Everything runs on; Ctrl-C ends it. To try:")
                screen.fact(f"   alias es='{sys.executable} -m tools.support --config {engineer.config}'")
                screen.fact(f"   es fleet; es watch {DEVICE}; es explain {DEVICE}; es do")
                screen.fact(f"   evse-sim do --dir {plan.world} faults")
                await asyncio.Event().wait()


ALLOWED = (
    "health", "health history", "health crashes", "explain", "status", "version", "events", "bundle", "live", "load",
    "metrics", "metrics prometheus", "meter-trace", "ocpp status", "ocpp trace", "config check", "config diff",
    "config explain", "faults list", "faults clear", "selftest list", "selftest show", "selftest run",
    "selftest health", "evidence make", "evidence list", "evidence wear", "log-level", "unlock", "network check",
    "network wifi", "uptime", "uptime sessions", "restart service", "restart system", "restart board", "restart modem",
)  # fmt: skip


class Engineer:
    """Who sits far away. `says` runs evse-support, shows what it prints, and wants `wanted` in it."""

    def __init__(self, desk: Desk, screen: Screen) -> None:
        self.config, self.screen = desk.config, screen

    async def says(self, *words: str, wanted: str = "", code: int = 0) -> str:
        self.screen.headline(f"$ evse-support {' '.join(words)}")
        output, returned = await self.runs(*words)
        for line in output.splitlines():
            self.screen.fact(f"   {line}")
        if wanted not in output or returned != code:
            raise DemoBroken(f'"{" ".join(words)}" ended with {returned}, and should with {code} and say "{wanted}"')
        return output

    async def runs(self, *words: str) -> tuple[str, int]:
        """What it prints, and its exit code."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tools.support", "--config", str(self.config), *words,
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "COLUMNS": "120"},
        )  # fmt: skip
        async with asyncio.timeout(120):
            output, _ = await process.communicate()
        return output.decode(), process.returncode or 0

    async def sees(self, wanted: str, *words: str) -> None:
        """Once it does; each look is a program of its own, and takes its time."""
        async with asyncio.timeout(SEEN_WITHIN_S):
            while wanted not in (await self.runs(*words))[0]:
                pass


async def _story(engineer: Engineer, world: JsonLines) -> None:
    await engineer.sees(DEVICE, "fleet", "--once")
    await engineer.sees("Available", "fleet", "--once")
    await engineer.says("explain", DEVICE, wanted="no car")
    await engineer.says("case", "open", DEVICE, "--id", "T-17", "--what", "plugged in, nothing happens", wanted="T-17")
    await world.ask("plug_in", connector=1)
    await engineer.sees("Preparing", "fleet", "--once")
    await engineer.says("fleet", "--match", "DEMO", wanted="1 Preparing")
    await engineer.says("explain", DEVICE, wanted="would start: show a card")
    await world.ask("swipe", token=CARD)
    await engineer.sees("Charging", "fleet", "--once")
    await engineer.says("explain", DEVICE, wanted="charging")
    await engineer.says("do", DEVICE, "live", "--seconds", "2", "--hz", "2", wanted="connector 1")
    await engineer.says("bundle", DEVICE, "--to", str(engineer.config.parent / "b.tar.gz"), wanted="SHA-256 checked")
    await engineer.says("case", "close", "T-17", "--solved", "remote", "--remedy", "told the driver to show the card")
    screen = engineer.screen
    screen.headline("The contactor sticks, and the car leaves")
    await world.ask("fault", name="weld")
    await world.ask("plug_out", connector=1)
    await engineer.sees("contactor.welded", "fleet", "--once")
    await engineer.says("fleet", wanted="down")
    await engineer.says("explain", DEVICE, wanted="hardware      blocks")
    await asyncio.sleep(SETTLES_S)
    await engineer.says("history", DEVICE, "--kind", "events", wanted="session.authorized")
    await engineer.says("case", "list", wanted="T-17")


if __name__ == "__main__":
    main()
