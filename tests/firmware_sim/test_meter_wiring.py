"""A place that was wired wrong: what the meter shows of it, and what the charger's board goes on seeing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.installer_adapter import InstallerAdapter
from firmware_sim.meter_readings import readings_of
from tests.firmware_sim.bench import Bench, at_a_charge

ODD_V = (229.0, 230.0, 231.0)
DRAWN_A = 15.996
"""A car that is offered 16 A, by the steps of the duty cycle."""


async def told_apart(at: Bench) -> None:
    for phase, volts in enumerate(ODD_V, 1):
        await at.do("mains", phase=phase, volts=volts)


def shown(folder: Path, way: str, **arguments: object) -> dict[str, Any]:
    """What the meter measures during a charge with 16 A and three voltages that can be told apart."""

    async def story(at: Bench) -> dict[str, Any]:
        await told_apart(at)
        await at.do("fault", name=way, connector=1, **arguments)
        return dict(readings_of(at.outlet, 0))

    return at_a_charge(folder, story)


def three(readings: dict[str, Any], what: str) -> list[float]:
    return [round(float(readings[f"{what}_l{phase}"])) for phase in (1, 2, 3)]


def watts(*volts: float) -> list[float]:
    return [round(DRAWN_A * each) for each in volts]


def test_phases_that_are_exchanged_at_the_meter_bring_their_voltages_along(tmp_path: Path) -> None:
    readings = shown(tmp_path, "meter_crossed", phase=1, other=3)

    assert three(readings, "voltage") == [231, 230, 229]
    assert three(readings, "power") == watts(231, 230, 229)


def test_transformers_that_are_exchanged_show_a_third_of_a_turn_and_no_voltage_tells_it(tmp_path: Path) -> None:
    readings = shown(tmp_path, "meter_crossed", phase=1, other=2, with_voltage=False)

    assert three(readings, "voltage") == [229, 230, 231]
    assert three(readings, "power") == watts(-229 / 2, -230 / 2, 231)


def test_a_current_the_wrong_way_round_is_negative_power_and_no_import(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[dict[str, Any], list[int]]:
        await told_apart(at)
        await at.do("fault", name="meter_reversed", connector=1, phase=2)
        before_pj = at.outlet.registers.read_pj()
        await asyncio.sleep(60)
        gained = [now > was for now, was in zip(at.outlet.registers.read_pj(), before_pj, strict=True)]
        return dict(readings_of(at.outlet, 0)), [int(one) for one in gained]

    readings, gained = at_a_charge(tmp_path, story)

    assert three(readings, "power") == watts(229, -230, 231)
    assert three(readings, "current") == [16, 16, 16]
    assert gained == [1, 0, 1]


def test_another_ratio_of_transformers_scales_current_and_power(tmp_path: Path) -> None:
    readings = shown(tmp_path, "meter_ratio", factor=0.5)

    assert three(readings, "current") == [8, 8, 8]
    assert three(readings, "power") == watts(229 / 2, 230 / 2, 231 / 2)


def test_a_loose_terminal_of_the_supply_takes_voltage_with_the_current_and_is_mended(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[list[float], list[float], int]:
        await at.do("fault", name="supply_resistance", connector=1, ohm=1.5)
        under_load = [mv / 1000 for mv in at.outlet.mains.phases_mv]
        await at.do("heal")
        mended = [mv / 1000 for mv in at.outlet.mains.phases_mv]
        await at.do("fault", name="supply_resistance", connector=1, ohm=1.5)
        at.world.car(1).suspend()
        await asyncio.sleep(10)
        return under_load, mended, at.outlet.mains.phases_mv[0]

    under_load, mended, at_rest_mv = at_a_charge(tmp_path, story)

    assert under_load == pytest.approx([230 - 1.5 * DRAWN_A] * 3)
    assert mended == [230.0] * 3
    assert at_rest_mv == 230_000


@pytest.mark.parametrize("phase", [1, 2, 3])
def test_a_single_phase_load_hangs_on_the_phase_that_was_asked_for(phase: int) -> None:
    adapter = InstallerAdapter(state="C", load_a=8.0, only_phase=phase, live=True)

    assert adapter.phase_ma() == tuple(8000 if one == phase else 0 for one in (1, 2, 3))
