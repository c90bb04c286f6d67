"""The control socket over real sockets in virtual time: callers of every kind, none of which can do harm."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import stat
from pathlib import Path

import pytest

from agent.control.endpoint import listening_socket
from agent.control.roles import Role
from agent.control.server import (
    CALLERS_MAX,
    READ_TIMEOUT_S,
    REQUEST_TIMEOUT_S,
    SOCKET_AGAIN_S,
    TURNED_AWAY_MAX,
    ControlServer,
)
from agent.control.wire import REQUEST_MAX_BYTES, Ask, Done, Part, RefusalKind, Refused, Request, encode_request
from agent.errors import Busy
from firmware_sim.virtual_loop import run
from tests.control.calling import as_role, desk, line_of
from tests.control.charger import Charger


def test_a_request_is_answered_and_the_connection_closed(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at, at.line() as line:
            line.send(encode_request(Request("version")))

            assert isinstance(await line.reply(), Done)
            assert await line.hangs_up()

    run(main())


def test_the_socket_is_for_owner_and_group_only_and_gone_afterwards(charger: Charger, socket_path: Path) -> None:
    async def main() -> int:
        async with desk(charger, socket_path):
            return mode_of(socket_path)

    assert run(main()) == 0o660
    assert not socket_path.exists()


def test_an_agent_that_ends_at_once_leaves_no_socket(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(ControlServer(charger, socket_path).run())
            await asyncio.sleep(0)
            serving.cancel()

    run(main())
    assert not socket_path.exists()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe\n",
        b"hello\n",
        b"[]\n",
        b"{\n",
        b"[" * 5000 + b"\n",
        line_of(v=2, verb="status"),
        line_of(v=1, verb=["status"]),
        line_of(v=1, verb="status", args={"connector": [1]}),
        line_of(v=1, verb="status", args={"connector": float("nan")}),
        b"x" * (REQUEST_MAX_BYTES + 100) + b"\n",
    ],
)
def test_garbage_is_answered_with_a_sentence_and_counted(charger: Charger, socket_path: Path, garbage: bytes) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at:
            async with at.line() as line:
                line.send(garbage)
                reply = await line.reply()

            assert isinstance(reply, Refused)
            assert reply.kind is RefusalKind.BAD_REQUEST
            assert at.server.garbage == 1
            assert await at.body("version")

    run(main())


def test_a_flood_of_garbage_is_reported_once_and_later_with_its_count(
    charger: Charger, socket_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at:
            for pause_s in (*([0.1] * 20), 61.0, 0.0):
                async with at.line() as line:
                    line.send(b"rubbish\n")
                    await line.reply()
                await asyncio.sleep(pause_s)

    with caplog.at_level(logging.WARNING):
        run(main())

    counts = [record.__dict__["count"] for record in caplog.records if "made no sense" in record.message]
    assert counts == [1, 21]


def test_a_caller_that_says_nothing_is_let_go(charger: Charger, socket_path: Path) -> None:
    async def main() -> float:
        async with desk(charger, socket_path) as at, at.line() as line:
            began = asyncio.get_running_loop().time()
            assert isinstance(await line.reply(), Refused)
            return asyncio.get_running_loop().time() - began

    assert run(main()) == pytest.approx(REQUEST_TIMEOUT_S)


def test_a_caller_that_drips_bytes_gets_no_more_time_than_any_other(charger: Charger, socket_path: Path) -> None:
    async def main() -> float:
        async with desk(charger, socket_path) as at, at.line() as line:
            began = asyncio.get_running_loop().time()
            async with asyncio.TaskGroup() as tasks:
                dripping = tasks.create_task(drip(line.writer))
                assert isinstance(await line.reply(), Refused)
                dripping.cancel()
            return asyncio.get_running_loop().time() - began

    async def drip(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"{")
            await asyncio.sleep(1.0)

    assert run(main()) == pytest.approx(REQUEST_TIMEOUT_S)


def test_a_caller_that_connects_and_leaves_is_no_garbage(charger: Charger, socket_path: Path) -> None:
    async def main() -> int:
        async with desk(charger, socket_path) as at:
            async with at.line():
                pass
            await asyncio.sleep(1.0)
            return at.server.garbage

    assert run(main()) == 0


def test_a_caller_that_closes_its_sending_half_is_still_answered(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at, at.line() as line:
            line.send(encode_request(Request("version"))[:-1])
            line.writer.write_eof()

            assert isinstance(await line.reply(), Done)

    run(main())


def test_too_many_callers_are_told_so_and_the_others_go_on(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at:
            async with asyncio.TaskGroup() as tasks:
                idle = [tasks.create_task(hold(at.path)) for _ in range(CALLERS_MAX)]
                await asyncio.sleep(0.1)
                refusal = await at.refusal("version")
                for one in idle:
                    one.cancel()
            await asyncio.sleep(0.1)

            assert refusal.kind is RefusalKind.BUSY
            assert await at.body("version")

    run(main())


def test_beyond_all_bounds_a_caller_is_cut_off(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at, asyncio.TaskGroup() as tasks:
            idle = [tasks.create_task(hold(at.path)) for _ in range(CALLERS_MAX + TURNED_AWAY_MAX)]
            await asyncio.sleep(0.1)
            async with at.line() as line:
                assert await line.hangs_up()
            for one in idle:
                one.cancel()

    run(main())


async def hold(path: Path) -> None:
    _, writer = await asyncio.open_unix_connection(str(path))
    try:
        await asyncio.sleep(3600)
    finally:
        writer.close()


def test_a_watcher_that_does_not_read_is_dropped_and_nobody_else_waits(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at, at.line() as line:
            line.writer.transport.pause_reading()  # type: ignore[attr-defined]
            line.send(encode_request(Request("watch")))
            await asyncio.sleep(0.5)
            for _ in range(400):
                charger.outlets[charger.connectors()[0]].plug_in()
                charger.outlets[charger.connectors()[0]].unplug()
                charger.tell()
                await asyncio.sleep(0.01)
            await asyncio.sleep(READ_TIMEOUT_S + 1)

            assert await at.body("version")
            assert [one.verb for one in charger.journal.noted if one.outcome.startswith("left")] == ["watch"]

    run(main())


def test_watch_sends_what_is_and_then_what_happens(charger: Charger, socket_path: Path) -> None:
    async def main() -> list[object]:
        async with desk(charger, socket_path) as at, at.line() as line:
            line.send(encode_request(Request("watch", {"connector": 1})))
            first = await line.reply()
            charger.outlets[charger.connectors()[0]].plug_in()
            charger.tell()
            return [first, await line.reply(), await line.reply()]

    first, second, third = run(main())

    assert isinstance(first, Part) and first.body["connector"]["status"] == "Available"
    assert isinstance(second, Part) and second.body["news"]["name"] == "plug.inserted"
    assert isinstance(third, Part) and third.body["connector"]["status"] == "Preparing"


def test_a_watcher_who_left_is_noticed_at_the_next_sign_of_life(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at:
            async with at.line() as line:
                line.send(encode_request(Request("watch")))
                await line.reply()
            await asyncio.sleep(30.0)

            assert [one.verb for one in charger.journal.noted] == ["watch"]

    run(main())


def test_a_question_waits_for_its_answer(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at:
            replies = await at.replies("factory-reset", {}, answer="QE-000123")

            assert [type(reply) for reply in replies] == [Ask, Done]

    run(main())
    assert charger.resets == 1


def test_a_caller_who_leaves_a_question_open_has_changed_nothing(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at:
            async with at.line() as line:
                line.send(encode_request(Request("factory-reset")))
                assert isinstance(await line.reply(), Ask)
            await asyncio.sleep(1.0)

    run(main())
    assert charger.resets == 0
    assert charger.journal.recorded[-1].outcome.startswith("left")


def test_a_question_nobody_answers_ends(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at, at.line() as line:
            line.send(encode_request(Request("factory-reset")))
            assert isinstance(await line.reply(), Ask)
            last = await line.reply()

            assert isinstance(last, Refused) and last.kind is RefusalKind.TIMED_OUT

    run(main())
    assert charger.resets == 0


def test_nothing_is_left_running_when_the_agent_ends_under_its_callers(charger: Charger, socket_path: Path) -> None:
    async def main() -> int:
        async with desk(charger, socket_path) as at, at.line() as line:
            line.send(encode_request(Request("watch")))
            await line.reply()
        return len(asyncio.all_tasks())

    assert run(main()) == 1


def test_a_socket_an_earlier_agent_left_is_replaced(charger: Charger, socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(socket_path))

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(ControlServer(charger, socket_path, identify=as_role(Role.VIEWER)).run())
            await asyncio.sleep(0.1)
            reader, writer = await asyncio.open_unix_connection(str(socket_path))
            writer.write(encode_request(Request("version")))
            assert await reader.readline()
            writer.close()
            serving.cancel()

    run(main())


def test_a_living_agent_is_not_robbed_of_its_socket(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with desk(charger, socket_path) as at:
            with pytest.raises(Busy, match="another agent answers there"):
                listening_socket(socket_path)

            assert await at.body("version")

    run(main())


def test_a_second_agent_says_why_once_and_takes_over_when_the_first_has_ended(
    charger: Charger, socket_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(ControlServer(charger, socket_path).run())
            await asyncio.sleep(0.1)
            second = tasks.create_task(ControlServer(charger, socket_path).run())
            await asyncio.sleep(3 * SOCKET_AGAIN_S)
            first.cancel()
            await asyncio.sleep(SOCKET_AGAIN_S + 1)
            _, writer = await asyncio.open_unix_connection(str(socket_path))
            writer.close()
            second.cancel()

    with caplog.at_level(logging.ERROR):
        run(main())

    assert [record.message for record in caplog.records] == ["control socket cannot be had"]
    assert "another agent answers there" in caplog.records[0].__dict__["why"]


def test_a_file_that_is_no_socket_is_left_alone(socket_path: Path) -> None:
    socket_path.write_text("mine")

    with pytest.raises(Busy, match="no socket"):
        listening_socket(socket_path)

    assert socket_path.read_text() == "mine"


def test_a_folder_that_does_not_exist_and_a_name_that_is_too_long_are_told(tmp_path: Path) -> None:
    with pytest.raises(Busy, match="check the folder"):
        listening_socket(tmp_path / "none" / "c.sock")
    with pytest.raises(Busy, match="shorter"):
        listening_socket(tmp_path / ("x" * 110))


def test_the_kernel_says_who_calls(charger: Charger, socket_path: Path) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(ControlServer(charger, socket_path).run())
            await asyncio.sleep(0.1)
            reader, writer = await asyncio.open_unix_connection(str(socket_path))
            writer.write(encode_request(Request("version")))
            assert await reader.readline()
            writer.close()
            serving.cancel()

    run(main())

    assert charger.journal.noted[0].uid == os.getuid()
    assert charger.journal.noted[0].role == "service"
