"""A whole run is judged by three witnesses; each of them tampered with on its own is found out."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from firmware_sim import virtual_loop
from firmware_sim.scenario import Action, Actor, Plan
from tests.simulation.stage import CARD
from tools.simulate.run import Options, Stage

ONE_CHARGE = Plan(
    seed=1,
    connectors=(1,),
    duration_s=100.0,
    actions=(
        Action(5.0, Actor.WORLD, "plug_in", (("connector", 1), ("current_a", 32.0))),
        Action(10.0, Actor.WORLD, "swipe", (("token", CARD),)),
        Action(70.0, Actor.WORLD, "swipe", (("token", CARD),)),
        Action(80.0, Actor.WORLD, "plug_out", (("connector", 1),)),
    ),
)


Tamper = Callable[[Stage], Awaitable[None]]


async def nothing(_: Stage) -> None:
    pass


async def ledger_loses_one_wh(stage: Stage) -> None:
    change(stage.ledger_file, "UPDATE transactions SET stop_wh = stop_wh - 1")


async def ledger_loses_the_charge(stage: Stage) -> None:
    change(stage.ledger_file, "DELETE FROM history; DELETE FROM facts; DELETE FROM transactions")


async def ledger_moves_the_charge_to_another_connector(stage: Stage) -> None:
    change(stage.ledger_file, "UPDATE transactions SET connector = 2")


async def central_system_forgets_one_wh(stage: Stage) -> None:
    stage.office.system.record.database.execute("UPDATE charge SET meter_stop_wh = meter_stop_wh - 1")


async def meter_counts_on(stage: Stage) -> None:
    registers = stage.rig.world.outlets[1].registers
    registers.set_power((3_600_000_000, 0, 0))
    await asyncio.sleep(1.0)
    registers.set_power((0, 0, 0))


def change(ledger: Path, sql: str) -> None:
    with closing(sqlite3.connect(ledger)) as database:
        database.executescript(sql)


def judged(tamper: Tamper) -> list[str]:
    """What the verdict finds when one witness was tampered with after the end of the agent."""

    async def played(folder: Path) -> list[str]:
        async with AsyncExitStack() as stack:
            stage = await Stage.set_up(ONE_CHARGE, Options(), folder, stack)
            await stage.play()
            await stage.settle()
            await stage.charger.stop()
            assert stage.breaches() == []
            await tamper(stage)
            return stage.accounts(open_contactors=True)

    with tempfile.TemporaryDirectory(prefix="evse-witnesses-") as folder:
        return virtual_loop.run(played(Path(folder)))


def test_a_charge_of_which_meter_ledger_and_central_system_say_the_same_is_good() -> None:
    assert judged(nothing) == []


@pytest.mark.parametrize(
    ("tamper", "what"),
    [
        (ledger_loses_one_wh, ["never told", "not in the ledger"]),
        (ledger_loses_the_charge, ["not in the ledger"]),
        (ledger_moves_the_charge_to_another_connector, ["not in the ledger"]),
        (central_system_forgets_one_wh, ["1 Wh after the last stop", "never told", "not in the ledger"]),
        (meter_counts_on, ["1 Wh after the last stop"]),
    ],
)
def test_a_witness_that_was_tampered_with_is_found_out(tamper: Tamper, what: list[str]) -> None:
    found = judged(tamper)

    assert all(any(words in problem for problem in found) for words in what), found
