"""Plans: values drawn from a seed."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import breakage, scenario, verbs
from firmware_sim.scenario import AGENT_VERBS, CALM_S, NETWORK_VERBS, Action, Actor, Plan, draw, play
from firmware_sim.virtual_loop import run

PLANS = st.builds(
    draw,
    st.integers(0, 2**32),
    connectors=st.sampled_from([(1,), (1, 2)]),
    duration_s=st.floats(200, 7_200),
)


@given(st.integers(0, 2**32))
def test_equal_seeds_give_equal_plans(seed: int) -> None:
    assert draw(seed) == draw(seed)


@given(PLANS)
def test_actions_come_in_the_order_of_their_times_and_end_before_the_calm(plan: Plan) -> None:
    times = [action.at_s for action in plan.actions]

    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= plan.duration_s - CALM_S + 0.001


@given(PLANS)
def test_every_action_has_an_actor_who_knows_its_verb(plan: Plan) -> None:
    known = {Actor.WORLD: set(verbs.VERBS), Actor.NETWORK: set(NETWORK_VERBS), Actor.AGENT: set(AGENT_VERBS)}

    assert [action for action in plan.actions if action.verb not in known[action.actor]] == []


@given(PLANS)
def test_cars_of_one_connector_come_and_go_in_turn(plan: Plan) -> None:
    for connector in plan.connectors:
        moves = [
            action.verb
            for action in plan.actions
            if action.verb in ("plug_in", "plug_out") and action.given["connector"] == connector
        ]

        assert moves
        assert moves == ["plug_in", "plug_out"] * (len(moves) // 2)


@given(PLANS)
def test_a_car_that_is_told_something_is_there(plan: Plan) -> None:
    present: set[object] = set()
    for action in plan.actions:
        connector = action.given.get("connector")
        if action.verb == "plug_in":
            present.add(connector)
        if action.verb == "plug_out":
            present.discard(connector)
        if action.verb in ("suspend", "resume") or action.given.get("name") in breakage.FAULTS_OF_CARS:
            assert connector in present


@given(PLANS)
def test_every_missing_agent_is_started_again(plan: Plan) -> None:
    agent = [action.verb for action in plan.actions if action.actor is Actor.AGENT]

    assert agent[-1] == "restart"


@given(PLANS)
def test_the_end_is_calm(plan: Plan) -> None:
    end = [
        f"{action.actor.value} {action.verb}"
        for action in plan.actions
        if action.at_s > plan.duration_s - CALM_S - 0.001
    ]

    assert {"world heal", "network heal", "agent restart"} <= set(end)


def test_a_few_hundred_seeds_show_every_kind_of_trouble() -> None:
    seen: Counter[str] = Counter()
    for seed in range(1_200):
        plan = draw(seed)
        seen.update({action.verb for action in plan.actions} | set(plan.broken))

    drawn = {name for name in breakage.WAYS if not name.startswith("csms_")} - set(scenario.NOT_DRAWN)
    drawn |= set(breakage.FAULTS_OF_CARS)
    assert [name for name in sorted(drawn) if seen[name] < 3] == []
    assert [verb for verb in (*NETWORK_VERBS, *AGENT_VERBS) if seen[verb] < 10] == []


def test_a_plan_reads_as_one_line_for_each_action() -> None:
    plan = Plan(1, (1,), 10.0, (Action(1.5, Actor.WORLD, "swipe", (("token", "CAFE"),)),))

    assert plan.text() == "1.500 world swipe token=CAFE\n"


def test_actions_are_played_at_their_times_to_the_end() -> None:
    plan = draw(5)
    played: list[tuple[float, Action]] = []

    async def main() -> float:
        clock = asyncio.get_running_loop().time

        async def note(action: Action) -> None:
            played.append((round(clock() - 100, 3), action))
            await asyncio.sleep(0.01)

        await play(plan, note)
        return clock() - 100

    assert run(main(), start=100.0) >= plan.duration_s
    assert [action for _, action in played] == list(plan.actions)
    assert all(at_s >= action.at_s for at_s, action in played)
    late_s = [at_s - action.at_s for at_s, action in played]
    assert max(late_s) < 0.2
    assert all(before <= after for (before, _), (after, _) in pairwise(played))
