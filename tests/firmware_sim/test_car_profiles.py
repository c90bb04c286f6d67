"""Each profile charges in its own way, and the habits it is named for can be seen."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import render, verbs
from firmware_sim.arguments import BadArgument
from firmware_sim.car_profiles import PROFILES, habits_of
from firmware_sim.ev import Car
from firmware_sim.firmware import load_module
from firmware_sim.pilot_circuit import state_shown
from firmware_sim.virtual_loop import run
from tests.firmware_sim.bench import Bench, bench

codes: Any = load_module("fault_codes")

SLEEPERS: dict[str, dict[str, int]] = {
    "sleeping_4s": {"wake_up_s": 30},
    "sleeping_30s": {"wake_up_s": 30, "second_wake_up": 1},
}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_car_of_each_profile_charges(profile: str, tmp_path: Path) -> None:
    async def main() -> float:
        async with bench(tmp_path, kind=SLEEPERS.get(profile, {})) as at:
            await at.do("plug_in", profile=profile)
            await at.do("wait", until="charging", timeout_s=180)
            await asyncio.sleep(1)
            car = at.outlet.plugged
            assert isinstance(car, Car)
            return car.energy_wh

    assert run(main()) > 0


def test_a_profile_that_nobody_knows_is_answered_with_all_names() -> None:
    with pytest.raises(BadArgument, match=r"profile: 'tractor' is not one of plain, slow_stop, .*false_start"):
        habits_of("tractor")


def test_the_profiles_are_listed_for_people(tmp_path: Path) -> None:
    async def main() -> str:
        async with bench(tmp_path) as at:
            return render.text("profiles", await verbs.perform(at.world, "profiles", {}))

    assert "greedy               draws 5 % more than it is offered" in run(main()).splitlines()


def shown_states(at: Bench) -> list[tuple[float, str]]:
    """From now on, every state that the pilot shows, and when; filled while the world runs."""
    clock = asyncio.get_running_loop().time
    seen: list[tuple[float, str]] = []

    def look(_outlet: object) -> None:
        state = state_shown(at.outlet.pilot_window())
        if not seen or seen[-1][1] != state:
            seen.append((clock(), state))

    at.world.observers.append(look)
    return seen


def test_a_slow_car_stops_just_in_time(tmp_path: Path) -> None:
    async def main() -> tuple[float, set[int]]:
        async with bench(tmp_path) as at:
            await at.charging(profile="slow_stop")
            seen = shown_states(at)
            at.outlet.settle()
            at.host.permit = False
            withdrawn_at = await stops_offering(at)
            await asyncio.sleep(4)
            return next(at_s for at_s, state in seen if state == "B") - withdrawn_at, at.host.fault_codes

    stopped_after_s, faults = run(main())

    assert stopped_after_s == pytest.approx(2.9, abs=0.01)
    assert faults == set()


async def stops_offering(at: Bench) -> float:
    """The moment."""
    assert await at.world.until(1, lambda outlet: outlet.offered_a() == 0, 10)
    return asyncio.get_running_loop().time()


def test_a_greedy_car_draws_five_percent_more_and_is_borne(tmp_path: Path) -> None:
    async def main() -> tuple[int, set[int], bool]:
        async with bench(tmp_path) as at:
            await at.charging(profile="greedy", current_a=32)
            await asyncio.sleep(30)
            return max(at.outlet.phase_ma()), at.host.fault_codes, at.outlet.is_live

    drawn_ma, faults, live = run(main())

    assert drawn_ma == pytest.approx(15_996 * 1.05, abs=1)
    assert (faults, live) == (set(), True)


def test_a_flapping_car_is_told_and_stopped(tmp_path: Path) -> None:
    async def main() -> set[int]:
        async with bench(tmp_path) as at:
            await at.do("plug_in", profile="flapping")
            seen: set[int] = set()
            for _ in range(60):
                await asyncio.sleep(1)
                seen |= at.host.fault_codes
            return seen

    assert codes.CP_UNSTABLE in run(main())


@pytest.mark.parametrize("profile", ["hybrid_pulse", "hybrid_gap"])
def test_a_hybrid_shows_b_after_a_change_of_duty_and_charges_on(profile: str, tmp_path: Path) -> None:
    async def main() -> tuple[list[float], int]:
        async with bench(tmp_path) as at:
            await at.charging(profile=profile)
            await asyncio.sleep(6)
            seen = shown_states(at)
            at.outlet.settle()
            before_a = at.outlet.offered_a()
            at.host.offer_da = 100
            assert await at.world.until(1, lambda outlet: outlet.offered_a() != before_a, 10)
            changed_at = asyncio.get_running_loop().time()
            await asyncio.sleep(2)
            return [at_s - changed_at for at_s, _ in seen[1:]], at.outlet.contactor.closings

    (falls_s, rises_s), closings = run(main())
    habits = PROFILES[profile]

    assert falls_s == pytest.approx(habits.dip_after_s, abs=0.003)
    assert rises_s - falls_s == pytest.approx(habits.dip_s, abs=0.003)
    assert closings == 1


def test_a_false_start_closes_nothing(tmp_path: Path) -> None:
    async def main() -> tuple[list[str], int]:
        async with bench(tmp_path) as at:
            seen = shown_states(at)
            await at.do("plug_in", profile="false_start", ready_delay_s=20)
            await asyncio.sleep(15)
            return [state for _, state in seen], at.outlet.contactor.closings

    assert run(main()) == (["B", "C", "B"], 0)


def test_a_sleeping_car_never_asks_where_nobody_wakes_it(tmp_path: Path) -> None:
    async def main() -> bool:
        async with bench(tmp_path) as at:
            await at.do("plug_in", profile="sleeping_4s")
            await asyncio.sleep(200)
            return at.outlet.contactor.closings > 0

    assert not run(main())


def test_a_deep_sleeper_is_not_woken_by_a_short_break(tmp_path: Path) -> None:
    async def main() -> bool:
        async with bench(tmp_path, kind={"wake_up_s": 30}) as at:
            await at.do("plug_in", profile="sleeping_30s")
            await asyncio.sleep(200)
            return at.outlet.contactor.closings > 0

    assert not run(main())
