"""What the log's lines look like, what they never hold, and what is counted instead of printed."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import socket
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, floats, integers, one_of, sampled_from, text

from agent.core.identity import IdToken
from agent.core.session.effects import Signal
from agent.logs import (
    LONGEST_VALUE,
    MOST_REMEMBERED,
    SAME_FOR_S,
    about,
    is_journal,
    priority,
    setup,
)
from agent.secret import Secret
from firmware_sim.virtual_loop import run
from tests import root_log
from tests.read_log import Log

PASSWORD = "correct horse"
CARD = IdToken("04A1B2C3D4E5F6")


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_line_is_the_message_and_its_fields_in_order(log: Log) -> None:
    log.warn("meter answered late", connector=2, waited_ms=740, limit_ms=500)

    assert log.lines() == ["<4>meter answered late connector=2 waited_ms=740 limit_ms=500"]


def test_on_a_terminal_a_line_says_when_how_bad_and_where() -> None:
    log = Log(for_journal=False)

    log.say("transaction started", register_wh=10_432)

    (line,) = log.lines()
    assert line[2] == line[5] == ":"
    assert line[8:] == " INFO    agent.room: transaction started register_wh=10432"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (None, "none"),
        (16.0, "16.0"),
        (0.1 + 0.2, "0.3"),
        (Signal.CHARGING, "charging"),
        ("no answer", '"no answer"'),
        ('say "A"', '"say \\"A\\""'),
        ("a=b", '"a=b"'),
        ("", '""'),
        ("Lübeck…", "Lübeck…"),
        ("two\nlines", '"two\\nlines"'),
        ("two\u2028lines", '"two\\u2028lines"'),
        (CARD, "…E5F6"),
        ((CARD, 3), '"(IdToken(…E5F6), 3)"'),
        (Secret(PASSWORD), "Secret(…)"),
    ],
)
def test_a_value_is_shown_so_that_its_end_can_be_seen(log: Log, value: object, shown: str) -> None:
    log.say("seen", value=value)

    assert log.lines() == [f"<6>seen value={shown}"]


@given(dictionaries(sampled_from(["frame", "error", "port"]), one_of(text(), integers(), floats())), text())
def test_whatever_a_stranger_sends_stays_in_one_line(fields: dict[str, object], message: str) -> None:
    log = Log()

    log.warn(message.replace("%", ""), **fields)

    assert len(log.lines()) == 1
    assert log.lines()[0].isprintable()


def test_a_long_value_is_cut(log: Log) -> None:
    log.say("frame", frame="x" * 10_000)

    assert log.lines() == [f"<6>frame frame={'x' * LONGEST_VALUE}…"]


@dataclass
class Login:
    token: IdToken
    password: Secret


def test_neither_secret_nor_token_is_printed_wherever_it_stands(log: Log) -> None:
    login = Login(CARD, Secret(PASSWORD))

    log.say("known", token=CARD, password=login.password, login=login, many={"all": [login, (CARD, login.password)]})

    printed = "\n".join(log.lines())
    assert PASSWORD not in printed
    assert CARD.value not in printed


@pytest.mark.parametrize(
    ("level", "number"), [(logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6)]
)
def test_levels_survive_as_priorities(level: int, number: int) -> None:
    assert priority(level) == number
    assert priority(level + 1) == number


def test_each_line_of_a_traceback_keeps_its_priority(log: Log) -> None:
    try:
        int("two\nlines")
    except ValueError as error:
        log.say("task failed", logging.ERROR, exc_info=(type(error), error, error.__traceback__))

    assert len(log.lines()) > 3
    assert all(line.startswith("<3>") for line in log.lines())
    assert log.lines()[0] == "<3>task failed"


def test_the_context_stands_in_every_line_of_its_block_and_its_tasks(log: Log) -> None:
    async def scene() -> None:
        with about(connector=1):
            async with asyncio.TaskGroup() as group:
                group.create_task(speak())
        log.say("outside")

    async def speak() -> None:
        with about(transaction="tx-7"):
            log.say("inside", token=CARD)

    run(scene())

    assert log.lines() == ["<6>inside token=…E5F6 connector=1 transaction=tx-7", "<6>outside"]


def test_what_the_line_itself_says_wins_over_its_context(log: Log) -> None:
    with about(connector=1):
        log.say("seen", connector=2)

    assert log.lines() == ["<6>seen connector=2"]


def test_a_repeated_warning_is_counted_whatever_its_numbers(log: Log) -> None:
    for waited_ms in range(700, 711):
        log.warn("meter answered late", connector=2, waited_ms=waited_ms)
    log.now_s += SAME_FOR_S
    log.say("something else")

    assert log.lines() == [
        "<4>meter answered late connector=2 waited_ms=700",
        "<4>meter answered late connector=2 waited_ms=710 repeated=10",
        "<6>something else",
    ]


def test_warnings_about_two_connectors_or_in_other_words_are_two(log: Log) -> None:
    log.warn("meter answered late", connector=1)
    log.warn("meter answered late", connector=2)
    log.warn("meter answered late", connector=2, error="crc")

    assert len(log.lines()) == 3


def test_below_a_warning_only_what_is_wholly_the_same_is_counted(log: Log) -> None:
    log.say("offer changed", current_a=16.0)
    log.say("offer changed", current_a=10.0)
    log.say("offer changed", current_a=10.0)

    assert log.lines() == ["<6>offer changed current_a=16.0", "<6>offer changed current_a=10.0"]


def test_after_its_minute_a_message_is_printed_again(log: Log) -> None:
    log.warn("link is silent")
    log.now_s += SAME_FOR_S
    log.warn("link is silent")

    assert log.lines() == ["<4>link is silent"] * 2


def test_a_clock_set_back_silences_nobody(log: Log) -> None:
    log.warn("link is silent")
    log.now_s -= 86_400
    log.warn("link is silent")

    assert log.lines() == ["<4>link is silent"] * 2


def test_the_count_belongs_to_the_context_it_was_counted_in(log: Log) -> None:
    with about(connector=1):
        log.warn("meter answered late")
        log.warn("meter answered late")
    with about(connector=2):
        log.now_s += SAME_FOR_S
        log.say("something else")

    assert log.lines()[1:] == [
        "<4>meter answered late connector=1 repeated=1",
        "<6>something else connector=2",
    ]


def test_counts_are_printed_at_the_end_too(log: Log) -> None:
    for _ in range(3):
        log.warn("link is silent")

    log.handler.close()

    assert log.lines() == ["<4>link is silent", "<4>link is silent repeated=2"]


def test_many_different_messages_are_all_printed_and_memory_stays_bounded(log: Log) -> None:
    many = 3 * MOST_REMEMBERED
    for number in range(many):
        log.say("seen", number=number)

    assert len(log.lines()) == many
    assert len(log.handler._printed) <= MOST_REMEMBERED


@pytest.mark.parametrize("right", [True, False])
def test_the_journal_is_known_by_device_and_inode_of_its_socket(right: bool) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("w") as stream:
        status = os.fstat(stream.fileno())
        named = f"{status.st_dev}:{status.st_ino + (not right)}"

        assert is_journal(stream, named) is right


def test_a_stream_without_a_file_is_no_journal() -> None:
    assert not is_journal(io.StringIO(), "8:1")


@root_log.as_before()
def test_set_up_the_whole_process_speaks_this_way_and_libraries_are_held_back() -> None:
    stream = io.StringIO()

    setup(logging.DEBUG, stream)
    logging.getLogger("agent.room").debug("seen", extra={"connector": 1})
    logging.getLogger("websockets.client").debug("> Authorization: Basic %s", PASSWORD)
    logging.getLogger("pymodbus.logging").error("no response")

    assert stream.getvalue().endswith("DEBUG   agent.room: seen connector=1\n")
    assert stream.getvalue().count("\n") == 1
