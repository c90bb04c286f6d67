"""`python -m tools.demo.commissioning`: ends with 0 where the faulty site was named and the good one is in service."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.control.registry import find
from agent.control.render import Page
from tools.demo.commissioning.automatic import AutomaticInstaller
from tools.demo.commissioning.hands import Hands, NoAnswer
from tools.demo.screen import Screen
from tools.json_lines import Refused
from tools.processes import ChildFailed, end_in_order_when_told, leaves
from tools.station import StationPlan, agent, bench, registered

EXIT_INTERRUPTED = 130
CIRCUIT = """
[circuit]
breaker_current_a = 32
cable_section_mm2 = 10
cable_length_m = 18
laying = "B2"
earthing = "TN-S"
rcd = "A"
dc_detection = "charger"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOfDemo:
    """What is wrong there, by a way to break of the simulated world, and the cause that has to be named first."""

    name: str
    what: str
    way: str = ""
    cause: str = ""


FAULTY = SiteOfDemo(name="faulty", what="the meter's cable is not plugged in", way="meter_silent", cause="meter.comm")
GOOD = SiteOfDemo(name="good", what="everything is as it should be")


def main() -> None:
    parser = argparse.ArgumentParser(description="A faulty site and a good one, commissioned in real processes.")
    parser.add_argument("--site", choices=["faulty", "good", "both"], default="both", help="the good one takes longer")
    parser.add_argument(
        "--micropython", default="auto", help="who runs the pilot board's firmware, as `evse-sim run` has it"
    )
    parser.add_argument("--keep", action="store_true", help="keep the folders with logs and databases")
    given = parser.parse_args()
    sites = [site for site in (FAULTY, GOOD) if given.site in ("both", site.name)]
    screen = Screen(sys.stdout)
    codes = [0]
    for site in sites:
        if codes[-1] != EXIT_INTERRUPTED:
            codes.append(_shown(site, screen, given.micropython, keep=given.keep))
    sys.exit(max(codes))


def _shown(site: SiteOfDemo, screen: Screen, micropython: str, *, keep: bool) -> int:
    folder = Path(tempfile.mkdtemp(prefix=f"evse-{site.name}-"))
    plan = StationPlan(folder=folder, micropython=micropython, commissioning="required", more_site=CIRCUIT)
    try:
        code = asyncio.run(_commissioned(site, plan, screen))
    except (KeyboardInterrupt, asyncio.CancelledError):
        code = EXIT_INTERRUPTED
    except BaseExceptionGroup as failures:
        for failure in leaves(failures):
            screen.bad(f"The demonstration failed: {failure}")
            for line in getattr(failure, "tail", ()):
                screen.message(line)
            if not isinstance(failure, ChildFailed | Refused | NoAnswer | ConnectionError | OSError):
                raise
        code = 1
    if keep or code:
        screen.fact(f"Logs and databases: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return code


async def _commissioned(site: SiteOfDemo, plan: StationPlan, screen: Screen) -> int:
    end_in_order_when_told()
    screen.headline(f"A {site.name} site: {site.what}")
    async with bench(plan) as running, agent(plan) as charger:
        try:
            await registered(plan)
        except TimeoutError:
            raise ChildFailed("the charger was not registered in time:", charger.tail()) from None
        if site.way:
            await running.ask_world.ask("fault", name=site.way, connector=1)
        installer = AutomaticInstaller(
            bench=running,
            hands=Hands(),
            on_part=lambda part: _show(part, screen),
            on_answer=lambda question, answer: screen.message(f"{question}  {answer}"),
        )
        began = time.monotonic()
        code = await installer.commission()
        screen.fact(f"evsectl commission ended with {code} after {time.monotonic() - began:.0f} s")
    return _judged(site, code, installer.told("summary"), screen)


def _judged(site: SiteOfDemo, code: int, summaries: list[dict[str, Any]], screen: Screen) -> int:
    """Whether the demonstration showed what it is there to show."""
    if not summaries:
        screen.bad("the commissioning came to no end")
        return 1
    named = [root["cause"] for root in summaries[0]["diagnosis"]]
    if site.cause:
        is_right = code == 1 and named[:1] == [site.cause]
        words = f"named first: {named[0] if named else 'nothing'}; broken: {site.cause}"
    else:
        is_right = code == 0 and not named
        words = "complete, and in service" if is_right else "a good site was not found good"
    (screen.good if is_right else screen.bad)(f"   {words}")
    return 0 if is_right else 1


def _show(part: dict[str, Any], screen: Screen) -> None:
    page = Page()
    find("commission").show(part, page)
    for line in page.lines:
        screen.fact(line)
    if page.awaited and screen.is_live:
        screen.live(page.awaited)


if __name__ == "__main__":
    main()
