"""Entries over a real datagram socket: what arrives is what was sent, and a journal that is away holds nobody up."""

from __future__ import annotations

import socket
from pathlib import Path

from hypothesis import given
from hypothesis.strategies import lists, sampled_from, text, tuples

from agent.journald import Journal, datagram
from tests.journal_socket import Listener, decoded

NAMES = sampled_from(["MESSAGE", "PRIORITY", "EVSE_PORT", "EVSE_CAUSE"])


@given(lists(tuples(NAMES, text()), max_size=8))
def test_any_text_arrives_as_it_was_and_makes_no_field_of_its_own(fields: list[tuple[str, str]]) -> None:
    whole = [(name, value.encode("utf-8", "replace").decode()) for name, value in fields]

    assert decoded(datagram(fields)) == whole


def test_a_line_break_in_a_value_is_no_end_of_it() -> None:
    octets = datagram([("MESSAGE", "one\nEVSE_CODE=forged"), ("PRIORITY", "6")])

    assert octets == b"MESSAGE\n" + (20).to_bytes(8, "little") + b"one\nEVSE_CODE=forged\nPRIORITY=6\n"


def test_an_entry_is_one_datagram(tmp_path: Path) -> None:
    with Listener(tmp_path / "socket") as journal:
        assert Journal(journal.path).send([("MESSAGE", "first")])
        assert Journal(journal.path).send([("MESSAGE", "second"), ("PRIORITY", "3")])

        assert journal.heard() == [{"MESSAGE": "first"}, {"MESSAGE": "second", "PRIORITY": "3"}]


def test_a_journal_that_is_not_there_takes_nothing_and_one_that_comes_back_does(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    ours = Journal(path)
    with Listener(path):
        assert ours.send([("MESSAGE", "before")])
    assert not ours.send([("MESSAGE", "nobody listens")])
    path.unlink()
    assert not ours.send([("MESSAGE", "nothing is there")])
    with Listener(path) as anew:
        assert ours.send([("MESSAGE", "after")])
        assert anew.heard() == [{"MESSAGE": "after"}]
    ours.close()


def test_a_journal_that_does_not_read_is_not_waited_for(tmp_path: Path) -> None:
    ours = Journal(tmp_path / "socket")
    with Listener(tmp_path / "socket"):
        taken = [ours.send([("MESSAGE", "x" * 1000)]) for _ in range(100_000 // 100)]

    assert taken[0] is True
    assert taken[-1] is False


def test_an_entry_that_is_longer_than_a_datagram_is_not_taken(tmp_path: Path) -> None:
    with Listener(tmp_path / "socket") as journal:
        assert not Journal(journal.path).send([("MESSAGE", "x" * (64 << 20))])


def test_the_socket_is_not_handed_on_to_a_program_that_follows(tmp_path: Path) -> None:
    ours = Journal(tmp_path / "socket")
    with Listener(tmp_path / "socket"):
        ours.send([("MESSAGE", "x")])
        assert ours._socket is not None
        assert not ours._socket.get_inheritable()
        assert ours._socket.type == socket.SOCK_DGRAM
