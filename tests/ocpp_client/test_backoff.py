"""The ladder: quick at first, patient later, never in step with the neighbours."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agent.ids import Ids
from agent.ocpp_client.backoff import FIRST_WAIT_S, LONGEST_OBEYED_S, LONGEST_WAIT_S, RANDOM_PART, Ladder


@given(st.integers(0, 10_000), st.integers())
def test_a_wait_is_bounded_and_random(rung: int, seed: int) -> None:
    wait_s = Ladder(rung).wait_s(Ids(Random(seed)))

    assert FIRST_WAIT_S <= wait_s <= LONGEST_WAIT_S * (1 + RANDOM_PART)


def test_the_least_wait_doubles_up_to_the_longest() -> None:
    class NoChance(Ids):
        def between(self, low: float, high: float) -> float:
            return low

    waits_s = [Ladder(rung).wait_s(NoChance()) for rung in range(12)]

    assert waits_s == [1, 1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]


def test_chargers_of_one_site_do_not_come_back_together() -> None:
    waits_s = {Ladder(9).wait_s(Ids(Random(seed))) for seed in range(50)}

    assert len(waits_s) == 50
    assert max(waits_s) - min(waits_s) > 0.8 * RANDOM_PART * LONGEST_WAIT_S


@given(st.floats(0.0, 1e9), st.integers(0, 20))
def test_a_server_that_asks_for_time_gets_it_within_reason(asked_s: float, rung: int) -> None:
    wait_s = Ladder(rung).wait_s(Ids(Random(1)), retry_after_s=asked_s)

    assert wait_s >= min(asked_s, LONGEST_OBEYED_S)
    assert wait_s <= max(asked_s, LONGEST_WAIT_S) * (1 + RANDOM_PART)
    assert wait_s <= LONGEST_OBEYED_S + LONGEST_WAIT_S
