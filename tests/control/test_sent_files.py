"""A file that comes with an answer: its way over the socket, and what evsectl makes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.control.sent_files import Arriving, take_name
from agent.control.server import PIECE_BYTES, _Connection, _hand_over
from agent.control.wire import REPLY_MAX_BYTES, BadReply, Done, Piece, decode_reply, encode_reply
from agent.errors import BadRequest
from firmware_sim.virtual_loop import run


@given(st.binary(max_size=5000), st.booleans(), st.sampled_from(["", "bundle.tar.gz", "a b.json"]))
def test_pieces_and_the_name_of_a_file_cross_the_wire(octets: bytes, passed: bool, name: str) -> None:
    done = Done({"a": 1}, passed, Path("/var/lib/evse-agent/secret-place") / name if name else None)

    line = encode_reply(done)

    assert decode_reply(encode_reply(Piece(octets))[:-1]) == Piece(octets)
    assert decode_reply(line[:-1]) == Done({"a": 1}, passed, Path(name) if name else None)
    assert b"secret-place" not in line


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a/b", ""])
def test_a_name_that_is_a_path_is_no_reply(name: str) -> None:
    line = encode_reply(Done({}, True, Path("x")))[:-1].replace(b'"file":"x"', f'"file":"{name}"'.encode())

    with pytest.raises(BadReply):
        decode_reply(line)


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    arriving = Arriving(str(tmp_path / "mine.gz"))
    arriving.take(b"ab")
    arriving.take(b"cd")
    during = [file.name for file in tmp_path.iterdir()]

    whole = arriving.finish("theirs.gz")

    assert whole.read_bytes() == b"abcd"
    assert "mine.gz" not in during
    assert [file.name for file in tmp_path.iterdir()] == ["mine.gz"]


def test_without_a_place_it_is_called_as_it_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    Arriving("").finish("theirs.gz")

    assert (tmp_path / "theirs.gz").read_bytes() == b""


def test_nothing_is_written_over_and_nothing_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    arriving, dropped = Arriving(str(tmp_path / "mine")), Arriving(str(tmp_path / "other"))
    arriving.take(b"new")
    dropped.take(b"half")

    with pytest.raises(BadRequest, match="is there already"):
        arriving.finish("theirs")
    dropped.drop()
    with pytest.raises(BadRequest, match="--to FILE"):
        Arriving(str(tmp_path / "no-folder" / "x")).take(b"a")

    assert [file.name for file in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine").read_text() == "kept"


def test_a_file_that_cannot_take_its_name_leaves_no_other_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(OSError):
        take_name(tmp_path / "gone", tmp_path / "whole")
    with pytest.raises(FileExistsError):
        take_name(tmp_path / "gone", tmp_path / "folder")

    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_the_server_sends_a_file_in_pieces_and_says_where_it_cannot(tmp_path: Path) -> None:
    octets = bytes(range(256)) * (3 * PIECE_BYTES // 256) + b"end"
    (tmp_path / "big").write_bytes(octets)

    async def main() -> tuple[list[bytes], str]:
        lines: list[bytes] = []

        async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert await _hand_over(tmp_path / "big", _Connection(reader, writer)) == ""
            writer.close()

        server = await asyncio.start_unix_server(served, tmp_path / "s")
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s", limit=REPLY_MAX_BYTES)
        while line := await reader.readline():
            lines.append(line)
        why = await _hand_over(tmp_path / "gone", _Connection(reader, writer))
        writer.close()
        server.close()
        return lines, why

    lines, why = run(main())
    pieces = [decode_reply(line[:-1]) for line in lines]

    assert b"".join(one.octets for one in pieces if isinstance(one, Piece)) == octets
    assert len(pieces) == 4
    assert "cannot be read" in why
