"""`evsectl health`: can one charge here, and if not why, then everything else that support asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.arguments import existing_connector

    chosen = existing_connector(station.connectors(), arguments)
    document = await station.health()
    if chosen is not None:
        document["ports"] = [one for one in document["ports"] if one["port"] == chosen]
        document["events"] = [one for one in document["events"] if one.get("connector") in (None, chosen)]
    return Done(document)


async def crashes(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    return Done({"crashes": list(await station.crashes(int(arguments["limit"])))})


async def history(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.arguments import existing_connector

    chosen = existing_connector(station.connectors(), arguments)
    return Done({"history": [dict(one) for one in await station.health_history(int(arguments["limit"]), chosen)]})


def show_history(body: Body, page: Page) -> None:
    from agent.control.health_pages import show_health_history

    show_health_history(body, page)


def show_crashes(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    if not body["crashes"]:
        page.line("no run of the program has left anything; one that was killed (SIGKILL, no memory) cannot", Tone.GOOD)
    for text in body["crashes"]:
        for place, line in enumerate(str(text).splitlines()):
            page.line(line, Tone.PLAIN if place else Tone.STRONG)
        page.line()


def show(body: Body, page: Page) -> None:
    """Of any health document, be it read here, from a file or from a broker."""
    from agent.control.health_pages import show_health

    show_health(body, page)


VERB = Verb(
    purpose="can one charge here, and if not why; then versions, limits, faults, network, storage, starts",
    actions=(
        Action(
            name="crashes",
            purpose="what a run of the program left that died: where each thread was, and of which exception",
            parameters=(Parameter(name="limit", kind=Kind.WHOLE, default=1, high=3, purpose="so many of the newest"),),
            answer=crashes,
            show=show_crashes,
            remote=Effect.READ,
        ),
        Action(
            name="history",
            purpose="since when each port stands as it does, and how it stood before: verdicts with their first reason",
            parameters=(
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="of the ports, only this one"),
                Parameter(
                    name="limit", kind=Kind.WHOLE, default=50, high=1000, purpose="so many of the newest changes"
                ),
            ),
            answer=history,
            show=show_history,
            remote=Effect.READ,
        ),
        Action(
            purpose="can one charge here, and if not why; then versions, limits, faults, network, storage, starts",
            parameters=(Parameter(name="connector", kind=Kind.CONNECTOR, purpose="of the ports, only this one"),),
            answer=answer,
            show=show,
            remote=Effect.READ,
        ),
    ),
)
