"""`evsectl log-level`: has a part of the program tell more in its log, for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

LONGEST_MIN = 24 * 60


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    part, level, minutes = str(arguments["part"]), str(arguments["level"]), int(arguments["minutes"])
    station.remedies.set_log_level(part, level, 60.0 * minutes)
    return Done({"part": part, "level": level, "ends_in_s": 60 * minutes})


def show(body: Body, page: Page) -> None:
    from agent.control.render import duration

    page.line(f"{body['part']} logs {body['level']} for {duration(body['ends_in_s'])}: journalctl -u evse-agent -f")


VERB = Verb(
    purpose="have a part of the program tell more in its log, for a while",
    actions=(
        Action(
            purpose="have a part of the program tell more, or less, in its log; ends by itself, after a day at most",
            role=Role.OPERATOR,
            parameters=(
                Parameter(name="part", positional=True, purpose='a room of the program, as "ocpp_client", or "all"'),
                Parameter(name="level", positional=True, choices=("debug", "info", "warning"), purpose="from which on"),
                Parameter(name="minutes", kind=Kind.WHOLE, default=60, high=LONGEST_MIN, purpose="how long"),
            ),
            answer=answer,
            show=show,
            changes=True,
            remote=Effect.READ,
        ),
    ),
)
