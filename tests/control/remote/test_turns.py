"""Many orders at once, and restarts that were refused: who waits for his turn, and what counts as done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.control.peer import Caller
from agent.control.remote.conversation import Tell
from agent.control.remote.running import Answered
from agent.control.wire import Argument
from firmware_sim.virtual_loop import run
from tests.control.remote.orders import CountingRunner, RecordingReply, done_by, door, order, sealed

RESTARTS = frozenset({"restart service", "restart forced", "restart board", "unlock"})


class _Slow(CountingRunner):
    """Ten seconds each; `most` were under way at once."""

    def __init__(self, file: Path | None = None) -> None:
        super().__init__()
        self.under_way = self.most = 0
        self._file = file

    async def run(
        self, verb: str, arguments: Mapping[str, Argument], caller: Caller, tell: Tell | None = None
    ) -> Answered:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(10)
        self.under_way -= 1
        self.done.append(caller.order_id)
        return Answered(kind="result", fields={"body": {}, "passed": True}, file=self._file)


class _Refusing(CountingRunner):
    """Refuses as verbs do where a charge runs, as long as `refuses`."""

    refuses = True

    async def run(
        self, verb: str, arguments: Mapping[str, Argument], caller: Caller, tell: Tell | None = None
    ) -> Answered:
        if self.refuses:
            return Answered(kind="refused", fields={"reason": {"key": "busy", "text": "a charge runs"}})
        return await super().run(verb, arguments, caller, tell)


def test_ten_people_who_want_a_bundle_at_once_all_get_it_four_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "evse.tar.gz"
    file.write_bytes(b"packed")
    slow = _Slow(file)

    async def main() -> list[RecordingReply]:
        opened = door(tmp_path, slow)
        wanted = (opened.take(sealed(order(number, verb="bundle"))) for number in range(10))
        replies = await asyncio.gather(*wanted)
        await opened.store.aclose()
        return replies

    replies = run(main())

    assert [reply.kinds for reply in replies] == [["ack", "result"]] * 10
    assert [reply.blobs for reply in replies] == [[("evse.tar.gz", b"packed")]] * 10
    assert slow.most == 4


def test_reading_orders_wait_up_to_a_bound_and_one_that_acts_is_never_kept_for_later(tmp_path: Path) -> None:
    async def main() -> tuple[list[str], list[str]]:
        opened = door(tmp_path, _Slow(), allow=RESTARTS | {"version"})
        reading = [asyncio.create_task(opened.take(sealed(order(number)))) for number in range(17)]
        await asyncio.sleep(1)
        acting = await opened.take(sealed(order(50, verb="unlock")))
        replies = [*await asyncio.gather(*reading), acting]
        await opened.store.aclose()
        return [reply.kinds[-1] for reply in replies], [reply.why for reply in replies[16:]]

    kinds, why = run(main())

    assert kinds == [*["result"] * 16, "refused", "refused"]
    assert why == ["busy", "busy"]


@pytest.mark.parametrize("verb", ["restart service", "restart board"])
def test_a_restart_that_was_refused_does_not_keep_the_next_one_away(tmp_path: Path, verb: str) -> None:
    runner = _Refusing()

    async def main() -> tuple[list[Any], list[str]]:
        opened = door(tmp_path, runner, allow=RESTARTS)
        said = [await opened.take(sealed(order(1, verb=verb, args={"reason": "r"})))]
        runner.refuses = False
        forced = {"what": "service", "reason": "r"}
        said += [await opened.take(sealed(order(number, verb="restart forced", args=forced))) for number in (2, 3)]
        await opened.store.aclose()
        return [reply.said[-1] for reply in said], done_by(opened)

    (first, second, third), done = run(main())

    assert (first["kind"], first["reason"]["key"]) == ("refused", "busy")
    assert second["kind"] == "result"
    assert third["reason"]["key"] == "too_often"
    assert done == [f"{2:032x}"]
