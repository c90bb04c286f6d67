"""Lines of a GPIO chip: how they are asked for, driven, watched, lost and found again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.buses.gpio import Options, create
from agent.drivers.gpio.lines import Bias, Edge, InputLine, OutputLine
from agent.errors import ConfigError, DriverUnavailable
from tests.drivers.gpio.bench import DOOR, OTHER, RELAY, ChipBench, moment, on_a_chip, why, wired


@pytest.mark.parametrize(("safe", "active_low"), [(False, False), (True, False), (False, True), (True, True)])
def test_an_output_begins_with_its_safe_value_and_has_no_other_before(safe: bool, active_low: bool) -> None:
    async def begin(bench: ChipBench) -> None:
        wired(bench)
        felt: list[bool] = []
        bench.chip.feel(RELAY, felt.append)
        lines = bench.bus.outputs("relay", [OutputLine(line=RELAY, safe=safe, active_low=active_low)])

        await bench.bus.open()
        await moment()

        assert bench.chip.is_high(RELAY) == (safe != active_low)
        assert felt in ([], [safe != active_low])
        assert lines.level.value == (safe,)

    on_a_chip(begin)


def test_a_group_of_outputs_is_set_in_one_step() -> None:
    async def set_both(bench: ChipBench) -> None:
        wired(bench)
        lines = bench.bus.outputs("pair", [OutputLine(line=RELAY), OutputLine(line=OTHER, active_low=True)])
        await bench.bus.open()

        lines.set(True, False)
        await moment()
        assert (bench.chip.is_high(RELAY), bench.chip.is_high(OTHER)) == (True, True)

        lines.set(False, True)
        await moment()
        assert (bench.chip.is_high(RELAY), bench.chip.is_high(OTHER)) == (False, False)
        assert lines.level.value == (False, True)

    on_a_chip(set_both)


def test_outputs_get_their_safe_values_before_they_are_let_go() -> None:
    async def close(bench: ChipBench) -> None:
        wired(bench)
        lines = bench.bus.outputs("relay", [OutputLine(line=RELAY)])
        await bench.bus.open()
        lines.set(True)
        await moment()

        await bench.bus.aclose()
        await moment()

        assert bench.chip.keeps_levels
        assert not bench.chip.is_high(RELAY)
        with pytest.raises(DriverUnavailable):
            lines.set(True)

    on_a_chip(close)


def test_the_level_of_the_start_is_told_without_an_edge_and_each_change_after_it_with_the_time_of_the_change() -> None:
    async def watch(bench: ChipBench) -> None:
        wired(bench)
        bench.chip.wire(DOOR, True)
        edges: list[Edge] = []
        lines = bench.bus.inputs("door", [InputLine(line=DOOR)], edges.extend)
        await bench.bus.open()
        assert lines.level.value == (True,)
        await moment(0.25)
        assert edges == []

        bench.chip.wire(DOOR, False)
        await moment()

        assert lines.level.value == (False,)
        assert edges == [Edge(place=0, active=False, at_s=pytest.approx(0.25))]  # type: ignore[arg-type]

    on_a_chip(watch)


def test_what_changes_between_the_request_and_its_hearing_is_not_lost() -> None:
    async def change_at_once(bench: ChipBench) -> None:
        wired(bench)
        bench.chip.wire(DOOR, False)
        lines = bench.bus.inputs("door", [InputLine(line=DOOR)])
        await bench.bus.open()
        bench.chip.wire(DOOR, True)
        await moment()

        assert lines.level.value == (True,)

    on_a_chip(change_at_once)


@pytest.mark.parametrize("bias", Bias)
def test_a_wire_that_is_off_reads_as_its_bias_pulls(bias: Bias) -> None:
    async def cut(bench: ChipBench) -> None:
        wired(bench)
        bench.chip.wire(DOOR, bias is not Bias.PULL_UP)
        lines = bench.bus.inputs("door", [InputLine(line=DOOR, bias=bias, active_low=True)])
        await bench.bus.open()

        bench.chip.wire(DOOR, None)
        await moment()

        assert lines.level.value == (bias is not Bias.PULL_UP,)

    on_a_chip(cut)


def test_a_contact_that_bounces_is_told_once() -> None:
    async def bounce(bench: ChipBench) -> None:
        wired(bench)
        bench.chip.wire(DOOR, False)
        edges: list[Edge] = []
        bench.bus.inputs("door", [InputLine(line=DOOR, debounce_s=0.03)], edges.extend)
        await bench.bus.open()
        for level in (True, False, True, False, True):
            bench.chip.wire(DOOR, level)
            await moment(0.005)
        await moment(0.1)

        assert [edge.active for edge in edges] == [True]

    on_a_chip(bounce)


def test_after_changes_that_the_kernel_dropped_the_level_is_read() -> None:
    async def drop(bench: ChipBench) -> None:
        wired(bench)
        bench.chip.wire(DOOR, False)
        edges: list[Edge] = []
        lines = bench.bus.inputs("door", [InputLine(line=DOOR)], edges.extend)
        await bench.bus.open()
        await moment()
        bench.chip.lose_edges(DOOR, 2)
        for level in (True, False, True):
            bench.chip.wire(DOOR, level)
        await moment()

        assert lines.level.value == (True,)
        assert [(edge.active, edge.after_gap) for edge in edges] == [(True, True)]
        assert bench.bus.statistics()["door DOOR"] == {"losses": 0, "edges": 1, "dropped_edges": 2}

    on_a_chip(drop)


def test_a_change_whose_event_got_lost_is_found_within_a_second() -> None:
    async def lose_the_last(bench: ChipBench) -> None:
        wired(bench)
        bench.chip.wire(DOOR, False)
        lines = bench.bus.inputs("door", [InputLine(line=DOOR)])
        await bench.bus.open()
        await moment()
        bench.chip.lose_edges(DOOR, 1)
        bench.chip.wire(DOOR, True)

        await moment(1.1)

        assert lines.level.value == (True,)

    on_a_chip(lose_the_last)


def test_a_flood_leaves_the_last_word_of_it() -> None:
    async def flood(bench: ChipBench) -> None:
        wired(bench)
        bench.chip.wire(DOOR, False)
        lines = bench.bus.inputs("door", [InputLine(line=DOOR)], buffer=4)
        await bench.bus.open()
        await moment()
        for n in range(101):
            bench.chip.wire(DOOR, n % 2 == 0)
        await moment(1.1)

        assert lines.level.value == (True,)

    on_a_chip(flood)


def test_a_chip_that_leaves_is_told_at_once_and_comes_back_with_safe_outputs() -> None:
    async def lose(bench: ChipBench) -> None:
        wired(bench)
        bench.chip.wire(DOOR, True)
        relay = bench.bus.outputs("relay", [OutputLine(line=RELAY)])
        door = bench.bus.inputs("door", [InputLine(line=DOOR)])
        await bench.bus.open()
        relay.set(True)
        await moment()

        await bench.vanish()
        await moment()

        assert "check" in why(relay)
        assert "check" in why(door)
        with pytest.raises(DriverUnavailable, match="check"):
            relay.set(True)
        await bench.appear()
        assert (relay.level.value, door.level.value) == ((False,), (True,))
        assert not bench.chip.is_high(RELAY)
        assert bench.bus.statistics()["relay RELAY_1"] == {"losses": 1}

    on_a_chip(lose)


def test_a_chip_that_is_missing_at_the_start_is_found_later() -> None:
    async def find(bench: ChipBench) -> None:
        relay = bench.bus.outputs("relay", [OutputLine(line=OTHER)])
        await bench.bus.open()
        assert why(relay) == f"{bench.chip.path} is not there; check with: gpiodetect"

        await bench.appear()

        relay.set(True)

    on_a_chip(find, missing=True)


def test_a_line_that_somebody_holds_is_told_with_his_name_and_taken_once_it_is_free() -> None:
    async def take(bench: ChipBench) -> None:
        wired(bench)
        bench.chip.hold(RELAY, "gpio-led")
        relay = bench.bus.outputs("relay", [OutputLine(line=RELAY)])
        other = bench.bus.outputs("other", [OutputLine(line=OTHER)])
        await bench.bus.open()

        assert why(relay).startswith("line RELAY_1 is held by gpio-led; check")
        other.set(True)
        bench.chip.let_go(RELAY)
        await moment(6)
        relay.set(True)

    on_a_chip(take)


def test_a_second_user_of_a_line_on_the_same_bus_is_a_mistake_of_the_board_file() -> None:
    bus = create("gpio", Options(chip="pinctrl-rp1"))
    bus.inputs("door", [InputLine(line=DOOR)])

    with pytest.raises(ConfigError, match='line "DOOR" is already used by door; give each its own'):
        bus.outputs("relay", [OutputLine(line=DOOR)])


def test_a_bus_says_when_it_looked_last() -> None:
    async def look(bench: ChipBench) -> None:
        assert bench.bus.acted_at() is None
        await bench.bus.open()
        await moment(10.5)
        acted_at = bench.bus.acted_at()
        assert acted_at is not None
        assert asyncio.get_running_loop().time() - acted_at <= 1.0

    on_a_chip(look)


WIRES = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=20)


@given(wires=WIRES, line=st.builds(InputLine, line=st.just(DOOR), active_low=st.booleans(), bias=st.sampled_from(Bias)))
def test_whatever_a_wire_does_the_edges_end_where_the_level_is(wires: list[bool | None], line: InputLine) -> None:
    async def follow(bench: ChipBench) -> None:
        wired(bench)
        edges: list[Edge] = []
        lines = bench.bus.inputs("door", [replace(line, debounce_s=0.0)], edges.extend)
        await bench.bus.open()
        values = [lines.level.value == (True,)]
        for wire in wires:
            bench.chip.wire(DOOR, wire)
            await moment(0.3)
            assert lines.level.value == (_reads(line, wire),)
        values += [edge.active for edge in edges]
        assert all(before != after for before, after in pairwise(values))
        assert values[-1] == _reads(line, wires[-1])

    on_a_chip(follow)


def _reads(line: InputLine, wire: bool | None) -> bool:
    level = line.bias is Bias.PULL_UP if wire is None else wire
    return level != line.active_low
