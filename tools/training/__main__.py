"""Starts a scenario in real time and stays until `quit`; with --play a program commissions it, in seconds."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

from firmware_sim import control, render, training
from firmware_sim.bench_keys import LOCAL_KEY_FILE
from firmware_sim.directory import CONTROL_SOCKET
from firmware_sim.service import break_as
from tools.csms.dispatch import carry_out
from tools.demo.commissioning.hands import FIRST_CARD
from tools.simulate.room import NOTHING
from tools.simulate.run import Options, Stage
from tools.sites import networks
from tools.sites.play import PLANNED, SERIAL, play
from tools.training import site_of
from tools.training.talk import Lesson, talk

HELP = "hint | solution | start | stop (what the operator does from afar) | quit"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.training", description=__doc__)
    parser.add_argument("name", metavar="NAME", help="evse-sim scenarios lists them")
    parser.add_argument("--play", action="store_true", help="let a program commission it, and tell what it names")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    try:
        scenario = training.read(given.name)
    except training.NoSuchScenario as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    if given.play:
        return _played(scenario)
    with tempfile.TemporaryDirectory(prefix="evse-training-") as folder, suppress(KeyboardInterrupt):
        asyncio.run(_live(scenario, Path(folder)))
    return 0


def _played(scenario: training.Scenario) -> int:
    heard = play(site_of(scenario))
    first = heard.first or {"test": "nothing", "cause": "", "says": "", "next": ""}
    print(f"{'right' if heard.is_right else 'WRONG'}: {first['test']} {first['cause']}: {first['says']}")
    print(f"next: {first['next']}")
    return 0 if heard.is_right else 1


async def _live(scenario: training.Scenario, folder: Path) -> None:
    async with AsyncExitStack() as stack:
        plain = Options(board=scenario.board, commissioning="required", more_site=PLANNED)
        way = await networks.laid(scenario.network, plain, folder, stack)
        stage = await Stage.set_up(NOTHING, way.options, folder, stack, url=way.url)
        await break_as(stage.rig.world, scenario)
        world = folder / "world"
        await stack.enter_async_context(control.listening(stage.rig.world, world / CONTROL_SOCKET))
        print("\n".join(render.scenario(scenario, hints=0, with_solution=False)))
        print(f"\nThe label says {SERIAL}. In another terminal, as the installer:")
        print(f"  evsectl --socket {folder / 'agent.sock'} commission --key {world / LOCAL_KEY_FILE}")
        print("and in a third one your hands, for example:")
        print(f"  evse-sim do --dir {world} adapter connector=1 state=B")
        print(f"  evse-sim do --dir {world} swipe token={FIRST_CARD}")
        print(f"Here: {HELP}", flush=True)
        lesson = Lesson(hints=scenario.hints, solution=f"{', '.join(scenario.causes)}: {scenario.solution}")
        start = partial(_from_afar, stage, "remote_start", token=FIRST_CARD)
        await talk(lesson, {"start": start, "stop": partial(_from_afar, stage, "remote_stop")}, HELP)
        await stage.charger.stop()


async def _from_afar(stage: Stage, verb: str, **given: str) -> str:
    """What the operator sees of it."""
    told = await carry_out(stage.office.system, {"id": 0, "do": verb, **given})
    if not told["ok"]:
        return f"not sent: {told['error']}"
    return f"the charger answers {told['answer'].get('status', 'with an error')}"


if __name__ == "__main__":
    sys.exit(main())
