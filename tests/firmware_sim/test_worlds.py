"""Equal seeds give equal worlds, in this process and in any other; meters outlive their world."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_sim.energy import MemoryRegisters
from firmware_sim.firmware import load_module
from firmware_sim.rig import Rig
from firmware_sim.scenario import Action, Actor, Plan, draw, play
from firmware_sim.trace import Trace, record_world
from firmware_sim.verbs import perform
from firmware_sim.virtual_loop import run
from tests.firmware_sim.bench import Bench, Misbehaving, bench, rig_of
from tests.searching import at_length


async def live_through(plan: Plan, at: Bench, trace: Trace) -> None:
    """The world's part of the plan; what network and agent would do is left out."""

    async def act(action: Action) -> None:
        if action.actor is Actor.WORLD:
            await perform(at.world, action.verb, action.given)
            trace.add("plan", action.verb)

    await play(plan, act)


def lived(folder: Path, seed: int, duration_s: float = 300.0) -> Trace:
    async def main() -> Trace:
        async with bench(folder, seed=seed) as at:
            at.world.central_system = Misbehaving()
            trace = Trace(at.world.timeline.now_us)
            record_world(at.world, trace)
            await live_through(draw(seed, duration_s=duration_s), at, trace)
            trace.add("host", "heard", octets=len(at.host.received), damaged=at.host.damaged)
            return trace

    return run(main())


@pytest.mark.parametrize("seed", range(at_length(8, 24)))
def test_every_plan_can_be_lived_through_and_breaks_no_rule(tmp_path: Path, seed: int) -> None:
    assert lived(tmp_path, seed).count > 5


@pytest.mark.parametrize("seed", [3, 11])
def test_equal_seeds_give_equal_worlds(tmp_path: Path, seed: int) -> None:
    first, second = lived(tmp_path / "one", seed), lived(tmp_path / "two", seed)

    assert first.text() == second.text()
    assert first.fingerprint() == second.fingerprint()


def test_another_seed_gives_another_world(tmp_path: Path) -> None:
    assert lived(tmp_path, 1).fingerprint() != lived(tmp_path, 2).fingerprint()


PROGRAM = """
import sys
from pathlib import Path
from tests.firmware_sim.test_worlds import lived
print(lived(Path(sys.argv[1]), 11).fingerprint())
"""


@pytest.mark.processes
@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_a_world_does_not_depend_on_the_order_of_hashes(tmp_path: Path, hash_seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "other")]

    other = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert other.stdout.strip() == lived(tmp_path / "own", 11).fingerprint()


def test_a_world_that_starts_again_keeps_its_meters_and_nothing_else(tmp_path: Path) -> None:
    registers = MemoryRegisters()

    async def charge(rig: Rig) -> int:
        await asyncio.sleep(10)  # the board tests itself, and every change of the outlet sets the power anew
        rig.world.outlet(1).registers.set_power((10**9, 10**9, 10**9))
        await asyncio.sleep(3_600)
        wh: int = rig.world.status()["connectors"][0]["meter"]["register_wh"]
        return wh

    async def main() -> list[int]:
        async with rig_of(tmp_path, registers=registers, meter_wh=500) as rig:
            before_wh = await charge(rig)
            await perform(rig.world, "plug_in", {})
        async with rig_of(tmp_path, registers=registers, meter_wh=500) as rig:
            status = rig.world.status()["connectors"][0]
            assert status["plugged"] is None
            return [before_wh, status["meter"]["register_wh"]]

    assert run(main()) == [3_500, 3_500]


def test_a_broken_board_file_leaves_no_wires_behind(tmp_path: Path) -> None:
    from firmware_sim.board_file import BoardUnusable

    async def main() -> None:
        async with rig_of(tmp_path / "world", board=str(file)):
            pass

    file = tmp_path / "board.toml"
    file.write_text((Path("board_configs") / "sim_single.toml").read_text().replace("eastron-sdm630", "nobody"))
    with pytest.raises(BoardUnusable):
        run(main())

    assert [entry for entry in (tmp_path / "world").iterdir() if entry.is_symlink()] == []


def test_a_board_speaks_the_language_of_the_firmware_beside_us(tmp_path: Path) -> None:
    async def main() -> str:
        async with bench(tmp_path) as at:
            await asyncio.sleep(1)
            table_hash: str = at.host.identities[0][1]
            return table_hash

    assert run(main()) == load_module("messages").table_hash()
