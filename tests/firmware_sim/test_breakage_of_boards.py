"""What an installer's adapter shows, and faults that a board has out of its box: found by self-tests alone."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from statistics import pstdev

import pytest

from firmware_sim import verbs
from firmware_sim.bench_keys import LOCAL_KEY, LOCAL_KEY_FILE, SERVICE_KEY_FILE
from firmware_sim.gpio_devices import Contact
from firmware_sim.virtual_loop import run
from tests.firmware_sim.bench import Bench, at_a_charge, at_rest, rig_of


def test_a_drifted_series_resistor_shows_in_the_level_of_a_car(tmp_path: Path) -> None:
    async def story(at: Bench) -> list[int]:
        await at.do("adapter", state="B")
        whole = at.outlet.pilot_read().high_mv
        await at.do("fault", name="cp_resistor", ohm=1_150)
        drifted = at.outlet.pilot_read().high_mv
        await at.do("heal")
        return [whole, drifted, at.outlet.pilot_read().high_mv]

    whole, drifted, healed = at_rest(tmp_path, story)

    # (V - 0.7) / 2740 ohm flows through the resistor: pilot.md, 8.1.
    assert whole == healed == pytest.approx(8_978, abs=5)
    assert drifted == pytest.approx(12_000 - 1_150 * (drifted - 700) / 2_740, abs=5)


def test_noise_scatters_what_the_board_reads_and_ends(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[list[int], list[int]]:
        await at.do("fault", name="cp_noise", mv=100)
        noisy = await readings(at)
        await at.do("heal")
        return noisy, await readings(at)

    noisy, quiet = at_rest(tmp_path, story)

    assert 70 < pstdev(noisy) < 130
    assert pstdev(quiet) == 0


async def readings(at: Bench) -> list[int]:
    found = []
    for _ in range(100):
        await asyncio.sleep(0.02)
        found.append(at.outlet.pilot_read().high_mv)
    return found


def test_a_pilot_switch_that_sticks_cuts_nothing(tmp_path: Path) -> None:
    async def story(at: Bench) -> list[int]:
        await at.do("adapter", state="B")
        await at.do("fault", name="cp_switch")
        at.outlet.disconnect_pilot(True)
        stuck = at.outlet.pilot_window().high_mv
        at.outlet.disconnect_pilot(False)
        await at.do("heal")
        at.outlet.disconnect_pilot(True)
        return [stuck, at.outlet.pilot_window().high_mv]

    assert at_rest(tmp_path, story) == [8_979, 12_000]


@pytest.mark.parametrize(("held", "closed"), [(False, False), (True, True)])
def test_a_bridged_charge_pump_holds_the_contactor_of_a_program_that_stands_still(
    held: bool, closed: bool, tmp_path: Path
) -> None:
    async def story(at: Bench) -> bool:
        if held:
            await at.do("fault", name="chain_held")
        await at.do("fault", name="mcu_hang")
        await asyncio.sleep(0.1)
        is_closed = at.outlet.contactor.main_closed
        await at.do("heal")
        return is_closed

    assert at_a_charge(tmp_path, story) is closed


@pytest.mark.parametrize("pole", [1, 2, 3])
def test_one_pole_welds_alone(pole: int, tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[bool, ...]:
        await at.do("fault", name="weld", pole=pole)
        await at.do("plug_out")
        await asyncio.sleep(1)
        poles = at.outlet.contactor.poles
        await at.do("heal")
        return poles

    assert at_a_charge(tmp_path, story) == tuple(each == pole for each in (1, 2, 3))


def test_an_adapter_without_earth_is_no_plug_for_pilot_and_proximity(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[float, float]:
        await at.do("adapter", state="C")
        await at.do("wait", until="closed", timeout_s=20)
        began = asyncio.get_running_loop().time()
        await at.do("adapter", state="C", pe="open")
        await at.do("wait", until="open", timeout_s=1)
        return asyncio.get_running_loop().time() - began, at.outlet.pilot_window().high_mv

    took_s, high_mv = at_rest(tmp_path, story)

    assert took_s <= 0.1
    assert high_mv == 12_000


def test_the_keys_of_every_simulated_unit_lie_beside_it_for_its_owner_alone(tmp_path: Path) -> None:
    async def story() -> list[bytes]:
        async with rig_of(tmp_path, board="sim-dual") as rig:
            return [board.kept["local_key"] for board in rig.world.boards.values()]

    assert run(story()) == [LOCAL_KEY, LOCAL_KEY]
    assert bytes.fromhex((tmp_path / LOCAL_KEY_FILE).read_text()) == LOCAL_KEY
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in (LOCAL_KEY_FILE, SERVICE_KEY_FILE)] == [0o600, 0o600]


@pytest.mark.parametrize("board", ["sim-single", "sim-dual", "sim-socket"])
def test_a_button_is_pressed_and_let_go(board: str, tmp_path: Path) -> None:
    async def story() -> list[bool]:
        async with rig_of(tmp_path, board=board) as rig:
            (placed,) = rig.world.contacts
            assert isinstance(placed.contact, Contact)
            level = partial(getattr, placed.contact, "is_actuated")
            pressed = [level()]
            await verbs.perform(rig.world, "press", {"what": "button", "for_s": 1})
            pressed.append(level())
            await asyncio.sleep(1.1)
            return [*pressed, level()]

    assert run(story()) == [False, True, False]
