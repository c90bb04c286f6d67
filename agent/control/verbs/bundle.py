"""`evsectl bundle`: everything support wants to see of this charger, in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.roles import Role
from agent.control.sent_files import look_at_arrival
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Masked, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

MADE_WITHIN_S = 120.0
"""Twenty megabytes on a slow card; a bundle for somebody else may be under way."""
MOST_HOURS = 24 * 365


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    hours = arguments.get("hours")
    file = await station.bundle(None if hours is None else int(hours))
    return Done({"name": file.name, "bytes": file.stat().st_size, "hours": hours}, file=file)


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    of = "all there is" if body["hours"] is None else f"the last {body['hours']} h"
    page.line(f"bundle of {of}: {body['bytes'] / 1000:.0f} kB, in {body.get('file', body['name'])}", Tone.GOOD)
    page.line("it holds no password and no card; MANIFEST.json in it says what it does hold", Tone.DIM)
    page.line("to play its recording: python -m tools.simulate --replay FILE", Tone.DIM)


VERB = Verb(
    purpose="everything support wants to see, in one file: state, events, traces, the flight recorder",
    actions=(
        Action(
            purpose="everything support wants to see, in one file: state, events, traces, the flight recorder",
            role=Role.OPERATOR,
            parameters=(
                Parameter(name="hours", kind=Kind.WHOLE, high=MOST_HOURS, purpose="of the last hours; else of all"),
                Parameter(name="to", purpose="where it is written; else under its own name in this folder"),
            ),
            answer=answer,
            look=look_at_arrival,
            show=show,
            remote=Effect.READ,
            masked=(Masked.CARDS, Masked.WORDS, Masked.LOGINS),
            remote_within_s=MADE_WITHIN_S,
            timeout_s=MADE_WITHIN_S,
        ),
    ),
)
