"""What the pins of a real board become: edges, slow channels, the generator's count. The pure parts of `boards/`."""

from __future__ import annotations

import pytest
from boards.edges import Edges
from boards.generator_count import COUNT_EDGES, COUNT_LEVEL, GeneratorCount
from boards.slow_channels import LOCK, NTC_12, NTC_34, RAILS, SlowChannels, rail_mv
from hypothesis import given
from hypothesis import strategies as st
from inputs import Inputs


@given(st.lists(st.integers(0, 20_000), max_size=60), st.integers(1_000, 20_000))
def test_edges_of_the_window_are_counted_and_older_ones_are_not(edges_at: list[int], asked_at: int) -> None:
    line = Edges(30)
    for now in range(asked_at + 1):
        # The interrupt comes before the loop's turn of the same millisecond.
        for _ in range(edges_at.count(now)):
            line.edge(None)
        if now % 5 == 0:
            counted = line.count(now)

    last = asked_at // 5 * 5
    assert counted == sum(last - 30 < at <= last for at in edges_at)


def test_a_loop_that_was_late_sees_no_edge_twice() -> None:
    line = Edges(30)
    for _ in range(6):
        line.edge(None)
    assert line.count(200) == 6

    assert line.count(225) == 6
    assert line.count(230) == 0


@pytest.mark.parametrize(("code", "rail"), [(2_612, 12_000), (2_395, 11_000), (2_830, 13_000)])
def test_the_rail_reads_as_the_reference_says(code: int, rail: int) -> None:
    assert rail_mv(code) == pytest.approx(rail, abs=10)


def test_each_address_brings_its_own_readings_and_names_the_next() -> None:
    channels, inputs = SlowChannels(), Inputs()

    assert channels.turn(2_612, 657, inputs) == NTC_12
    assert channels.turn(2_001, 2_002, inputs) == NTC_34
    assert channels.turn(2_003, 2_004, inputs) == LOCK
    assert channels.turn(3_000, 0, inputs) == RAILS

    assert inputs.plus_mv == pytest.approx(12_000, abs=10)
    assert inputs.minus_mv == pytest.approx(-12_000, abs=10)
    assert inputs.ntc_codes == (2_001, 2_002, 2_003, 2_004)
    assert inputs.lock_code == 3_000


@given(st.integers(0, 8), st.integers(970, 1_030), st.integers(800, 9_700))
def test_a_count_knows_frequency_and_duty_however_late_the_loop_comes(late_ms: int, hertz: int, duty: int) -> None:
    count, now_us, content = GeneratorCount(), 0, 0
    assert count.turn(0, now_us) == COUNT_EDGES
    now_us = 1_000_000 + late_ms * 1_000
    content = now_us * hertz // 1_000_000
    assert count.turn(content, now_us) == COUNT_LEVEL
    began_us, now_us = now_us, now_us + 100_000 + late_ms * 1_000
    content = (now_us - began_us) * duty // 10_000 // 2
    assert count.turn(content, now_us) == COUNT_EDGES

    assert count.frequency_mhz == pytest.approx(hertz * 1_000, abs=1_100)
    assert count.duty == pytest.approx(duty, abs=2)


def test_a_count_that_is_not_over_goes_on_and_one_of_a_stopped_generator_is_none() -> None:
    count = GeneratorCount()
    count.turn(0, 5)
    assert count.turn(500, 500_005) is None
    count.turn(1_000, 1_000_005)
    assert count.frequency_mhz == 1_000_000

    count.stop()

    assert not count.frequency_mhz
    assert count.duty is None
    assert count.turn(0, 9_000_000) == COUNT_EDGES
