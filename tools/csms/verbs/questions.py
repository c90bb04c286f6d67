"""Commands that ask the record, and `wait`, which asks until the answer is yes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tools.csms import queries
from tools.csms.arguments import Arguments
from tools.csms.server import CentralSystem
from tools.csms.verbs.verb import Outcome, Verb

WAIT_TIMEOUT_S = 30.0
DIRECTIONS = ("from", "to", "withheld")
KINDS = ("call", "result", "error", "garbage")


async def chargers(system: CentralSystem, arguments: Arguments) -> Outcome:
    arguments.finish()
    return {"chargers": queries.chargers(system.record), "connectors": queries.connectors(system.record)}


async def transactions(system: CentralSystem, arguments: Arguments) -> Outcome:
    identity, open_only = arguments.optional_text("charger"), arguments.flag("open", False)
    arguments.finish()
    return {"transactions": queries.transactions(system.record, identity=identity, open_only=open_only)}


async def frames(system: CentralSystem, arguments: Arguments) -> Outcome:
    """`last` is the newest frame's number, to be passed as `after` next time."""
    found = queries.frames(
        system.record,
        after=arguments.whole("after", 0),
        identity=arguments.optional_text("charger"),
        action=arguments.optional_text("action"),
        kind=arguments.choice("kind", KINDS) if arguments.has("kind") else None,
        direction=arguments.choice("direction", DIRECTIONS) if arguments.has("direction") else None,
        limit=arguments.whole("limit", 1_000),
    )
    arguments.finish()
    return {"frames": found, "last": queries.last_seq(system.record)}


async def readings(system: CentralSystem, arguments: Arguments) -> Outcome:
    charge, measurand = arguments.optional_whole("transaction"), arguments.optional_text("measurand")
    arguments.finish()
    return {"readings": queries.readings(system.record, charge=charge, measurand=measurand)}


async def problems(system: CentralSystem, arguments: Arguments) -> Outcome:
    arguments.finish()
    return {"problems": queries.problems(system.record)}


Question = Callable[[], dict[str, Any] | None]


async def wait(system: CentralSystem, arguments: Arguments) -> Outcome:
    """Answers as soon as the condition holds, at once if it already does; raises TimeoutError."""
    until = arguments.choice("until", tuple(CONDITIONS))
    timeout_s = arguments.number("timeout_s", WAIT_TIMEOUT_S)
    question = CONDITIONS[until](system, arguments)
    arguments.finish()
    return await system.record.wait_for(question, timeout_s)


def _connected(system: CentralSystem, arguments: Arguments) -> Question:
    identity, wanted = arguments.optional_text("charger"), arguments.flag("connected", True)

    def question() -> dict[str, Any] | None:
        is_connected = identity in system.stations if identity else bool(system.stations)
        return {"chargers": sorted(system.stations)} if is_connected == wanted else None

    return question


def _status(system: CentralSystem, arguments: Arguments) -> Question:
    identity, number = arguments.optional_text("charger"), arguments.whole("connector", 1)
    wanted = arguments.text("status")

    def question() -> dict[str, Any] | None:
        rows = queries.connectors(system.record, identity)
        return next(({"status": row} for row in rows if (row["connector"], row["status"]) == (number, wanted)), None)

    return question


def _transactions(system: CentralSystem, arguments: Arguments) -> Question:
    """`count` transactions in all, ended ones only unless `ended` is false."""
    identity, count = arguments.optional_text("charger"), arguments.whole("count", 1)
    only_ended = arguments.flag("ended", True)

    def question() -> dict[str, Any] | None:
        rows = queries.transactions(system.record, identity=identity)
        found = [row for row in rows if row["stops"] or not only_ended]
        return {"transactions": found} if len(found) >= count else None

    return question


def _message(system: CentralSystem, arguments: Arguments) -> Question:
    """`count` CALLs of `action` from the charger beyond frame `after`."""
    identity, action = arguments.optional_text("charger"), arguments.text("action")
    after, count = arguments.whole("after", 0), arguments.whole("count", 1)

    def question() -> dict[str, Any] | None:
        found = queries.frames(
            system.record, after=after, identity=identity, action=action, kind="call", direction="from"
        )
        return {"frames": found} if len(found) >= count else None

    return question


CONDITIONS: dict[str, Callable[[CentralSystem, Arguments], Question]] = {
    "connected": _connected,
    "status": _status,
    "transactions": _transactions,
    "message": _message,
}

VERBS = (
    Verb("chargers", "", "who is known, with every connector's status", chargers),
    Verb("transactions", "charger= open=false", "what was charged; starts and stops count repeats", transactions),
    Verb("frames", "after=0 charger= action= kind= direction= limit=1000", "the raw log", frames),
    Verb("readings", "transaction= measurand=", "meter values", readings),
    Verb("problems", "", "what a charger must not do", problems),
    Verb(
        "wait",
        "until=connected|status|transactions|message timeout_s=30 …",
        "answer when true: connected=true · connector=1 status=… · count=1 ended=true · action=… after=0 count=1",
        wait,
    ),
)
