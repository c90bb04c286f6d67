"""Downloads that broke off: gone on with where the server can prove that it is the same file, begun anew otherwise."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import TransferBroken, TransferError
from agent.transfer.addresses import Scheme, read_address
from agent.transfer.connecting import Line, TransferRules
from agent.transfer.courier import Courier
from agent.transfer.part import Part
from tests.transfer.servers import FtpWays, Web, ftp_server, web_server

CONTENT = bytes(range(256)) * 2000
OTHER = CONTENT[::-1]
RULES = TransferRules(schemes=tuple(Scheme), may_reach_private=True)
ADDRESS = read_address("https://h/fw", RULES.schemes)


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as server:
        server.files["/fw"] = CONTENT
        yield server


def fetch(location: str, file: Path) -> bytes:
    asyncio.run(Courier(RULES).fetch(location, file))
    return file.read_bytes()


def broken_off(web: Web, file: Path, after: int = 300_000) -> None:
    web.breaks_after = after
    with pytest.raises(TransferBroken):
        fetch(web.url("/fw"), file)


def ranges(web: Web) -> list[str | None]:
    return [headers.get("Range") for _, _, headers in web.asked]


# By http.


def test_a_server_that_sends_the_rest_of_another_file_is_asked_for_the_whole_at_once(web: Web, tmp_path: Path) -> None:
    broken_off(web, tmp_path / "image")
    web.files["/fw"], web.tag, web.knows_if_range = OTHER, '"v2"', False

    assert fetch(web.url("/fw"), tmp_path / "image") == OTHER
    assert ranges(web) == [None, "bytes=300000-", None]


def test_a_file_that_is_shorter_now_is_fetched_anew_at_once(web: Web, tmp_path: Path) -> None:
    broken_off(web, tmp_path / "image")
    web.files["/fw"], web.knows_if_range = b"short", False

    assert fetch(web.url("/fw"), tmp_path / "image") == b"short"


def test_a_server_without_ranges_gives_it_from_the_beginning(web: Web, tmp_path: Path) -> None:
    web.knows_range = False
    broken_off(web, tmp_path / "image")

    assert fetch(web.url("/fw"), tmp_path / "image") == CONTENT
    assert ranges(web) == [None, "bytes=300000-"]


@pytest.mark.parametrize(("age_s", "second"), [(3600, "bytes=300000-"), (1, None)])
def test_a_date_proves_a_version_where_the_file_had_been_left_alone(
    web: Web, tmp_path: Path, age_s: int, second: str | None
) -> None:
    web.tag, web.changed = "", format_datetime(datetime.now(UTC) - timedelta(seconds=age_s), usegmt=True)
    broken_off(web, tmp_path / "image")

    assert fetch(web.url("/fw"), tmp_path / "image") == CONTENT
    assert ranges(web) == [None, second]


def test_many_breaks_make_one_file(web: Web, tmp_path: Path) -> None:
    for _ in range(4):
        broken_off(web, tmp_path / "image", after=100_000)

    assert fetch(web.url("/fw"), tmp_path / "image") == CONTENT
    assert ranges(web)[-1] == "bytes=400000-"


# By ftp.


def called_off(location: str, file: Path) -> int:
    """Fetch slowly, and stop in the middle; how much is there."""

    async def story() -> None:
        fetching = asyncio.create_task(Courier(RULES).fetch(location, file))
        async with asyncio.timeout(20):
            while not file.exists() or file.stat().st_size == 0:  # noqa: ASYNC110, ASYNC240 - seen from outside only
                await asyncio.sleep(0.005)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching

    asyncio.run(story())
    for thread in threading.enumerate():
        if thread.name.startswith("transfer"):
            thread.join(5)
    return int(file.with_name(f"{file.name}.version").read_text().partition("\n")[0])


def ftp(port: int) -> str:
    return f"ftp://cp:s3cret-word@127.0.0.1:{port}/fw"


def half_by_ftp(root: Path, file: Path, unknown: tuple[str, ...] = ()) -> int:
    with ftp_server(root, ways=FtpWays(is_slow=True, unknown=unknown)) as port:
        return called_off(ftp(port), file)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    (root / "fw").write_bytes(CONTENT * 4)
    return root


def test_an_ftp_transfer_goes_on_where_it_stopped(root: Path, tmp_path: Path) -> None:
    had, ways = half_by_ftp(root, tmp_path / "image"), FtpWays()

    with ftp_server(root, ways=ways) as port:
        assert fetch(ftp(port), tmp_path / "image") == CONTENT * 4
    assert 0 < had < len(CONTENT) * 4
    assert f"REST {had}" in ways.asked


def test_a_file_that_changed_on_an_ftp_server_is_fetched_anew(root: Path, tmp_path: Path) -> None:
    half_by_ftp(root, tmp_path / "image")
    (root / "fw").write_bytes(OTHER * 4)
    os.utime(root / "fw", (1, 1))
    ways = FtpWays()

    with ftp_server(root, ways=ways) as port:
        assert fetch(ftp(port), tmp_path / "image") == OTHER * 4
    assert not any(line.startswith("REST") for line in ways.asked)


@pytest.mark.parametrize("unknown", ["REST", "MDTM", "SIZE"])
def test_an_ftp_server_that_cannot_go_on_gives_it_from_the_beginning(root: Path, tmp_path: Path, unknown: str) -> None:
    half_by_ftp(root, tmp_path / "image")

    with ftp_server(root, ways=FtpWays(unknown=(unknown,))) as port:
        assert fetch(ftp(port), tmp_path / "image") == CONTENT * 4


# What is on disk.


@settings(max_examples=40)
@given(
    versions=st.lists(st.sampled_from(["v1", "v2", ""]), min_size=1, max_size=6),
    breaks=st.lists(st.integers(0, 60), min_size=6, max_size=6),
    tails=st.lists(st.binary(max_size=20), min_size=6, max_size=6),
)
def test_whatever_a_power_cut_leaves_of_it_the_file_is_that_of_its_version(
    versions: list[str], breaks: list[int], tails: list[bytes]
) -> None:
    """Each try may meet another version, break anywhere, and leave octets on disk that nobody wrote."""
    originals = {"v1": bytes(range(60)), "v2": bytes(range(100, 160)), "": bytes(range(200, 255))}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "image"
        for version, until, tail in zip(versions, breaks, tails, strict=False):
            got(file, version, originals[version], until)
            if file.exists() and not got_whole(file, originals[version], until):
                file.write_bytes(file.read_bytes() + tail)

        got(file, versions[-1], originals[versions[-1]], 1000)
        assert file.read_bytes() == originals[versions[-1]]


def got(file: Path, version: str, original: bytes, until: int) -> None:
    part = Part(file, ADDRESS, Line(RULES))
    before, had = part.held()
    had = had if before == version else 0
    try:
        with part.writing(version=version, had=had, expected=len(original)) as take:
            for start in range(had, min(until, len(original)), 7):
                take(original[start : min(start + 7, until)])
    except TransferError:
        return


def got_whole(file: Path, original: bytes, until: int) -> bool:
    return until >= len(original) and file.read_bytes() == original


def test_what_is_kept_is_noted_on_the_way_and_not_only_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.transfer.part.KEPT_EVERY_BYTES", 100)
    part = Part(tmp_path / "image", ADDRESS, Line(RULES))

    with part.writing(version="v1", had=0, expected=None) as take:
        take(b"x" * 99)
        assert part.held() == ("", 0)
        take(b"x" * 2)
        assert part.held() == ("v1", 101)
    assert part.held() == ("", 0)
