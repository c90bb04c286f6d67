"""`evse-sim run`: one world, from the making of its folder to SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from firmware_sim import board_file, control, training, verbs
from firmware_sim.arguments import BadArgument, NotNow
from firmware_sim.board_file import BoardUnusable
from firmware_sim.board_kind import kind_words
from firmware_sim.directory import CONTROL_SOCKET, DirectoryTaken, taken
from firmware_sim.energy import RegistersUnreadable
from firmware_sim.firmware import FirmwareMissing
from firmware_sim.outcome import EXIT_FAILED, EXIT_REFUSED, EXIT_WRONG_USE
from firmware_sim.rig import Rig, RigOptions
from firmware_sim.world import World

AUTO, NEVER = "auto", "never"


class CannotRun(Exception):
    """The world did not come to be, or could not go on; `code` is the exit code that says so."""

    def __init__(self, code: int, what: object) -> None:
        super().__init__(str(what))
        self.code = code


def run(given: argparse.Namespace, say: Callable[[str], None]) -> None:
    """Live until SIGTERM or SIGINT; `say` tells a line to whoever started us. Raises CannotRun."""
    try:
        scenario = training.read(given.scenario) if given.scenario else None
        board = board_file.read(board_file.find(_board_name(given.board, scenario)))
        options = RigOptions(
            directory=given.dir,
            seed=given.seed,
            meter_wh=given.meter_wh,
            micropython=_interpreter(given.micropython),
            boot_ids=random.SystemRandom(),
            kind=_kind(given.kind),
            spread=given.spread,
        )
        with taken(given.dir):
            asyncio.run(_live(Rig(board, options), say, scenario))
    except (BoardUnusable, BadArgument, training.NoSuchScenario) as error:
        raise CannotRun(EXIT_WRONG_USE, error) from error
    except (DirectoryTaken, RegistersUnreadable, NotNow) as error:
        raise CannotRun(EXIT_REFUSED, error) from error
    except (OSError, FirmwareMissing) as error:
        raise CannotRun(EXIT_FAILED, error) from error


async def _live(rig: Rig, say: Callable[[str], None], scenario: training.Scenario | None) -> None:
    """Says `ready`, and goes on until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with rig:
        if scenario is not None:
            await break_as(rig.world, scenario)
            say(f"broken as in the scenario {scenario.name}")
        runners = sorted({board.firmware for board in rig.world.boards.values()})
        say(f"pilot board firmware runs on {', '.join(runners)}")
        async with control.listening(rig.world, rig.board_path.with_name(CONTROL_SOCKET)):
            say("ready")
            await stop.wait()


def _board_name(given: str, scenario: training.Scenario | None) -> str:
    """Raises BadArgument."""
    if given:
        return given
    if scenario is None:
        raise BadArgument("--board: is missing; name a file of board_configs/, or a --scenario")
    return scenario.board


async def break_as(world: World, scenario: training.Scenario) -> None:
    """Everything that the scenario has broken. Raises BadArgument and NotNow for one that does not fit this board."""
    for name, given in scenario.broken:
        await verbs.perform(world, "fault", {"name": name, "connector": scenario.connector, **given})


def _kind(pairs: Sequence[str]) -> dict[str, int | str]:
    """Properties of the boards as they were typed. Raises BadArgument."""
    words: dict[str, int | str] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise BadArgument(f"kind: {pair!r} is not key=value, for example wake_up_s=30")
        words[name] = int(text) if text.isascii() and text.isdigit() else text
    kind_words(tethered=True, given=words)
    return words


def _interpreter(wanted: str) -> Path | None:
    """Where MicroPython is; None for CPython. Raises BoardUnusable for a path where there is none."""
    if wanted == NEVER:
        return None
    if wanted == AUTO:
        # Not imported by a world that runs without it.
        from firmware_sim.micropython_board import find_micropython

        return find_micropython()
    named = shutil.which(wanted)
    if named is None:
        raise BoardUnusable(f"--micropython {wanted}: there is no such program; use auto or never")
    return Path(named)
