"""`evsectl audit`: who had what done, through which door, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.time import Instant
    from agent.store.journal import Command

ROWS_A_PART = 50


async def answer(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    return await _told(station, arguments, conversation, lambda command: command.arguments)


async def answer_from_afar(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """Without the words that people typed, which are for whoever is at the charger."""
    return await _told(station, arguments, conversation, _without_words)


async def _told(
    station: StationPort, arguments: Arguments, conversation: Conversation, shown: Callable[[Command], str]
) -> Done:
    case, now = arguments.get("case"), station.now()
    commands = await station.journal.commands(int(arguments["limit"]))
    rows = [_row(one, now, shown(one)) for one in commands if case is None or one.case == case]
    for start in range(0, len(rows), ROWS_A_PART):
        await conversation.say({"commands": rows[start : start + ROWS_A_PART]})
    return Done({"commands": []})


def _without_words(command: Command) -> str:
    from agent.control.arguments import without_words
    from agent.control.registry import find

    try:
        return without_words(find(command.verb), command.arguments)
    except BadRequest:
        return ""


def _row(one: Command, now: Instant, arguments: str) -> dict[str, Any]:
    from agent.control.moments import told

    row = {
        "at": told(one.at, now),
        "via": one.via,
        "uid": one.uid if one.via == "socket" else None,
        "key": one.key,
        "role": one.role,
        "case": one.case,
        "order_id": one.order_id,
        "verb": one.verb,
        "arguments": arguments,
        "outcome": one.outcome,
        "took_ms": one.took_ms,
    }
    return {name: value for name, value in row.items() if value not in (None, "")}


def show(body: Body, page: Page) -> None:
    if not body["commands"]:
        page.line("nothing is on record; what only reads is written within five seconds")
        return
    rows = []
    for one in body["commands"]:
        who = one.get("key") or (f"user {one['uid']}" if "uid" in one else "the network")
        words = f"{one['verb']} {one.get('arguments', '')}".strip()
        rows.append(
            [page.date(one["at"]), one["via"], f"{who} ({one['role']})", one.get("case", ""), words, one["outcome"]]
        )
    page.table(["when", "door", "who", "case", "what", "outcome"], rows)


VERB = Verb(
    purpose="who had what done, through which door, and what came of it",
    actions=(
        Action(
            purpose="the log of commands, oldest first; arguments are redacted",
            role=Role.OPERATOR,
            parameters=(
                Parameter(
                    name="limit", kind=Kind.WHOLE, default=50, high=5000, purpose="look at so many of the newest"
                ),
                Parameter(name="case", purpose="only what was done for this support case"),
            ),
            answer=answer,
            answer_remote=answer_from_afar,
            show=show,
            remote=Effect.READ,
            masked=(Masked.CARDS, Masked.WORDS),
        ),
    ),
)
