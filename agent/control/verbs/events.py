"""`evsectl events`: what happened, oldest first; the last few seconds may not be on record yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

ROWS_A_PART = 50
MOST_LOOKED_AT = 5000
SEVERITIES = ("critical", "stop", "block", "derate", "warning", "info")


async def answer(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.arguments import existing_connector
    from agent.control.event_filter import EventFilter, edge
    from agent.control.moments import told

    wanted = EventFilter(
        connector=existing_connector(station.connectors(), arguments),
        about=_about(arguments),
        severity=str(arguments.get("severity", "")),
        code=str(arguments.get("code", "")),
        since=edge("since", arguments.get("since")),
        until=edge("until", arguments.get("until")),
    )
    now, limit = station.now(), int(arguments["limit"])
    found = await station.journal.events(limit if wanted.is_open else MOST_LOOKED_AT)
    fitting = [(one, wanted.in_time(one, now)) for one in found if wanted.fits(one)]
    rows = [
        {"name": one.name, "at": told(one.at, now), "connector": one.connector, "fields": dict(one.fields)}
        for one in [one for one, is_in_time in fitting if is_in_time][-limit:]
    ]
    undated = sum(is_in_time is None for _, is_in_time in fitting)
    for start in range(0, len(rows), ROWS_A_PART):
        await conversation.say({"events": rows[start : start + ROWS_A_PART]})
    return Done({"events": [], **({"undated": undated} if undated else {})})


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


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone, quantities

    if body.get("undated"):
        page.line(f"{body['undated']} more are of a boot without a clock: nobody knows whether they are of this time")
    elif not body["events"]:
        page.line(f"nothing is on record that fits, of the newest {MOST_LOOKED_AT} events")
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
                    name="limit", kind=Kind.WHOLE, default=50, high=5000, purpose="so many of the newest that fit"
                ),
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only of this connector and of the station"),
                Parameter(name="about", purpose='only these, by name or its first word, as "fault" or "meter.lost"'),
                Parameter(name="since", purpose="only later than this: 90m, 2h or 3d ago, or 2026-12-01T18:00Z"),
                Parameter(name="until", purpose="only before this, the same"),
                Parameter(name="severity", choices=SEVERITIES, purpose="only faults of this severity"),
                Parameter(name="code", purpose="only with this id, code or cause, or what begins so; * and ? fit any"),
            ),
            answer=answer,
            remote=Effect.READ,
            masked=(Masked.CARDS, Masked.WORDS, Masked.LOGINS),
            show=show,
        ),
    ),
)
