"""`evsectl events`: what happened, oldest first; the last few seconds may not be on record yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.bus import News
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.identity import ConnectorId

ROWS_A_PART = 50


async def answer(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.arguments import existing_connector
    from agent.control.moments import told

    wanted, about = existing_connector(station.connectors(), arguments), _about(arguments)
    now = station.now()
    rows = [
        {"name": one.name, "at": told(one.at, now), "connector": one.connector, "fields": dict(one.fields)}
        for one in await station.journal.events(int(arguments["limit"]))
        if _is_wanted(one, wanted, about)
    ]
    for start in range(0, len(rows), ROWS_A_PART):
        await conversation.say({"events": rows[start : start + ROWS_A_PART]})
    return Done({"events": []})


def _about(arguments: Arguments) -> str:
    """What was asked for, "" for everything. Raises BadRequest for what no event is called."""
    from agent.events import EVENTS
    from agent.tables import close_to

    about = str(arguments.get("about", ""))
    subjects = list(dict.fromkeys(name.partition(".")[0] for name in EVENTS))
    if about and about not in subjects and about not in EVENTS:
        known = close_to(about[:40], [*subjects, *EVENTS]) or f"; known here: {', '.join(subjects)}"
        raise BadRequest(f'about: no event is called "{about[:40]}"{known}')
    return about


def _is_wanted(news: News, connector: ConnectorId | None, about: str) -> bool:
    fits = not about or news.name == about or news.name.startswith(f"{about}.")
    return fits and (connector is None or news.connector in (connector, None))


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone, quantities

    if not body["events"]:
        page.line("nothing is on record; wider: --limit 1000")
    for event in body["events"]:
        place = "" if event["connector"] is None else f"connector {event['connector']}"
        tone = Tone.BAD if event["name"] == "fault.raised" else Tone.PLAIN
        page.line(f"{page.date(event['at']):<19}  {place:<11}  {event['name']}  {quantities(event['fields'])}", tone)


VERB = Verb(
    purpose="what happened, oldest first",
    actions=(
        Action(
            purpose="what happened, oldest first; the last five seconds may be missing, watch shows them live",
            parameters=(
                Parameter(
                    name="limit", kind=Kind.WHOLE, default=50, high=5000, purpose="look at so many of the newest"
                ),
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only of this connector and of the station"),
                Parameter(name="about", purpose='only these, by name or its first word, as "fault" or "meter.lost"'),
            ),
            answer=answer,
            remote=Effect.READ,
            show=show,
        ),
    ),
)
