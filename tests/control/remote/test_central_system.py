"""The central system's door: how far it goes, what takes long, and what is too large."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.bus import Bus
from agent.config.support import DataTransferScope
from agent.control.dispatch import Dispatcher
from agent.control.remedies_port import Restart
from agent.control.remote.central_system import AT_ONCE, OCPP, CentralSystem, Told
from agent.control.remote.pacing import PacedDoor
from agent.control.remote.question import MOST_BYTES, fitted
from agent.control.remote.running import Runner
from agent.control.remote.telling import Telling
from agent.core.time import Instant
from firmware_sim.virtual_loop import run
from tests.control.calling import ONE, charging
from tests.control.charger import Charger

T = TypeVar("T")


class Unmoved:
    """The log of commands of a charger at which nothing was done before."""

    async def moved(self, via: str) -> tuple[tuple[str, Instant], ...]:
        return ()


def at(
    charger: Charger,
    work: Callable[[CentralSystem], Awaitable[T]],
    scope: DataTransferScope = DataTransferScope.READ,
    allow: frozenset[str] | None = None,
) -> T:
    async def main() -> T:
        runner, telling = Runner(Dispatcher(charger)), Telling(charger.bus, charger.now)
        ids = iter(range(100))
        door = CentralSystem(
            *(runner, telling),
            scope=scope,
            allow=allow,
            new_id=lambda: f"answer {next(ids)}",
            pace=PacedDoor(OCPP, Unmoved(), charger.now),
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(door.run())
            try:
                return await work(door)
            finally:
                running.cancel()

    return run(main())


def asked(charger: Charger, verb: str, data: str | None = None, **given: Any) -> Told:
    return at(charger, lambda door: door.asked(verb, data), **given)


def test_it_reads_what_a_person_reads_but_nobodys_token(charger: Charger) -> None:
    charging(charger.outlets[ONE])

    told = asked(charger, "status", json.dumps({"connector": 1}))

    assert told.done and told.known
    assert told.body["connectors"][0]["status"] == "Charging"
    assert "token" not in json.dumps(told.body)


@pytest.mark.parametrize(
    ("verb", "data", "says"),
    [
        ("unlock", '{"connector": 1}', "does more than read"),
        ("network check", None, "does more than read"),
        ("log-level", '{"part": "all", "level": "debug"}', "does more than read"),
        ("start", None, "at the charger only"),
        ("status", "[1]", "an object"),
        ("status", "{", "no JSON object"),
        ("status", "[" * 5000, "no JSON object"),
        ("status", '{"a": [1]}', "args: a:"),
        ("status", '{"a": NaN}', "args: a:"),
        ("events", '{"about": "a\\nb"}', "args: about:"),
        ("status", '{"a": "' + "x" * 17000 + '"}', "too long"),
        ("status", '{"connector": 9}', "no connector 9"),
        ("status", '{"case": "Mrs Miller"}', "case"),
        ("ocpp trace", None, "needs the role"),
        ("result", '{"id": "never"}', "waits here"),
    ],
)
def test_what_it_may_not_or_cannot_is_rejected_with_the_reason(
    charger: Charger, verb: str, data: str | None, says: str
) -> None:
    told = asked(charger, verb, data)

    assert not told.done and told.known
    assert says in told.body["reason"]


def test_the_argument_of_a_verb_that_is_called_case_is_the_verbs_own(charger: Charger) -> None:
    for case in ("T-1", "T-2", "T-2"):
        asked(charger, "version", json.dumps({"case": case}))

    told = asked(charger, "audit", '{"case": "T-2"}')

    assert [(one["verb"], one["case"]) for one in told.body["commands"]] == [("version", "T-2")] * 2


@pytest.mark.parametrize(
    "verb", ["log-level", "maintenance open", "uptime exclude", "evidence make", "selftest health"]
)
def test_what_changes_something_has_to_be_named_by_the_site(charger: Charger, verb: str) -> None:
    reason = asked(charger, verb, "{}", scope=DataTransferScope.ALL).body["reason"]

    assert f'[support] allow has to name "{verb}"' in reason


def test_the_lock_moves_and_the_charger_restarts_as_often_as_by_orders(charger: Charger) -> None:
    """A restart that was refused does not count, as at the other door."""
    verbs = ["unlock", "restart board", "restart service"]
    why = '{"reason": "r"}'

    async def work(door: CentralSystem) -> tuple[list[bool], list[Told]]:
        unlocked = [(await door.asked("unlock", '{"connector": 1}')).done for _ in range(7)]
        restarts = ("restart board", "restart service", "restart service")
        return unlocked, [await door.asked(verb, why) for verb in restarts]

    unlocked, (board, first, second) = at(charger, work, scope=DataTransferScope.ALL, allow=frozenset(verbs))

    assert unlocked == [True] * 6 + [False]
    assert not board.done and "not started anew by order" in board.body["reason"]
    assert first.done and charger.remedies.restarts == [(Restart.SERVICE, "r", False)]
    assert not second.done and "once a minute" in second.body["reason"]


def test_what_has_to_wait_for_other_answers_does_not_count_as_done(charger: Charger) -> None:
    asked_for = [("unlock", '{"connector": 1}')] * 7 + [("restart service", '{"reason": "r"}')]

    async def work(door: CentralSystem) -> tuple[list[Told], list[Told]]:
        waits = [asyncio.create_task(door.asked("live", '{"seconds": 5}')) for _ in range(AT_ONCE)]
        await asyncio.sleep(0)
        busy = [await door.asked(verb, data) for verb, data in asked_for]
        await asyncio.gather(*waits)
        await asyncio.sleep(10)
        return busy, [await door.asked(verb, data) for verb, data in asked_for[1:]]

    verbs = frozenset({"live", "unlock", "restart service"})
    busy, then = at(charger, work, scope=DataTransferScope.ALL, allow=verbs)

    assert [f"{AT_ONCE} questions" in one.body["reason"] for one in busy] == [True] * 8
    assert [one.done for one in then] == [True] * 7


def test_a_verb_that_there_is_not_is_unknown(charger: Charger) -> None:
    assert not asked(charger, "make coffee").known


def test_the_site_lets_it_do_more_and_names_what(charger: Charger) -> None:
    everything, data = DataTransferScope.ALL, '{"connector": 1}'

    assert "allow" in asked(charger, "unlock", data, scope=everything).body["reason"]
    assert asked(charger, "unlock", data, scope=everything, allow=frozenset({"unlock"})).done
    assert charger.remedies.unlocked == [1]
    assert (
        "[support] allow"
        in asked(charger, "status", None, scope=everything, allow=frozenset({"unlock"})).body["reason"]
    )


def test_what_takes_long_is_fetched_later(charger: Charger) -> None:
    async def work(door: CentralSystem) -> list[Told]:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        first = await door.asked("live", '{"seconds": 5}')
        assert loop.time() - began_s < 1.5
        early = await door.asked("result", json.dumps({"id": first.body["id"]}))
        await asyncio.sleep(5)
        return [first, early, *[await door.asked("result", json.dumps({"id": first.body["id"]})) for _ in range(2)]]

    first, early, late, again = at(charger, work)

    assert first.body == early.body == {"pending": True, "id": "answer 0"}
    assert late.body["looks"] == 5
    assert not again.done


def test_two_questions_are_answered_at_once_and_no_more(charger: Charger) -> None:
    async def work(door: CentralSystem) -> list[bool]:
        return [told.done for told in await asyncio.gather(*(door.asked("live", '{"seconds": 5}') for _ in range(3)))]

    assert at(charger, work) == [True, True, False]


def test_more_than_ten_questions_a_second_are_not_heard(charger: Charger) -> None:
    async def work(door: CentralSystem) -> int:
        return sum([(await door.asked("version", None)).done for _ in range(40)])

    assert at(charger, work) == 30


def test_what_is_done_for_a_case_is_told_with_it(charger: Charger) -> None:
    async def work(door: CentralSystem) -> list[tuple[str, Any]]:
        with charger.bus.reader() as reader:
            await door.asked("version", '{"case": "T-9"}')
            await door.asked("version", None)
            return [(one.name, dict(one.fields).get("case")) for one in reader.drain()]

    assert at(charger, work) == [("order.accepted", "T-9"), ("order.done", "T-9"), ("support.acted", "T-9")]
    assert isinstance(charger.bus, Bus)


@given(st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=600), max_size=60) | st.text(max_size=9000)))
def test_an_answer_fits_and_says_where_it_was_cut(body: dict[str, Any]) -> None:
    whole = len(json.dumps(body, separators=(",", ":")))

    shown = fitted(body, MOST_BYTES)

    assert len(json.dumps(shown, separators=(",", ":"))) <= MOST_BYTES
    assert ("cut" in shown and shown["cut"] is True) or shown == body
    assert whole > MOST_BYTES or shown == body
