"""The log where the journal reads it: an entry with fields for each line; where that is away, the line as before."""

from __future__ import annotations

import io
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.bus import News
from agent.core.identity import ConnectorId, IdToken
from agent.core.time import Instant
from agent.journal_entry import id_of_fault
from agent.journald import Journal
from agent.logs import NEWS, STATE, CountingHandler, JournalHandler, about, setup
from tests import root_log
from tests.journal_socket import Listener
from tests.read_log import Log

CARD = IdToken("04A1B2C3D4E5F6")
RAISED = News(
    name="fault.raised",
    at=Instant(5.0, None, "boot-7"),
    connector=ConnectorId(2),
    fields=(("id", "cp.short"), ("severity", "C"), ("evidence", "high_v=0.4")),
)


class Entries(Log):
    """Written to the journal at `path`; its lines are what went down the stream instead."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda stream: JournalHandler(stream, Journal(path)))

    def tell(self, news: News, state: str = "") -> None:
        more: dict[str, object] = {**dict(news.fields), NEWS: news, STATE: state}
        self.say(news.name, logging.INFO, **more)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "socket"


def test_a_line_is_an_entry_with_its_priority_and_its_port_and_no_line_beside_it(path: Path) -> None:
    log = Entries(path)
    with Listener(path) as journal:
        with about(connector=2):
            log.say("meter answered late", logging.WARNING, waited_ms=740)

        assert journal.heard() == [
            {
                "MESSAGE": "meter answered late waited_ms=740 connector=2",
                "PRIORITY": "4",
                "SYSLOG_IDENTIFIER": "evse-agent",
                "EVSE_PORT": "2",
                "EVSE_SEQ": "1",
            }
        ]
        assert log.lines() == []


def test_an_event_has_the_fields_of_what_it_is(path: Path) -> None:
    log = Entries(path)
    with Listener(path) as journal:
        log.tell(RAISED, "Faulted")

        assert journal.heard() == [
            {
                "MESSAGE": 'fault.raised id=cp.short severity=C evidence="high_v=0.4"',
                "PRIORITY": "2",
                "SYSLOG_IDENTIFIER": "evse-agent",
                "MESSAGE_ID": id_of_fault("cp.short"),
                "EVSE_CODE": "cp.short",
                "EVSE_MREC": "CX014",
                "EVSE_PORT": "2",
                "EVSE_STATE": "Faulted",
                "EVSE_BOOT": "boot-7",
                "EVSE_SEQ": "1",
            }
        ]


def test_while_the_journal_is_away_each_line_goes_down_the_stream_and_none_is_there_twice(path: Path) -> None:
    log = Entries(path)
    with Listener(path) as journal:
        log.say("one")
        assert [entry["MESSAGE"] for entry in journal.heard()] == ["one"]
    log.say("two", logging.ERROR)
    log.tell(RAISED)
    assert log.lines() == ["<3>two", '<2>fault.raised id=cp.short severity=C evidence="high_v=0.4"']
    with Listener(path) as journal:
        log.say("three")
        assert [(entry["MESSAGE"], entry["EVSE_SEQ"]) for entry in journal.heard()] == [("three", "2")]
    assert len(log.lines()) == 2


def test_a_traceback_is_one_entry(path: Path) -> None:
    log = Entries(path)
    with Listener(path) as journal:
        try:
            int("no such register")
        except ValueError as error:
            log.say("task failed", logging.ERROR, exc_info=(type(error), error, error.__traceback__))

        [entry] = journal.heard()
    assert entry["MESSAGE"].startswith("task failed\nTraceback (most recent call last):")
    assert entry["MESSAGE"].endswith("'no such register'")


def test_what_is_longer_than_a_datagram_comes_as_a_line(path: Path) -> None:
    log = Entries(path)
    with Listener(path) as journal:
        log.say("x" * (64 << 20))
        log.say("short")

        assert [entry["MESSAGE"] for entry in journal.heard()] == ["short"]
    assert [len(line) for line in log.lines()] == [(64 << 20) + 3]


def test_what_repeats_is_counted_here_too_and_the_count_is_an_entry_of_its_own(path: Path) -> None:
    log = Entries(path)
    with Listener(path) as journal:
        for _ in range(4):
            log.tell(RAISED)
        log.now_s += 61.0
        log.say("other")

        heard = journal.heard()
    assert [entry.get("EVSE_CODE", "") for entry in heard] == ["cp.short", "cp.short", ""]
    assert heard[1]["MESSAGE"].endswith(" repeated=3")
    assert [entry["EVSE_SEQ"] for entry in heard] == ["1", "2", "3"]


def test_of_a_token_no_field_but_the_message_shows_even_its_end(path: Path) -> None:
    log = Entries(path)
    news = News(
        name="session.refused",
        at=Instant(5.0),
        connector=ConnectorId(1),
        fields=(("token", CARD.masked), ("reason", f"nobody knows {CARD.masked}")),
    )
    with Listener(path) as journal:
        log.tell(news)

        [entry] = journal.heard()
    assert CARD.value not in str(entry)
    assert [name for name, value in entry.items() if CARD.value[-4:] in value] == ["MESSAGE"]


@contextmanager
def stderr_of_a_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.TextIOWrapper]:
    """A stream that JOURNAL_STREAM names."""
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("w") as stream:
        status = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        yield stream


def own_handler() -> logging.Handler:
    [handler] = [one for one in logging.getLogger().handlers if isinstance(one, CountingHandler)]
    return handler


@root_log.as_before()
def test_the_journal_is_spoken_to_only_where_standard_error_is_its_own_and_its_socket_is_there(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Listener(path) as journal:
        setup(logging.INFO, io.StringIO(), path)
        assert not isinstance(own_handler(), JournalHandler)
        with stderr_of_a_service(monkeypatch) as stream:
            setup(logging.INFO, stream, path.with_name("nowhere"))
            assert not isinstance(own_handler(), JournalHandler)
            setup(logging.INFO, stream, path)
            logging.getLogger("agent.room").info("seen", extra={"connector": 1})

        assert [entry["MESSAGE"] for entry in journal.heard()] == ["seen connector=1"]
