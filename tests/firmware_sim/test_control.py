"""The control socket: whatever comes in, an answer goes out, and nobody holds up anybody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim import breakage, control, verbs
from firmware_sim.virtual_loop import run
from firmware_sim.world import World
from tests.firmware_sim.bench import rig_of

T = TypeVar("T")


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, request: object) -> dict[str, Any]:
        return await self.say(json.dumps(request).encode())

    async def say(self, line: bytes) -> dict[str, Any]:
        self.writer.write(line + b"\n")
        return await self.hear()

    async def hear(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await self.reader.readline())
        return answer


class Socket:
    """A listening world, and connections to it."""

    def __init__(self, world: World, path: Path) -> None:
        self.world, self.path = world, path

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        reader, writer = await asyncio.open_unix_connection(self.path)
        try:
            yield Client(reader, writer)
        finally:
            writer.close()


def listening(folder: Path, story: Callable[[Socket], Awaitable[T]]) -> T:
    async def main() -> T:
        async with rig_of(folder) as rig, control.listening(rig.world, folder / "control.sock"):
            return await story(Socket(rig.world, folder / "control.sock"))

    return run(main())


def answer_to(folder: Path, line: bytes) -> dict[str, Any]:
    async def story(socket: Socket) -> dict[str, Any]:
        async with socket.client() as client:
            return await client.say(line)

    return listening(folder, story)


def test_an_answer_carries_the_id_of_its_request(tmp_path: Path) -> None:
    assert answer_to(tmp_path, b'{"id": 17, "do": "plug_in"}') == {"id": 17, "ok": True}


def test_requests_of_one_connection_are_answered_in_their_order(tmp_path: Path) -> None:
    async def story(socket: Socket) -> list[tuple[int, bool]]:
        async with socket.client() as client:
            wait = {"id": 1, "do": "wait", "until": "closed", "timeout_s": 5}
            client.writer.write(json.dumps(wait).encode() + b'\n{"id": 2, "do": "status"}\n')
            return [(answer["id"], answer["ok"]) for answer in (await client.hear(), await client.hear())]

    assert listening(tmp_path, story) == [(1, False), (2, True)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "no JSON"),
        (b"hello", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 60_000, "no JSON"),
        (b'{"id": 1, "do": ' + b"9" * 5000 + b"}", "no JSON"),
        (b"[1]", "no object"),
        (b"null", "no object"),
        (b"{}", "do: is missing"),
        (b'{"do": 3}', "do: is missing or no text"),
        (b'{"do": "dance"}', "dance: no such verb"),
        (b'{"do": "plug_in", "current_a": NaN}', "current_a: nan is not a number"),
        (b'{"do": "plug_in", "\\ud800": 1}', "unknown argument"),
        (b'{"do": "swipe", "token": "\\ud800"}', "is no card number"),
    ],
    ids=range(13),
)
def test_garbage_is_answered_with_a_sentence(tmp_path: Path, line: bytes, words: str) -> None:
    answer = answer_to(tmp_path, line)

    assert answer["ok"] is False
    assert answer["kind"] == "wrong_use"
    assert words in answer["error"]


def test_an_answer_says_whether_it_was_the_request_the_world_or_the_time(tmp_path: Path) -> None:
    kinds = [
        answer_to(tmp_path, b'{"do": "dance"}')["kind"],
        answer_to(tmp_path, b'{"do": "plug_out"}')["kind"],
        answer_to(tmp_path, b'{"do": "wait", "until": "closed", "timeout_s": 1}')["kind"],
    ]

    assert kinds == ["wrong_use", "refused", "timed_out"]


@pytest.mark.parametrize("length", [70_000, 131_072, 500_000])
def test_a_line_that_is_too_long_is_answered_once_and_the_next_one_is_heard(tmp_path: Path, length: int) -> None:
    async def story(socket: Socket) -> list[dict[str, Any]]:
        async with socket.client() as client:
            client.writer.write(b"x" * length + b"\n" + b'{"id": 5, "do": "plug_in"}\n')
            return [await client.hear(), await client.hear()]

    first, second = listening(tmp_path, story)

    assert "longer than 65536 bytes" in first["error"]
    assert second == {"id": 5, "ok": True}


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    async def story(socket: Socket) -> dict[str, Any]:
        async with socket.client() as client:
            client.writer.write(b'{"id": 1, "do": "plug_in"}')
            client.writer.write_eof()
            return await client.hear()

    assert listening(tmp_path, story) == {"id": 1, "ok": True}


def test_a_client_that_waits_holds_up_no_other(tmp_path: Path) -> None:
    async def story(socket: Socket) -> tuple[float, dict[str, Any]]:
        clock = asyncio.get_running_loop().time
        async with socket.client() as waiting, socket.client() as hurried:
            waiting.writer.write(b'{"do": "wait", "until": "closed", "timeout_s": 50}\n')
            await hurried.ask({"do": "plug_in"})
            answered_s = clock()
            return answered_s, await waiting.hear()

    answered_s, late = listening(tmp_path, story)

    assert answered_s < 1
    assert "is not closed after 50 s" in late["error"]


def test_a_client_that_never_reads_holds_up_no_other(tmp_path: Path) -> None:
    async def story(socket: Socket) -> bool:
        async with socket.client() as deaf, socket.client() as hurried:
            deaf.writer.write(b'{"do": "faults"}\n' * 2_000)
            await asyncio.sleep(1)
            answer = await hurried.ask({"do": "status"})
            return bool(answer["ok"])

    assert listening(tmp_path, story)


def test_a_client_that_goes_away_in_the_middle_hurts_nobody(tmp_path: Path) -> None:
    async def story(socket: Socket) -> bool:
        for line in (
            b'{"do": "wait", "until": "closed", "timeout_s": 3}\n',
            b'{"do": "sta',
            b'{"do": "faults"}\n' * 50,
        ):
            async with socket.client() as client:
                client.writer.write(line)
            await asyncio.sleep(10)
        async with socket.client() as client:
            return bool((await client.ask({"do": "status"}))["ok"])

    assert listening(tmp_path, story)


def test_the_socket_is_for_its_own_user_and_gone_with_the_world(tmp_path: Path) -> None:
    async def story(socket: Socket) -> int:
        return socket.path.stat().st_mode & 0o777

    assert listening(tmp_path, story) == 0o600
    assert not (tmp_path / "control.sock").exists()


def test_a_world_that_ends_does_not_wait_for_its_clients(tmp_path: Path) -> None:
    async def story(socket: Socket) -> float:
        _, writer = await asyncio.open_unix_connection(socket.path)
        writer.write(b'{"do": "wait", "until": "closed", "timeout_s": 5000}\n')
        await asyncio.sleep(1)
        return asyncio.get_running_loop().time()

    assert listening(tmp_path, story) == pytest.approx(1)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=5,
)
ARGUMENTS = (
    "connector", "name", "for_s", "ohm", "rate", "wire", "token", "volts", "hz", "what", "until", "timeout_s", "rail",
    "current_a", "phases", "state", "diode", "load_a", "pp_ohm", "cause", "delay_s", "energy_wh",
)  # fmt: skip
SENSIBLE = st.one_of(
    st.integers(-2, 300), st.sampled_from(["pilot", "closed", "B", "shorted", "estop", "CAFE", "+12V"])
)
REQUESTS = st.fixed_dictionaries(
    {"do": st.sampled_from([*verbs.VERBS, *verbs.NOT_YET])},
    optional={
        **{name: st.one_of(SENSIBLE, JSON) for name in ARGUMENTS},
        "name": st.sampled_from([*breakage.WAYS, *breakage.NOT_YET]),
        "timeout_s": st.floats(0, 5),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.binary(max_size=40).filter(lambda line: b"\n" not in line), REQUESTS), max_size=25))
def test_nothing_that_anybody_says_ends_the_world(tmp_path: Path, requests: list[bytes | dict[str, Any]]) -> None:
    async def story(socket: Socket) -> bool:
        async with socket.client() as client:
            for request in requests:
                answer = await (client.say(request) if isinstance(request, bytes) else client.ask(request))
                assert answer["ok"] or answer["error"]
            await asyncio.sleep(20)
            return bool((await client.ask({"do": "status"}))["ok"])

    assert listening(tmp_path, story)
