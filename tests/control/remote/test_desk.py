"""Orders at the desk: attacks, repeats, restarts, a full disk. At most once, and only what is right."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tracemalloc
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from agent.control.dispatch import Dispatcher
from agent.control.peer import Caller
from agent.control.remote.conversation import Tell
from agent.control.remote.running import Answered
from agent.control.wire import Argument
from agent.core.orders.envelope import moment
from agent.core.time import Instant
from agent.order_text import MOST_BYTES
from agent.security.events import SecurityEvent
from agent.store.store import open_store
from agent.store.writer import CommitMoment
from firmware_sim.virtual_loop import run
from tests.control.charger import Charger
from tests.control.remote.orders import (
    NONCE,
    NOW_MS,
    CountingRunner,
    Door,
    RecordingReply,
    done_by,
    door,
    keys_file,
    order,
    sealed,
)

T = TypeVar("T")


def at(folder: Path, work: Callable[[Door], Awaitable[T]], **given: Any) -> T:
    async def main() -> T:
        opened = door(folder, **given)
        try:
            return await work(opened)
        finally:
            await opened.store.aclose()

    return run(main())


def test_a_right_order_is_acknowledged_done_once_and_told(tmp_path: Path) -> None:
    async def work(opened: Door) -> tuple[RecordingReply, list[str], list[str]]:
        return await opened.take(sealed(order(case="T-17"))), done_by(opened), opened.names()

    reply, done, told = at(tmp_path, work)

    assert reply.kinds == ["ack", "result"]
    assert all(one["case"] == "T-17" and one["id"] == f"{1:032x}" for one in reply.said)
    assert reply.said[1]["body"] == {"verb": "version"} and reply.said[1]["passed"] is True
    assert done == [f"{1:032x}"]
    assert told == ["order.accepted", "order.done", "support.acted"]


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (sealed(order(), by="stranger"), "signature"),
        (sealed(order(by="viewer"), by="service"), "signature"),
        (sealed(order(key_id="stranger")), "key"),
        (sealed(order(device="QE-000124")), "device"),
        (sealed(order(issued=moment(NOW_MS - 300_000), expires=moment(NOW_MS))), "expired"),
        (sealed(order(issued=moment(NOW_MS + 61_000), expires=moment(NOW_MS + 99_000))), "nonce"),
        (sealed(order(expires=moment(NOW_MS + 3_600_000))), "validity"),
        (sealed(order(verb="no-such-verb")), "verb"),
        (sealed(order(verb="start", args={"token": "A"})), "never"),
        (sealed(order(verb="board flash")), "never"),
        (sealed(order(verb="commission")), "never"),
        (sealed(order(verb="unlock")), "not_allowed"),
        (sealed(order(verb="uptime exclude")), "not_allowed"),
        (sealed(order(verb="maintenance open")), "not_allowed"),
        (sealed(order(verb="log-level")), "not_allowed"),
        (sealed(order(verb="evidence make")), "not_allowed"),
        (sealed(order(verb="network check", by="viewer")), "role"),
        (sealed(order(verb="ocpp trace", by="operator")), "role"),
        (sealed(order()).replace(b'"v":1', b'"v":2'), "version"),
        (sealed(order()).replace(b'"version"', b'"events"'), "signature"),
    ],
)
def test_what_is_not_right_is_refused_and_never_done(tmp_path: Path, payload: bytes, why: str) -> None:
    async def work(opened: Door) -> tuple[RecordingReply, list[str], list[str]]:
        return await opened.take(payload), done_by(opened), opened.names()

    reply, done, told = at(tmp_path, work)

    assert (reply.kinds, reply.why) == (["refused"], why)
    assert len(reply.said[0]["reason"]["text"]) > 30
    assert done == []
    assert told == ["order.refused"]


def test_an_order_signed_by_nobody_goes_to_the_security_log(tmp_path: Path) -> None:
    async def work(opened: Door) -> list[SecurityEvent]:
        await opened.take(sealed(order(), by="stranger"))
        return opened.security

    assert at(tmp_path, work) == [SecurityEvent.INVALID_MESSAGES]


def test_a_retained_order_is_ignored_and_told(tmp_path: Path) -> None:
    async def work(opened: Door) -> tuple[RecordingReply, list[Any]]:
        return await opened.take(sealed(order()), retained=True), [dict(one.fields) for one in opened.news]

    reply, told = at(tmp_path, work)

    assert reply.said == []
    assert told == [{"why": "retained", "via": "mqtt", "count": 1}]


def test_the_same_order_again_gets_the_same_answer_and_is_not_done_again(tmp_path: Path) -> None:
    payload = sealed(order())

    async def work(opened: Door) -> tuple[RecordingReply, RecordingReply, list[str], list[SecurityEvent]]:
        first, second = await opened.take(payload), await opened.take(payload)
        return first, second, done_by(opened), opened.security

    first, second, done, security = at(tmp_path, work)

    assert second.said == first.said[-1:]
    assert len(done) == 1
    assert security == []


def test_another_order_under_a_used_id_is_a_replay(tmp_path: Path) -> None:
    async def work(opened: Door) -> tuple[RecordingReply, list[str], list[SecurityEvent]]:
        await opened.take(sealed(order()))
        return await opened.take(sealed(order(verb="events"))), done_by(opened), opened.security

    reply, done, security = at(tmp_path, work)

    assert reply.why == "seen"
    assert len(done) == 1
    assert security == [SecurityEvent.REPLAY_ATTACKS]


def test_an_order_is_not_done_again_after_a_restart(tmp_path: Path) -> None:
    payload = sealed(order())

    async def work(opened: Door) -> RecordingReply:
        return await opened.take(payload)

    assert at(tmp_path, work).kinds == ["ack", "result"]
    assert at(tmp_path, work).why == "seen"


def test_without_a_clock_only_an_order_with_the_nonce_of_this_connection_is_done(tmp_path: Path) -> None:
    clock = [Instant(1000.0, None, "boot")]

    async def work(opened: Door) -> list[str]:
        payloads = [sealed(order(1)), sealed(order(2, nonce="another")), sealed(order(3, nonce=NONCE))]
        replies = [await opened.take(payload) for payload in payloads]
        later = await opened.take(sealed(order(4, nonce=NONCE)), nonce="of the next connection")
        return [reply.kinds[-1] for reply in [*replies, later]]

    assert at(tmp_path, work, clock=clock) == ["refused", "refused", "result", "refused"]


def full(_moment: CommitMoment, _number: int) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def test_of_a_charger_with_a_full_disk_one_can_still_read_what_is_wrong(tmp_path: Path) -> None:
    async def main() -> tuple[list[str], list[str]]:
        store = open_store(tmp_path, inline=True, flush=False, on_commit=full)
        opened = door(tmp_path, store=store)
        replies = [await opened.take(sealed(order(number, verb="health"))) for number in (1, 1, 2)]
        await store.aclose()
        return [reply.kinds[-1] for reply in replies], done_by(opened)

    kinds, done = run(main())

    assert kinds == ["result", "result", "result"]
    assert len(done) == 2, "what is sent twice is done once, as long as the program runs"


def test_an_order_that_cannot_be_put_on_disk_is_not_done(tmp_path: Path) -> None:
    async def main() -> tuple[list[str], list[str]]:
        store = open_store(tmp_path, inline=True, flush=False, on_commit=full)
        opened = door(tmp_path, store=store)
        replies = [await opened.take(sealed(order(verb="network check"))) for _ in range(2)]
        await store.aclose()
        return [reply.why for reply in replies], done_by(opened)

    why, done = run(main())

    assert why == ["not_recorded", "seen"]
    assert done == []


def test_ten_thousand_payloads_of_garbage_cost_little_memory_and_one_event_a_minute(tmp_path: Path) -> None:
    clock = [Instant(1000.0, NOW_MS, "boot")]

    async def work(opened: Door) -> tuple[int, int, int]:
        reply = RecordingReply()
        shapes = [b"", b"{}", b"[" * MOST_BYTES, b"\xff" * 100, b"x" * (MOST_BYTES + 1), sealed(order(), by="stranger")]
        tracemalloc.start()
        for number in range(10_000):
            clock[0] = Instant(1000.0 + number / 1000, NOW_MS + number, "boot")
            await opened.desk.take(shapes[number % len(shapes)], reply, retained=False)
            reply.said.clear()
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return grown, len(opened.news), opened.desk.dropped

    grown, told, dropped = at(tmp_path, work, clock=clock)

    assert grown < 200_000
    assert told == 1
    # A thousand a second come, and ten a second are looked at.
    assert 9_850 < dropped < 9_900


def test_a_key_that_is_taken_out_of_the_file_counts_no_more(tmp_path: Path) -> None:
    async def work(opened: Door) -> list[str]:
        replies = [await opened.take(sealed(order(1)))]
        (tmp_path / "keys.toml").write_text("")
        replies.append(await opened.take(sealed(order(2))))
        keys_file(tmp_path)
        replies.append(await opened.take(sealed(order(3))))
        return [reply.kinds[-1] for reply in replies]

    assert at(tmp_path, work) == ["result", "refused", "result"]


@pytest.mark.parametrize("spoilt", ["[[key]]\nid = 3\n", "not toml [", 'more = "x"\n'])
def test_of_a_file_in_doubt_no_key_counts(tmp_path: Path, spoilt: str) -> None:
    keys_file(tmp_path, more=spoilt)

    async def work(opened: Door) -> str:
        return (await opened.take(sealed(order()))).why

    assert at(tmp_path, work) == "key"


def test_a_file_that_others_may_write_gives_nobody_a_key(tmp_path: Path) -> None:
    keys_file(tmp_path).chmod(0o666)

    async def work(opened: Door) -> str:
        return (await opened.take(sealed(order()))).why

    assert at(tmp_path, work) == "key"


def test_what_became_of_the_file_of_keys_counts_at_once_and_is_told(tmp_path: Path) -> None:
    """Its mode alone, a slip, its absence: each by the next order, and so is its mending."""
    file = keys_file(tmp_path)
    right = file.read_text()

    async def work(opened: Door) -> list[str]:
        numbers, told = iter(range(1, 20)), []

        async def asked() -> None:
            last = (await opened.take(sealed(order(next(numbers))))).said[-1]
            told.append(str(last["reason"]["text"]) if last["kind"] == "refused" else str(last["kind"]))

        for mode in (0o644, 0o666, 0o644):
            file.chmod(mode)
            await asked()
        file.write_text("not toml [")
        await asked()
        file.unlink()
        await asked()
        file.write_text(right)
        file.chmod(0o644)
        await asked()
        return told

    told = at(tmp_path, work)

    assert [told[place] for place in (0, 2, 5)] == ["result"] * 3
    assert "can be written by others" in told[1]
    assert "is not TOML" in told[3] and str(tmp_path) not in told[1] + told[3]
    assert "is not there" in told[4]


def test_only_what_the_site_names_is_done_where_it_names_something(tmp_path: Path) -> None:
    async def work(opened: Door) -> list[str]:
        payloads = [sealed(order(1, verb="unlock")), sealed(order(2))]
        return [(await opened.take(payload)).kinds[-1] for payload in payloads]

    assert at(tmp_path, work, allow=frozenset({"unlock"})) == ["result", "refused"]


def test_the_lock_moves_six_times_and_a_restart_comes_once_a_minute(tmp_path: Path) -> None:
    async def work(opened: Door) -> list[str]:
        found = [(await opened.take(sealed(order(number, verb="unlock")))).kinds[-1] for number in range(8)]
        for number in range(10, 12):
            reply = await opened.take(sealed(order(number, verb="restart service", args={"reason": "r"})))
            found.append(reply.kinds[-1])
        return found

    answers = at(tmp_path, work, allow=frozenset({"unlock", "restart service"}))

    assert answers == [*["result"] * 6, *["refused"] * 2, "result", "refused"]


def test_a_file_leaves_before_the_answer_that_names_it(tmp_path: Path) -> None:
    charger = Charger(tmp_path)

    async def work(opened: Door) -> RecordingReply:
        return await opened.take(sealed(order(verb="bundle")))

    reply = at(tmp_path, work, runner=Dispatcher(charger))

    assert reply.kinds == ["ack", "result"]
    assert reply.blobs == [("evse-QE-000123.tar.gz", b"packed")]
    assert reply.said[1]["blob"]["content_type"] == "application/gzip"
    assert str(tmp_path) not in json.dumps(reply.said)


class _Slow(CountingRunner):
    async def run(
        self, verb: str, arguments: Mapping[str, Argument], caller: Caller, tell: Tell | None = None
    ) -> Answered:
        await asyncio.sleep(10)
        return await super().run(verb, arguments, caller, tell)


def test_orders_run_side_by_side_but_not_without_end_and_one_id_only_once(tmp_path: Path) -> None:
    payloads = [sealed(order(number, verb="unlock")) for number in (1, 1, 2, 3, 4, 5)]

    async def work(opened: Door) -> tuple[list[list[str]], list[str]]:
        replies = await asyncio.gather(*(opened.take(payload) for payload in payloads))
        return [reply.kinds for reply in replies], done_by(opened)

    kinds, done = at(tmp_path, work, runner=_Slow(), allow=frozenset({"unlock"}))

    assert kinds == [["ack", "result"], ["ack"], *[["ack", "result"]] * 3, ["refused"]]
    assert sorted(done) == [f"{number:032x}" for number in (1, 2, 3, 4)]


class _Live(CountingRunner):
    """Says something each second for a minute, and is a quick answer else."""

    async def run(
        self, verb: str, arguments: Mapping[str, Argument], caller: Caller, tell: Tell | None = None
    ) -> Answered:
        if verb != "live":
            return await super().run(verb, arguments, caller, tell)
        assert tell is not None
        for _ in range(60):
            await asyncio.sleep(1)
            try:
                await tell({"samples": []})
            except ConnectionError as error:
                return Answered(kind="failed", fields={"reason": {"key": "failed", "text": str(error)}})
        return await super().run(verb, arguments, caller, tell)


def test_whoever_left_a_live_view_keeps_nobody_from_orders(tmp_path: Path) -> None:
    """Five screens of one key, each left behind: only the newest goes on, and an order is done meanwhile."""

    async def work(opened: Door) -> tuple[list[RecordingReply], list[str]]:
        async def one(number: int) -> RecordingReply:
            await asyncio.sleep(2 * number)
            return await opened.take(sealed(order(number, verb="live", by="viewer")))

        watched = [asyncio.create_task(one(number)) for number in range(1, 6)]
        await asyncio.sleep(11)
        assert (await opened.take(sealed(order(9)))).kinds == ["ack", "result"]
        return [await task for task in watched], done_by(opened)

    replies, done = at(tmp_path, work, runner=_Live())

    assert [reply.kinds.count("progress") for reply in replies[:-1]] == [2, 2, 2, 2]
    assert all("the same key began another" in reply.said[-1]["reason"]["text"] for reply in replies[:-1])
    assert replies[-1].kinds.count("progress") == 60
    assert done == [f"{9:032x}", f"{5:032x}"]


def test_a_live_view_of_another_key_goes_on(tmp_path: Path) -> None:
    async def work(opened: Door) -> list[list[str]]:
        sent = (sealed(order(number, verb="live", by=by)) for number, by in ((1, "viewer"), (2, "operator")))
        return [reply.kinds for reply in await asyncio.gather(*(opened.take(one) for one in sent))]

    assert [kinds[-1] for kinds in at(tmp_path, work, runner=_Live())] == ["result", "result"]
