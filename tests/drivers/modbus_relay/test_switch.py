"""A relay on Modbus as a plain switch: what its contact tells, and what becomes of orders that do not fit."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent.core.control_pilot import ContactorState, WithoutAgent
from agent.drivers import loader
from agent.drivers.modbus_relay import contactor
from agent.drivers.power_path.contacts import Feedback
from agent.errors import ConfigError, DriverRejected, DriverUnavailable
from firmware_sim.virtual_loop import run
from tests.drivers.modbus_relay.bench import bench_of
from tests.drivers.modbus_relay.switch import NO_CONTACT, WORD, SwitchBench, tell

OPEN, CLOSED, UNKNOWN = ContactorState.OPEN, ContactorState.CLOSED, ContactorState.UNKNOWN


async def passes(seconds: float) -> None:
    await asyncio.sleep(seconds)


def test_it_closes_and_opens_and_the_contact_says_so_within_a_quarter_of_a_second() -> None:
    async def story(side: SwitchBench) -> None:
        for closed in (True, False, True):
            await side.switch.set_closed(closed)
            await passes(0.25)
            assert side.is_closed is closed
        assert side.seen == [OPEN, CLOSED, OPEN, CLOSED]
        assert side.fault_ids == []

    tell(story)


def test_a_contact_that_closes_with_the_contactor_says_the_same() -> None:
    async def story(side: SwitchBench) -> None:
        side.board.senses[2] = lambda: not side.contactor.mirror_open
        await passes(1.5)
        await side.switch.set_closed(True)
        await passes(0.5)
        assert side.seen[-1] is CLOSED

    tell(story, feedback=Feedback.NORMALLY_OPEN)


def test_between_two_closings_it_stays_open_for_its_time() -> None:
    async def story(side: SwitchBench) -> None:
        await side.switch.set_closed(True)
        await passes(1.0)
        await side.switch.set_closed(False)
        await side.switch.set_closed(True)
        await passes(3.5)
        assert not side.is_closed
        await passes(1.5)
        assert side.is_closed

    tell(story, shortest_off_s=4.0)


def test_an_opening_while_a_closing_waits_for_its_time_wins() -> None:
    async def story(side: SwitchBench) -> None:
        await side.switch.set_closed(True)
        await side.switch.set_closed(False)
        await side.switch.set_closed(True)
        await passes(1.0)
        await side.switch.set_closed(False)
        await passes(10.0)
        assert side.contactor.closings <= 1
        assert not side.is_closed

    tell(story, shortest_off_s=4.0)


def test_an_opening_that_overtakes_a_closing_wins_whatever_the_line_does_first() -> None:
    async def story(side: SwitchBench) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(side.switch.set_closed(True))
            await asyncio.sleep(0)
            tasks.create_task(side.switch.set_closed(False))
        await passes(3.0)
        assert not side.is_closed

    tell(story)


def test_a_welded_contactor_is_told_as_that_and_never_closed_on_top() -> None:
    async def story(side: SwitchBench) -> None:
        await side.switch.set_closed(True)
        await passes(0.5)
        side.contactor.weld()
        await side.switch.set_closed(False)
        await passes(1.5)
        assert side.seen[-1] is ContactorState.WELDED
        assert side.fault_ids == ["contactor.welded"]
        assert "check" in dict(side.faults[-1][0].evidence)["detail"]  # type: ignore[operator]

        await side.switch.set_closed(True)
        assert not side.board.relays[0].closed

    tell(story)


def test_a_relay_contact_that_sticks_is_a_weld_although_the_board_says_open() -> None:
    async def story(side: SwitchBench) -> None:
        await side.switch.set_closed(True)
        await passes(0.5)
        side.board.relays[0].stuck = True
        await side.switch.set_closed(False)
        await passes(1.5)

        assert side.fault_ids == ["contactor.welded"]

    tell(story)


def test_a_contactor_that_does_not_pull_in_is_told_and_its_relay_opened() -> None:
    async def story(side: SwitchBench) -> None:
        side.contactor.block(True)
        await side.switch.set_closed(True)
        await passes(1.5)

        assert side.fault_ids == ["contactor.no_close"]
        assert side.seen[-1] is ContactorState.NO_CLOSE
        assert not side.board.relays[0].closed

    tell(story)


def test_the_neighbour_s_relay_is_found_out_by_the_contact_and_opened() -> None:
    async def story(side: SwitchBench) -> None:
        side.board.shifted = 1
        await side.switch.set_closed(True)
        await passes(1.5)

        assert side.fault_ids == ["contactor.no_close"]
        assert not any(relay.closed for relay in side.board.relays)

    tell(story)


def test_a_contactor_that_falls_open_is_told_and_stays_open() -> None:
    async def story(side: SwitchBench) -> None:
        await side.switch.set_closed(True)
        await passes(1.0)
        side.contactor.block(True)
        await passes(3.0)
        assert side.fault_ids == ["contactor.opened_alone"]

        side.contactor.block(False)
        await passes(3.0)
        assert not side.is_closed

    tell(story)


@pytest.mark.parametrize("options", [{}, NO_CONTACT], ids=["contact", "no contact"])
def test_a_board_that_starts_anew_is_told_and_nothing_closes_again(options: dict[str, Any]) -> None:
    async def story(side: SwitchBench) -> None:
        await side.switch.set_closed(True)
        await passes(1.0)
        side.board.restart()
        await passes(5.0)

        assert side.fault_ids == ["contactor.opened_alone"]
        assert not side.is_closed
        await side.switch.set_closed(False)
        await passes(1.5)
        assert side.fault_ids == []

    tell(story, **options)


def test_without_a_contact_nobody_knows_whatever_the_board_remembers() -> None:
    async def story(side: SwitchBench) -> None:
        await side.switch.set_closed(True)
        await passes(2.0)
        assert side.is_closed
        await side.switch.set_closed(False)
        await passes(2.0)
        assert set(side.seen) == {UNKNOWN}

    tell(story, "waveshare", **NO_CONTACT)


def test_a_silent_board_is_away_and_what_was_wanted_is_over() -> None:
    async def story(side: SwitchBench) -> None:
        await side.switch.set_closed(True)
        await passes(1.0)
        side.board.silent = True
        await passes(5.0)
        assert (side.is_closed, side.seen[-1]) == (True, "away")
        with pytest.raises(DriverUnavailable, match="check"):
            await side.switch.set_closed(True)

        side.board.silent = False
        await passes(10.0)
        assert (side.is_closed, side.seen[-1]) == (False, OPEN)

    tell(story)


def test_a_board_whose_answers_get_lost_is_told_to_open_all_the_same() -> None:
    async def story(side: SwitchBench) -> None:
        await side.switch.set_closed(True)
        await passes(1.0)
        side.board.garbage = True
        await passes(6.0)

        assert side.seen[-1] == "away"
        assert not side.is_closed

    tell(story)


def test_closing_down_opens_a_board_whose_answers_get_lost() -> None:
    async def story(side: SwitchBench) -> None:
        await side.switch.set_closed(True)
        side.board.garbage = True
        async with asyncio.timeout(1.0):
            await side.switch.aclose()
        await passes(0.1)
        assert not side.is_closed

    tell(story)


def test_an_order_that_the_board_does_not_keep_is_refused_in_words_and_told_as_a_fault() -> None:
    async def story(side: SwitchBench) -> None:
        side.board.believes_nothing = True
        with pytest.raises(DriverRejected, match="check"):
            await side.switch.set_closed(True)
        await passes(1.5)
        assert side.fault_ids == ["contactor.no_close"]

        side.board.believes_nothing = False
        await passes(5.0)
        assert side.contactor.closings == 0

    tell(story, **NO_CONTACT)


def test_a_line_that_is_busy_with_a_silent_device_is_no_contact_that_does_not_follow() -> None:
    async def story(side: SwitchBench) -> None:
        side.contactor.slow_down(0.2)
        await side.bench.nobody_answers()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(side.bench.nobody_answers())
            await passes(0.05)
            await side.switch.set_closed(True)
        await passes(1.0)

        assert side.seen[-1] is CLOSED
        assert side.fault_ids == []

    tell(story)


def test_closing_down_opens_within_its_time() -> None:
    async def story(side: SwitchBench) -> None:
        await side.switch.set_closed(True)
        async with asyncio.timeout(1.0):
            await side.switch.aclose()
        await passes(0.1)
        assert not side.is_closed

    tell(story)


def test_linux_alone_switches_it() -> None:
    assert loader.without_agent("modbus_relay", {}) is WithoutAgent.BARE


def options_of(**given: object) -> contactor.Options:
    return contactor.Options(bus="relays", **{"channel": 1, **NO_CONTACT, **given})


@pytest.mark.parametrize(
    ("family", "options", "why"),
    [
        ("waveshare-inputs", {"channel": 9}, "no channel 9; this board has 1 to 8"),
        ("waveshare-inputs", {"feedback": Feedback.NORMALLY_OPEN, "feedback_input": 9}, "no input 9"),
        ("waveshare", {"feedback": Feedback.NORMALLY_OPEN, "feedback_input": 2}, "no inputs"),
    ],
)
def test_what_a_board_does_not_have_is_refused_in_words(family: str, options: dict[str, object], why: str) -> None:
    async def body() -> None:
        async with bench_of(family) as bench:
            with pytest.raises(ConfigError, match=why):
                contactor.create(WORD, options_of(**options), {"relays": bench.link})

    run(body())


def test_a_channel_has_one_user() -> None:
    async def body() -> None:
        async with bench_of() as bench:
            contactor.create(WORD, options_of(), {"relays": bench.link})
            with pytest.raises(ConfigError, match="already used by"):
                contactor.create(WORD, options_of(), {"relays": bench.link})

    run(body())


@pytest.mark.parametrize(
    "table", [{"feedback": "none", "feedback_input": 2}, {"feedback": "normally_closed"}, {"feedback_input": 2}]
)
def test_a_contact_and_its_input_belong_together(table: dict[str, object]) -> None:
    problems = loader.check_driver(
        "contactor", "modbus_relay", {"bus": "relays", "channel": 1, **table}, "modbus_relay"
    )

    assert any("feedback" in str(problem.key) for problem in problems)
