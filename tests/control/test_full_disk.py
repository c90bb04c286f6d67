"""A disk without room: what was done without a record is told, and so is the disk, before anybody has to guess."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from agent.control.cli import main
from agent.control.room import LOW_MB, LOW_PERCENT
from agent.control.wire import NOT_ON_RECORD, REQUEST_MAX_BYTES, Done, encode_reply
from agent.core.faults.catalogue import fault_kind
from tests.control.calling import asked, shown
from tests.control.charger import Charger

FULL = "no room is left on the disk; make some"


def statvfs(*, free_mb: float, all_mb: float, is_read_only: bool = False) -> os.statvfs_result:
    free, every = (round(megabytes * 1000) for megabytes in (free_mb, all_mb))
    return os.statvfs_result((1000, 1000, every, free, free, 100, 100, 100, int(is_read_only), 255))


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (statvfs(free_mb=7, all_mb=8000), "is full (7.0 MB of 8000 MB are free)"),
        (statvfs(free_mb=199, all_mb=500), "storage.low: 199 MB of 500 MB"),
        (statvfs(free_mb=799, all_mb=8000), "storage.low: 799 MB"),
        (statvfs(free_mb=4000, all_mb=8000, is_read_only=True), "storage.readonly"),
        (statvfs(free_mb=801, all_mb=8000), ""),
        (None, ""),
    ],
)
def test_little_room_is_told_in_status_explain_and_faults(
    seen: os.statvfs_result | None, says: str, charger: Charger, socket_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(folder: Path) -> os.statvfs_result:
        assert folder == charger.config.storage.path
        if seen is None:
            raise FileNotFoundError(folder)
        return seen

    monkeypatch.setattr(os, "statvfs", look)

    for words in ("status", "explain", "faults list"):
        text = shown(words, asked(charger, socket_path, words))
        assert says in text and ("storage." in text) is bool(says), words


def test_short_of_room_is_what_the_catalogue_of_faults_calls_so() -> None:
    assert fault_kind("storage.low").meaning == f"free space < {LOW_PERCENT} % or < {LOW_MB} MB"


def test_a_command_that_was_done_and_is_on_no_record_says_so(
    charger: Charger, socket_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    charger.journal.fails = FULL

    body = asked(charger, socket_path, "token add", token="04A1B2C3D4")

    assert body[NOT_ON_RECORD] == FULL
    with answered_by(socket_path.with_suffix(".cli"), Done(body)) as place:
        code = main(["--socket", str(place), "token", "add", "04A1B2C3D4"])
    told = capsys.readouterr()
    assert code == 0 and told.out
    assert told.err == f"evsectl: done, but not put on record: {FULL}\n"


@contextmanager
def answered_by(place: Path, reply: Done) -> Iterator[Path]:
    """An agent that says this to whoever asks first."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        server.listen(1)

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.recv(REQUEST_MAX_BYTES)
                line.sendall(encode_reply(reply))

        thread = Thread(target=answer)
        thread.start()
        yield place
        thread.join()
