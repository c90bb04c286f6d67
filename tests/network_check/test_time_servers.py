"""Time servers over a real socket: right, wrong, silent, lying and mad ones; and whom the system's settings name."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.network_check.model import Finding, Layer, Verdict
from agent.core.network_check.time_server import Answered, Heard, TimeSeen, ahead_s, time_server
from agent.host.sntp import ask, unix_s
from agent.host.time_servers import Keeping, keeping, named, of_lines, of_timesyncd
from tests.network_check.programs import Programs
from tests.network_check.wire import WORLD_IP, Cable, Check, cable, listening, name_server, needs_namespaces

COOKIE = 0x0123_4567_89AB_CDEF
TO_1970_S = 2_208_988_800
ASKED = struct.Struct("!B39xQ")


def stamp(unix: float) -> int:
    return round((unix + TO_1970_S) * (1 << 32)) % (1 << 64)


class TimeServer(asyncio.DatagramProtocol):
    """By the words of RFC 5905. `ahead_s`: how wrong it is; `mute`: hears, and says nothing."""

    def __init__(self, ahead_s: float = 0.0, **how: Any) -> None:
        self.ahead_s, self.how = ahead_s, how
        self.asked: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, asked: bytes, sender: Any) -> None:
        self.asked.append(asked)
        for message in self.answers(asked):
            self.transport.sendto(message, sender)

    def answers(self, asked: bytes) -> Iterator[bytes]:
        if self.how.get("mute"):
            return
        (_, cookie) = ASKED.unpack(asked)
        now = stamp(time.time() + self.ahead_s)
        leap, mode = self.how.get("leap", 0), self.how.get("mode", 4)
        first = leap << 6 | 4 << 3 | mode
        if self.how.get("guesses"):
            yield struct.pack("!BBbbII4sQQQQ", first, 2, 0, -20, 0, 0, b"GPS\0", now, 4711, 0, stamp(0))
        yield self.how.get(
            "raw",
            struct.pack(
                "!BBbbII4sQQQQ", first, self.how.get("stratum", 2), 0, -20, 0, 0, b"GPS\0", now, cookie, now, now
            ),
        )


@asynccontextmanager
async def serving(server: TimeServer, sock: socket.socket | None = None) -> AsyncIterator[int]:
    own = sock or socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if sock is None:
        own.bind(("127.0.0.1", 0))
        own.setblocking(False)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, sock=own)
    try:
        yield own.getsockname()[1]
    finally:
        transport.close()


def now_ms() -> int | None:
    return round(1000 * time.time())


def heard(server: TimeServer, within_s: float = 1.0) -> Answered:
    async def story() -> Answered:
        async with serving(server) as port:
            return await ask("127.0.0.1", within_s, COOKIE, now_ms, port)

    return asyncio.run(story())


@pytest.mark.parametrize("off_s", [0.0, 3600.0, -86_400.0])
def test_how_far_a_server_is_ahead_is_told(off_s: float) -> None:
    seen = heard(TimeServer(off_s))

    assert seen.heard is Heard.TIME
    assert seen.ahead_s == pytest.approx(off_s, abs=0.5)


def test_the_question_is_48_octets_of_client_mode_and_tells_nothing_but_chance() -> None:
    server = TimeServer()
    heard(server)

    (message,) = server.asked
    assert message == b"\x23" + bytes(39) + COOKIE.to_bytes(8)


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (TimeServer(mute=True), Heard.SILENT),
        (TimeServer(leap=3, stratum=16), Heard.UNSYNCHRONIZED),
        (TimeServer(stratum=0, leap=3), Heard.KISS),
        (TimeServer(mode=3), Heard.NONSENSE),
        (TimeServer(raw=b"hello"), Heard.NONSENSE),
    ],
    ids=["silent", "unsynchronized", "kiss of death", "another mode", "no ntp"],
)
def test_what_is_no_time_is_named(server: TimeServer, said: Heard) -> None:
    seen = heard(server, 0.3)

    assert (seen.heard, seen.ahead_s) == (said, None)


def test_who_guesses_an_answer_is_not_believed_and_the_right_one_is_still_heard() -> None:
    seen = heard(TimeServer(60.0, guesses=True))

    assert seen.ahead_s == pytest.approx(60.0, abs=0.5)


def test_where_nobody_listens_it_is_said_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    began_s = time.monotonic()

    assert asyncio.run(ask("127.0.0.1", 5.0, COOKIE, now_ms, port)).heard is Heard.NOBODY
    assert time.monotonic() - began_s < 4.0


def test_a_name_that_is_none_is_told() -> None:
    assert asyncio.run(ask("no such name", 5.0, COOKIE, now_ms)).heard is Heard.NO_NAME


def test_without_a_clock_of_our_own_nothing_is_ahead_of_it() -> None:
    async def story() -> Answered:
        async with serving(TimeServer()) as port:
            return await ask("127.0.0.1", 1.0, COOKIE, lambda: None, port)

    seen = asyncio.run(story())
    assert (seen.heard, seen.ahead_s) == (Heard.TIME, None)


@given(st.integers(min_value=0, max_value=4_000_000_000))
def test_a_time_of_any_era_is_read_as_it_was_written(unix: int) -> None:
    """From 1970 to 2096: the seconds of NTP begin anew in 2036."""
    assert unix_s(stamp(float(unix))) == pytest.approx(unix, abs=0.001)


@given(st.binary(max_size=80))
def test_whatever_a_server_sends_is_judged(raw: bytes) -> None:
    async def story() -> Answered:
        async with serving(TimeServer(raw=raw)) as port:
            return await ask("127.0.0.1", 0.02, COOKIE, now_ms, port)

    assert asyncio.run(story()).ahead_s is None


# Judged.


def told(*answers: Answered, **how: Any) -> Finding:
    return time_server(TimeSeen(answers=answers, **{"kept_by": "chrony", "is_synchronized": True, **how}))


def right(name: str = "a", ahead_s: float = 0.01) -> Answered:
    return Answered(server=name, heard=Heard.TIME, ahead_s=ahead_s, took_s=0.012)


def test_a_server_that_answers_is_well() -> None:
    seen = told(right())

    assert (seen.verdict, seen.says) == (Verdict.OK, "a answers after 12 ms; chrony keeps the clock by one")
    assert seen.values == {"servers": ["a"], "offset_s": 0.01, "synchronized": True}


def test_servers_that_are_all_silent_want_port_123() -> None:
    seen = told(Answered(server="a", heard=Heard.SILENT), Answered(server="b", heard=Heard.SILENT))

    assert (seen.verdict, "a does not answer; b does not answer" in seen.says) == (Verdict.WARN, True)
    assert "port 123 (UDP) opened" in seen.next


def test_servers_that_disagree_are_both_named_and_neither_is_believed() -> None:
    seen = told(right("a"), right("b", 3600.0))

    assert "the time servers disagree" in seen.says and "b is 60 min ahead" in seen.says
    assert "take the wrong one out" in seen.next
    assert ahead_s(TimeSeen(answers=(right("a"), right("b", 3600.0)))) is None


def test_a_clock_that_follows_nobody_beside_a_server_that_answers_is_a_warning() -> None:
    seen = told(right(), is_synchronized=False)

    assert (seen.verdict, "chrony has not set the clock by one" in seen.says) == (Verdict.WARN, True)
    assert "systemctl status chrony" in seen.next


def test_what_could_not_be_looked_at_is_said_and_not_made_up() -> None:
    seen = told(right(), is_synchronized=None, why_not="timedatectl is not installed")

    assert seen.says.endswith("was not looked at: timedatectl is not installed")
    assert "synchronized" not in seen.values


def test_without_a_server_in_the_settings_nobody_is_asked() -> None:
    assert told().verdict is Verdict.SKIPPED


# Whom the settings name.

TIMESYNCD = """[Time]
#NTP=commented.example
NTP=
FallbackNTP=0.pool.example 1.pool.example
"""
CHRONY = """pool 2.debian.pool.example iburst
server -4 time.example
! server no.example
sourcedir /etc/chrony/sources.d
keyfile /etc/chrony/chrony.keys
"""


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        file = root / name.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def test_servers_of_timesyncd_are_read_with_what_comes_after_them() -> None:
    assert of_timesyncd([TIMESYNCD]) == ("0.pool.example", "1.pool.example")
    assert of_timesyncd([TIMESYNCD, "[Time]\nNTP=site.example\nNTP=two.example"]) == ("site.example", "two.example")
    assert of_timesyncd(["NTP=a", "NTP=", "NTP=b"]) == ("b",)


def test_servers_of_chrony_are_read_with_its_folders(tmp_path: Path) -> None:
    put(tmp_path, etc__chrony__chrony_dot_conf=CHRONY)
    put(tmp_path, **{"etc__chrony__sources_dot_d__site_dot_sources": "server site.example iburst\n"})

    assert list(named(tmp_path, "chrony")) == ["2.debian.pool.example", "time.example", "site.example"]
    assert list(named(tmp_path, "systemd-timesyncd")) == []


def test_clocks_of_ntpd_itself_are_no_servers() -> None:
    assert list(of_lines("server 127.127.1.0\nserver a.example prefer\npeer b.example")) == ["a.example", "b.example"]


def test_who_keeps_the_clock_says_whether_it_does(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "run/chrony").mkdir(parents=True)
    put(tmp_path, etc__chrony__chrony_dot_conf="server a.example\n")
    programs.says("timedatectl", "no")

    assert asyncio.run(keeping(tmp_path)) == Keeping(kept_by="chrony", servers=("a.example",), is_synchronized=False)
    assert programs.asked("timedatectl") == ["show -p NTPSynchronized --value"]


def test_timesyncd_tells_by_its_mark_and_its_servers_by_itself(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    (tmp_path / "run/systemd/timesync/synchronized").touch()
    programs.says("timedatectl", "LinkNTPServers=192.168.0.1\nSystemNTPServers=\nFallbackNTPServers=0.pool.example")

    seen = asyncio.run(keeping(tmp_path))

    assert seen == Keeping(kept_by="systemd-timesyncd", servers=("192.168.0.1",), is_synchronized=True)


def test_without_timedatectl_it_is_not_known_and_the_settings_are(programs: Programs, tmp_path: Path) -> None:
    put(tmp_path, etc__systemd__timesyncd_dot_conf=TIMESYNCD)

    seen = asyncio.run(keeping(tmp_path))

    assert (seen.servers, seen.is_synchronized) == (("0.pool.example", "1.pool.example"), None)
    assert seen.why_not == "timedatectl is not installed"


# In a check.


@pytest.fixture
def wire() -> Iterator[Cable]:
    with cable() as one:
        one.address()
        yield one


def checked(wire: Cable, folder: Path, server: TimeServer | None, **how: Any) -> dict[Layer, Finding]:
    """With the world's time server at its real port, and settings that name it."""
    put(folder, etc__systemd__timesyncd_dot_conf=f"[Time]\nNTP={WORLD_IP}\n")

    async def story() -> list[Finding]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(name_server(wire))
            await stack.enter_async_context(listening(wire.socket(socket.SOCK_STREAM, 9000)))
            if server is not None:
                await stack.enter_async_context(serving(server, wire.socket(socket.SOCK_DGRAM, 123)))
            return await Check(root=folder, now_ms=now_ms(), **how).findings()

    return {one.layer: one for one in wire.live(story, folder)}


