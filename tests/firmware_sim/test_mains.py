"""The supply: a voltage for each phase, what of it is live, and how verbs change it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.board_pins import new_inputs, show
from firmware_sim.mains import SWAPPED, Mains
from tests.firmware_sim.bench import Bench, at_rest


def test_one_phase_may_differ_and_a_missing_one_has_nothing() -> None:
    mains = Mains(phases=2).with_phase(2, 200.0)

    assert mains.phases_mv == (230_000, 200_000, 0)
    assert mains.with_phase(2, 230.0).phases_mv == (230_000, 230_000, 0)


@given(st.floats(0, 300))
def test_without_voltage_there_is_no_frequency(volts: float) -> None:
    mains = Mains(volts=volts)

    assert mains.mhz == (50_000 if mains.is_live else 0)
    assert mains.is_live == (volts >= 80)


@pytest.mark.parametrize("wrong", [{"volts": 301}, {"hz": 70}, {"phases": 4}, {"rotation": "left"}, {"crest": 9}])
def test_what_no_supply_can_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Mains(**wrong)  # type: ignore[arg-type]


def test_everything_a_person_changes_reaches_the_pins(tmp_path: Path) -> None:
    async def story(at: Bench) -> list[object]:
        inputs = new_inputs()
        await at.do("mains", volts=225, hz=51, rotation=SWAPPED, neutral_earth_v=12)
        await at.do("mains", volts=210, phase=2)
        await at.do("supply", rail="12V", volts=11.5)
        await at.do("supply", rail="+12V", volts=11.75)
        show(at.outlet, inputs)
        return [
            inputs.voltage_mv, inputs.mains_mhz, inputs.rotation_ok, inputs.earth_neutral_mv, inputs.supply_mv,
            inputs.plus_mv, inputs.minus_mv, inputs.earth_edges,
        ]  # fmt: skip

    assert at_rest(tmp_path, story) == [(225_000, 210_000, 225_000), 51_000, False, 12_000, 11_500, 11_750, -12_000, 10]


def test_a_healthy_world_shows_healthy_pins(tmp_path: Path) -> None:
    async def story(at: Bench) -> dict[str, object]:
        await asyncio.sleep(10)
        inputs = new_inputs()
        show(at.outlet, inputs)
        return dict(vars(inputs))

    shown = at_rest(tmp_path, story)

    assert shown["ntc_codes"] == (2048, 2048, 2048, 2048) or shown["ntc_codes"] == (2047, 2047, 2047, 2047)
    assert shown["earth_edges"] == 10
    assert shown["load_edges"] == (0, 0, 0)
    assert (shown["residual"], shown["chain_ok"], shown["rotation_ok"]) == (0, True, True)
    assert (shown["plus_mv"], shown["minus_mv"], shown["supply_mv"]) == (12_000, -12_000, 12_000)


def test_a_brown_out_of_the_boards_own_supply_resets_it(tmp_path: Path) -> None:
    async def story(at: Bench) -> int:
        await at.do("supply", rail="3.3V", volts=2.5)
        await asyncio.sleep(2)
        return at.world.boards[1].boots

    assert at_rest(tmp_path, story) == 2


def test_a_leak_trips_while_the_car_charges_and_not_before(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[int, bool, bool]:
        await at.do("leak", kind="dc", ma=100)
        await asyncio.sleep(10)
        before = at.outlet.parts.residual.bits
        await at.do("plug_in")
        await at.do("wait", until="closed", timeout_s=30)
        await at.do("wait", until="open", timeout_s=5)
        return before, at.outlet.parts.residual.latched, at.outlet.chain_ok()

    assert at_rest(tmp_path, story) == (0, True, False)
