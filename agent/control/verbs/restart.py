"""`evsectl restart service|system|board|modem|forced`: has something start anew; never in the middle of a charge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from agent.control.remedies_port import Restart
from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

WITHIN_S = 30.0
FORCED_WITHIN_S = 90.0
"""Every charge is stopped and on record before the controller's system is asked."""
NO_BOARD = (
    "the pilot board knows no order to restart; it does so by itself where it hangs, with new firmware "
    "(evsectl board flash), and when its supply is switched off and on"
)
NO_MODEM = "no modem is known to this charger, so there is none to restart; its link is that of the controller's system"


def _of(what: Restart) -> Callable[[StationPort, Arguments, Conversation], Awaitable[Done]]:
    async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
        from agent.control.site_on_disk import refuse_unusable

        charging = [one for one in station.connectors() if station.session(one).transaction is not None]
        if charging:
            names = " and ".join(str(one) for one in charging)
            raise Busy(
                f"a charge runs at connector {names}, and a restart would end it; wait for its end, or have somebody "
                f"with the role service do it: evsectl restart forced {what.value}"
            )
        await refuse_unusable(station.config)
        await station.remedies.restart(what, str(arguments["reason"]), forced=False)
        return Done({"restarts": what.value})

    return answer


async def forced(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    what = Restart(str(arguments["what"]))
    await station.remedies.restart(what, str(arguments["reason"]), forced=True)
    return Done({"restarts": what.value})


async def board(_station: StationPort, _arguments: Arguments, _: Conversation) -> Done:
    raise Busy(NO_BOARD)


async def modem(_station: StationPort, _arguments: Arguments, _: Conversation) -> Done:
    raise Busy(NO_MODEM)


def show(body: Body, page: Page) -> None:
    what = {"service": "the agent starts anew in a second or two", "system": "the controller starts anew"}
    page.line(f"{what[body['restarts']]}; whether it came back: evsectl status")


REASON = Parameter(name="reason", required=True, is_words=True, purpose="why, for the logs of commands and events")


def _action(
    name: str, purpose: str, answer: Callable[[StationPort, Arguments, Conversation], Awaitable[Done]]
) -> Action:
    return Action(
        name=name,
        purpose=purpose,
        role=Role.OPERATOR,
        parameters=(REASON,),
        answer=answer,
        show=show,
        changes=True,
        remote=Effect.OPENS,
        timeout_s=WITHIN_S,
    )


VERB = Verb(
    purpose="have the agent or the controller start anew",
    actions=(
        _action("service", "the agent, while no charge runs", _of(Restart.SERVICE)),
        _action("system", "the controller with all that runs on it, while no charge runs", _of(Restart.SYSTEM)),
        _action("board", "the pilot board: it has no such order, and says what there is instead", board),
        _action("modem", "the modem: none is known, and it says so", modem),
        Action(
            name="forced",
            purpose="the agent or the controller, after stopping every charge, whatever the site file on disk says",
            role=Role.SERVICE,
            parameters=(
                Parameter(name="what", positional=True, choices=("service", "system"), purpose="what starts anew"),
                REASON,
            ),
            answer=forced,
            show=show,
            changes=True,
            remote=Effect.OPENS,
            timeout_s=FORCED_WITHIN_S,
            remote_within_s=FORCED_WITHIN_S,
        ),
    ),
)
