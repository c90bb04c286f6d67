"""What is asked and written, and when, with devices on paper."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from agent.drivers.modbus.block import Block, Write
from agent.drivers.modbus_evse.controller import OrderKind
from agent.drivers.modbus_evse.controllers import bender
from agent.drivers.modbus_evse.conversation import AGAIN_AFTER_S, JUDGED_AFTER_S, Conversation
from agent.drivers.wish import Wish
from tests.drivers.modbus_evse.on_paper import CONTROLLERS, LEAVE
from tests.drivers.modbus_evse.paper_table import FOR_GOOD, SETTLES_S, Table

each = pytest.mark.parametrize("kind", CONTROLLERS)


@each
def test_a_car_is_given_what_was_wished_and_nothing_after_it(kind: str) -> None:
    table = Table(kind)
    table.charges(16.0)

    table.wish(0, permit=False)
    table.passes(SETTLES_S)

    assert not table.gives_power


@each
def test_the_next_car_has_nothing_of_what_the_first_was_permitted(kind: str) -> None:
    table = Table(kind)
    table.charges()

    table.plugs(False)
    table.passes(SETTLES_S)
    table.plugs(True)
    table.passes(30.0)

    assert not table.gives_power
    assert table.talk.wish == Wish()


@each
def test_one_that_does_not_answer_is_told_to_rest_in_turns_with_the_question_who_is_there(kind: str) -> None:
    table = Table(kind)
    table.charges()
    table.is_mute = True

    table.passes(2.0)

    assert not table.gives_power
    assert table.talk.silence is not None
    assert table.talk.wish == Wish()


@each
def test_a_stranger_is_asked_seldom_and_nothing_is_ever_written_to_it(kind: str) -> None:
    table = Table(kind)
    table.device.registers.clear()

    table.passes(20.0)

    assert "check that it is a" in table.talk.unfit
    assert table.device.writes == []


@each
def test_a_device_that_keeps_nothing_is_told_as_such_and_not_flooded(kind: str) -> None:
    table = Table(kind)
    table.passes(SETTLES_S)
    table.plugs(True)
    table.passes(SETTLES_S)
    table.device.keeps = False
    table.device.writes.clear()

    table.wish(16.0)
    table.passes(60.0)

    assert table.talk.counters.set_points_not_kept >= 1
    assert len(table.device.writes) <= 60 / min(AGAIN_AFTER_S[OrderKind.RAISE], AGAIN_AFTER_S[OrderKind.ENABLE]) + 1


@each
def test_one_that_does_not_stop_is_told_as_a_fault(kind: str) -> None:
    table = Table(kind)
    table.charges()
    table.device.keeps = False

    table.wish(0, permit=False)
    table.passes(JUDGED_AFTER_S + SETTLES_S)

    assert table.talk.report is not None
    assert [fault.id for fault in table.talk.report.told.faults] == ["cp.generator"]
    assert table.talk.counters.disobediences == 1
    table.device.keeps = True
    table.passes(SETTLES_S)
    assert table.talk.report.told.faults == ()


@each
def test_one_that_forgot_its_orders_gives_nothing_until_somebody_decides_anew(kind: str) -> None:
    table = Table(kind)
    table.charges()
    before = table.plug

    forgotten = {(1, 20000): 0, (1, 400): 0, (3, 1000): 0}
    table.device.registers |= {key: value for key, value in forgotten.items() if key in table.device.registers}
    table.passes(30.0)

    assert not table.gives_power
    assert table.plug not in (None, before)
    assert table.talk.counters.restarts == 1


@each
def test_a_leave_is_given_again_after_ten_seconds_at_the_earliest(kind: str) -> None:
    table = Table(kind)
    table.charges()
    table.wish(0, permit=False)
    table.passes(SETTLES_S)

    table.wish(16.0)
    table.passes(1.0)
    early = table.gives_power
    table.passes(10.0)

    assert not early
    assert table.gives_power


@each
def test_a_setting_that_is_not_kept_for_good_is_written_once_and_named(kind: str) -> None:
    table = Table(kind)
    if not FOR_GOOD[kind]:
        return
    table.device.keeps = False

    table.passes(30.0)
    for _ in range(3):
        table.is_deaf = True
        table.passes(3.0)
        table.is_deaf = False
        table.passes(20.0)

    assert "did not keep" in table.talk.unfit
    assert len(table.writes_to(next(iter(FOR_GOOD[kind])))) == 1


def test_a_box_that_is_no_wallbe_although_it_says_so_is_refused_and_never_enabled() -> None:
    table = Table("wallbe")
    table.passes(SETTLES_S)
    table.plugs(True)
    table.passes(SETTLES_S)
    table.device.keeps = False

    table.wish(16.0)
    table.passes(30.0)

    assert "did not keep" in table.talk.unfit
    assert table.writes_to(400) == []
    assert table.writes_to(528) == [90]


def test_one_that_keeps_its_set_point_and_offers_nothing_is_told_as_a_limit_of_nothing() -> None:
    table = Table("simple-evse")
    table.passes(SETTLES_S)
    table.plugs(True)
    table.passes(SETTLES_S)

    # The pilot stays steady whatever is set: register 1006 is 3.
    table.wish(16.0)
    table.passes(JUDGED_AFTER_S + SETTLES_S)

    assert table.talk.report is not None
    assert table.talk.report.is_without_effect
    assert table.talk.counters.set_points_without_effect == 1
    table.device.registers[3, 1006] = 2
    table.passes(SETTLES_S)
    assert not table.talk.report.is_without_effect


def test_a_value_that_makes_no_sense_is_waited_out_and_one_that_stays_is_named() -> None:
    table = Table("simple-evse")
    table.charges()

    table.device.registers[3, 1002] = 9
    table.passes(1.0)
    table.device.registers[3, 1002] = 2
    table.passes(1.0)
    waited_out = table.gives_power and not table.talk.unfit
    table.device.registers[3, 1002] = 9
    table.passes(5.0)

    assert waited_out
    assert "register 1002 says 9" in table.talk.unfit
    assert table.device.registers[3, 1000] == 0
    table.device.registers[3, 1002] = 1
    table.passes(10.0)
    assert table.talk.unfit == ""


def test_registers_that_are_refused_once_are_never_asked_again() -> None:
    table = Table("simple-evse")
    del table.device.registers[3, 1008], table.device.registers[3, 1009]
    asked = Counter[str]()
    answer = table.device.answer

    def count(ask: Block | Write) -> tuple[int, ...] | None:
        asked[str(ask)] += 1
        return answer(ask)

    table.device.answer = count  # type: ignore[method-assign]  # the paper device, watched
    table.passes(20.0)
    table.is_deaf = True
    table.passes(5.0)
    table.is_deaf = False
    table.passes(5.0)

    assert asked[str(Block(3, 1000, 10))] == 1
    assert asked[str(Block(3, 1000, 8))] > 10
    assert table.talk.report is not None


@each
def test_after_a_write_all_that_may_have_changed_is_read_before_the_next_one(kind: str) -> None:
    table = Table(kind)
    table.passes(SETTLES_S)
    table.plugs(True)
    table.passes(SETTLES_S)
    asks: list[Block | Write] = []
    answer = table.device.answer

    def note(ask: Block | Write) -> tuple[int, ...] | None:
        asks.append(ask)
        return answer(ask)

    table.device.answer = note  # type: ignore[method-assign]  # the paper device, watched
    for amps in (16.0, 10.0, 20.0, 0.0):
        table.wish(amps)
        table.passes(0.3)
    table.passes(SETTLES_S)

    often = [poll for poll in table.controller.polls if math.isfinite(poll.every_s)]
    writes = [place for place, ask in enumerate(asks) if isinstance(ask, Write)]
    assert len(writes) >= 2
    for first, second in pairwise(writes):
        between = asks[first + 1 : second]
        assert all(any(block in between for block in poll.blocks) for poll in often)


def test_a_time_out_that_is_not_proven_offers_nothing() -> None:
    table = Table("bender")
    table.talk = Conversation(bender.create(replace(LEAVE, set_up=False)), lambda: "watch")

    table.passes(SETTLES_S)
    table.plugs(True)
    table.wish(16.0)
    table.passes(30.0)

    assert "set_up = true" in table.talk.unfit
    assert not table.gives_power
    assert table.device.writes == []
