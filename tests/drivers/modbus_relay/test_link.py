"""A relay board on a shared line: what is believed of it, what is done about strays, and what is said of one that is no
good. The board is a simulated one at the wire.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest

from agent.drivers.modbus_relay.looks import Looked
from agent.errors import DriverError, DriverRejected, DriverUnavailable
from firmware_sim.modbus_unit import RegisterUnit
from firmware_sim.relay_dialects import DIALECTS, LINKED, Waveshare
from tests.drivers.modbus_relay.bench import Bench, Registers, tell

FAMILIES = ["waveshare", "waveshare-inputs", "eletechsup", "coils"]
WHO = "modbus_relay on relays"


async def passes(seconds: float) -> None:
    await asyncio.sleep(seconds)


@pytest.mark.parametrize("echoes", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_an_order_is_done_when_it_returns_and_moves_no_neighbour(family: str, echoes: bool) -> None:
    async def story(bench: Bench) -> None:
        await passes(2.0)
        for channel in (1, 3, 8):
            await bench.close(channel)
            assert bench.closed == [channel]
            await bench.open(channel)
            assert bench.closed == []

    tell(story, family, echoes=echoes)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_board_that_is_met_has_all_its_relays_opened_whatever_an_earlier_life_left(family: str) -> None:
    async def story(bench: Bench) -> None:
        for channel in (0, 4, 7):
            bench.board.order(channel, True)
        await passes(2.0)

        assert bench.closed == []
        assert bench.link.statistics()["board"]["strays"] == 0

    tell(story, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_relay_that_closes_without_an_order_is_opened_again_and_the_ordered_one_stays(family: str) -> None:
    async def story(bench: Bench) -> None:
        await passes(2.0)
        await bench.close(2)
        bench.board.order(5, True)
        await passes(1.5)

        assert bench.closed == [2]
        assert bench.link.statistics()["board"]["strays"] == 1

    tell(story, family)


def test_a_number_of_seconds_that_somebody_else_ordered_is_ended() -> None:
    async def story(bench: Bench) -> None:
        await passes(2.0)
        bench.board.hold(3, 60)
        await passes(1.5)

        assert bench.closed == []

    tell(story, "eletechsup")


def test_a_board_that_starts_anew_does_not_close_again_by_itself() -> None:
    async def story(bench: Bench) -> None:
        await passes(2.0)
        await bench.close(2)
        bench.board.restart()
        await passes(5.0)

        assert bench.closed == []
        assert isinstance(bench.seen[-1], Looked)
        assert bench.seen[-1].wanted == frozenset()
        assert bench.link.statistics()["board"]["fallen"] == 1

    tell(story)


def test_a_silence_is_told_in_time_and_what_was_wanted_before_is_not_wanted_after_it() -> None:
    async def story(bench: Bench) -> None:
        await passes(2.0)
        await bench.close(2)
        bench.board.silent = True
        await passes(4.5)

        assert "no answer from address 5 on rs485" in str(bench.seen[-1])
        assert "check" in str(bench.seen[-1])
        assert bench.closed == [2]
        with pytest.raises(DriverUnavailable):
            await bench.close(3)

        bench.board.silent = False
        await passes(8.0)
        assert bench.closed == []
        assert bench.link.statistics()["board"]["fallen"] == 0
        await bench.close(3)
        assert bench.closed == [3]

    tell(story)


def test_a_silence_is_told_in_time_also_where_another_device_is_silent_too() -> None:
    async def story(bench: Bench) -> None:
        answered: list[float] = []
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(bench.ask_neighbour(answered))
            await passes(3.0)
            bench.neighbour.silent = bench.board.silent = True
            await passes(4.2)

            assert "no answer" in str(bench.seen[-1])
            asking.cancel()

    tell(story)


def test_an_opening_that_could_not_be_said_is_made_up_for() -> None:
    async def story(bench: Bench) -> None:
        await passes(2.0)
        await bench.close(2)
        bench.board.silent = True
        with pytest.raises(DriverUnavailable):
            await bench.open(2)
        bench.board.silent = False
        await passes(2.5)

        assert bench.closed == []

    tell(story)


def test_a_board_that_says_yes_and_does_nothing_is_found_out_by_reading_back() -> None:
    async def story(bench: Bench) -> None:
        await passes(2.0)
        bench.board.believes_nothing = True
        with pytest.raises(DriverRejected, match=r"relay 2 .* stays open against an order; check"):
            await bench.close(2)
        await passes(2.0)
        assert isinstance(bench.seen[-1], Looked)
        assert bench.seen[-1].wanted == frozenset()

    tell(story)


def test_a_closing_that_fails_leaves_no_relay_closed() -> None:
    async def story(bench: Bench) -> None:
        await passes(2.0)
        # The order arrives; its answers and all that follows for some seconds do not.
        bench.board.late_s = 5.0
        with suppress(DriverError):
            await bench.close(2)
        bench.board.late_s = 0.0
        await passes(10.0)

        assert bench.closed == []

    tell(story)


def test_a_waveshare_board_of_the_old_protocol_is_told_as_that() -> None:
    async def story(bench: Bench) -> None:
        assert isinstance(bench.board.dialect, Waveshare)
        bench.board.dialect.speaks_v1 = True
        await passes(6.0)

        assert "before September 2021" in str(bench.seen[-1])

    tell(story, "waveshare")


def test_a_board_whose_inputs_switch_its_outputs_is_refused_until_it_was_set_right() -> None:
    async def story(bench: Bench) -> None:
        assert isinstance(bench.board.dialect, Waveshare)
        bench.board.dialect.modes[3] = LINKED
        await passes(3.0)
        assert "write 0 to the control mode" in str(bench.seen[-1])
        with pytest.raises(DriverRejected):
            await bench.close(2)

        bench.board.dialect.modes[3] = 0
        await passes(3.0)
        await bench.close(2)

    tell(story)


@pytest.mark.parametrize(
    ("family", "of_board", "why"),
    [
        ("waveshare-inputs", "waveshare", "exception 2"),
        ("eletechsup", "waveshare", "exception 2"),
        ("waveshare", "eletechsup", "exception 1"),
    ],
)
def test_another_board_than_configured_is_refused_in_words(family: str, of_board: str, why: str) -> None:
    async def story(bench: Bench) -> None:
        bench.board.dialect = DIALECTS[of_board](None)
        await passes(3.0)

        assert why in str(bench.seen[-1])
        assert "check family" in str(bench.seen[-1]) or "check the family" in str(bench.seen[-1])
        with pytest.raises(DriverRejected):
            await bench.close(1)

    tell(story, family)


def test_registers_of_a_meter_are_no_relays() -> None:
    async def story(bench: Bench) -> None:
        meter = RegisterUnit(5, Registers(), random.Random(1))
        bench.board.answer = meter.answer  # type: ignore[method-assign]
        await passes(3.0)

        assert "check" in str(bench.seen[-1])
        assert not any(isinstance(one, Looked) for one in bench.seen)

    tell(story, "eletechsup")


def test_a_board_counted_from_another_number_gives_itself_away_at_its_end() -> None:
    async def story(bench: Bench) -> None:
        await passes(3.0)
        assert "check family, first and channels" in str(bench.seen[-1])

    tell(story, "eletechsup", of_board=0)


def test_inputs_are_seen_where_somebody_uses_one() -> None:
    async def story(bench: Bench) -> None:
        fed = False
        bench.board.senses[4] = lambda: fed
        bench.link.use_input(4, WHO)
        await passes(2.0)
        fed = True
        await passes(1.2)

        assert isinstance(bench.seen[-1], Looked)
        assert bench.seen[-1].fed == {4}

    tell(story)


@pytest.mark.parametrize(("silent", "share"), [(False, 0.90), (True, 0.75)])
def test_a_meter_on_the_same_line_is_read_nearly_as_often_as_alone(silent: bool, share: float) -> None:
    async def reads_in_two_minutes(bench: Bench) -> int:
        answered: list[float] = []
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(bench.ask_neighbour(answered))
            await passes(120.0)
            asking.cancel()
        return len(answered)

    async def alone(bench: Bench) -> None:
        found.append(await reads_in_two_minutes(bench))

    async def beside(bench: Bench) -> None:
        bench.link.use_input(1, WHO)
        await passes(3.0)
        bench.board.silent = silent
        found.append(await reads_in_two_minutes(bench))

    found: list[int] = []
    tell(alone, watched=False)
    tell(beside)
    without, with_board = found

    assert with_board >= share * without


def test_looks_take_the_share_of_the_line_that_is_promised() -> None:
    async def story(bench: Bench) -> None:
        bench.link.use_input(1, WHO)
        await passes(300.0)
        unit = bench.line.statistics()["unit 5"]
        requests, per_request_s = unit["requests"], unit["mean_answer_s"] + 8 * 10 / 9600 + 0.012

        assert 500 <= requests <= 650
        assert requests * per_request_s / 300 <= 0.095

    tell(story)