@needs_namespaces
def test_a_time_server_that_answers_proves_the_clock(programs: Programs, wire: Cable, tmp_path: Path) -> None:
    programs.says("timedatectl", "yes")
    began_s = time.monotonic()

    found = checked(wire, tmp_path, TimeServer())

    assert time.monotonic() - began_s < 10.0
    assert f"{WORLD_IP} answers after" in found[Layer.TIME_SERVER].says
    assert found[Layer.TIME_SERVER].verdict is Verdict.OK
    assert "from the time server's" in found[Layer.CLOCK].says


@needs_namespaces
def test_a_clock_beside_a_time_server_that_is_an_hour_ahead_is_a_warning(
    programs: Programs, wire: Cable, tmp_path: Path
) -> None:
    found = checked(wire, tmp_path, TimeServer(7200.0))

    assert found[Layer.CLOCK].says == "by the time server, this clock is 2 h behind"
    assert found[Layer.CLOCK].verdict is Verdict.WARN


@needs_namespaces
@pytest.mark.parametrize(
    ("server", "says"), [(None, "runs no time server"), (TimeServer(mute=True), "does not answer")]
)
def test_a_time_server_that_is_closed_off_costs_no_more_than_the_page(
    programs: Programs, wire: Cable, tmp_path: Path, server: TimeServer | None, says: str
) -> None:
    began_s = time.monotonic()

    found = checked(wire, tmp_path, server)

    assert time.monotonic() - began_s < 10.0
    assert (found[Layer.TIME_SERVER].verdict, says in found[Layer.TIME_SERVER].says) == (Verdict.WARN, True)
    assert found[Layer.ROUND_TRIP].verdict is Verdict.OK
