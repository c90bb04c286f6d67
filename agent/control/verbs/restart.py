"""`evsectl restart service|system|board|modem|forced`: has something start anew; never in the middle of a charge.

But the modem: no charge rests on it, and what has to be told waits on disk meanwhile, as in any gap of the network.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from agent.control.remedies_port import Restart
from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

WITHIN_S = 30.0
BOARD_WITHIN_S = 45.0
"""A board answers late while it writes, and has twenty seconds to be heard again."""
FORCED_WITHIN_S = 90.0
"""Every charge is stopped and on record before the controller's system is asked."""
MODEM_WITHIN_S = 130.0
"""It is seen, told, and back in its network (agent/host/modem.py)."""


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
        for one in station.connectors():
            if (loan := station.session(one).loan) is not None:
                raise Busy(
                    f"connector {one} is lent to {loan.by}, which a restart would break off; wait until that is done, "
                    f"or have somebody with the role service do it: evsectl restart forced {what.value}"
                )
        await refuse_unusable(station.config)
        await station.remedies.restart(what, str(arguments["reason"]), forced=False)
        return Done({"restarts": what.value})

    return answer


async def forced(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    what = Restart(str(arguments["what"]))
    await station.remedies.restart(what, str(arguments["reason"]), forced=True)
    return Done({"restarts": what.value})


async def board(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.restarting_board import restarted

    return await restarted(station, arguments)


def show_board(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    which = f"the pilot board of connector {body['connector']}"
    if body["back_after_s"] is not None:
        page.line(f"{which} started anew and was heard again after {body['back_after_s']:.1f} s", Tone.GOOD)
        return
    page.line(f"{which} agreed to start anew and was not heard again", Tone.BAD)
    page.line("what to do: evsectl explain; then have its supply switched off and on, and look at its cable")


async def modem(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.core.network_check.radio import modem_problem, told_of_modem

    back = await station.remedies.restart_modem(str(arguments["reason"]))
    seen = {} if back.modem is None else {"modem": told_of_modem(back.modem)}
    if back.after_s is not None:
        return Done({"restarts": "modem", "back_after_s": round(back.after_s, 1), **seen})
    then = (back.modem and modem_problem(back.modem)) or "take the modem's supply away for a minute"
    return Done({"restarts": "modem", "next": then, **seen}, passed=False)


def show_modem(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    seen = body.get("modem", {})
    parts = [str(seen[name]) for name in ("modem", "operator", "technology") if name in seen]
    parts += [f"signal {seen['signal_percent']} %"] if "signal_percent" in seen else []
    state = ", ".join(parts) or "it is not there"
    if "back_after_s" in body:
        page.line(f"the modem started anew and is back after {body['back_after_s']:.0f} s: {state}", Tone.GOOD)
        return
    page.line(f"the modem was told to start anew and did not come back in time: {state}", Tone.BAD)
    page.line(f"Next: {body['next']}.")


def show(body: Body, page: Page) -> None:
    what = {"service": "the agent starts anew in a second or two", "system": "the controller starts anew"}
    page.line(f"{what[body['restarts']]}; whether it came back: evsectl status")


REASON = Parameter(name="reason", required=True, is_words=True, purpose="why, for the logs of commands and events")
CONNECTOR = Parameter(name="connector", kind=Kind.CONNECTOR, purpose="which board, where there are several")
_action = partial(Action, role=Role.OPERATOR, parameters=(REASON,), changes=True, remote=Effect.OPENS)
_at_rest = partial(_action, show=show, timeout_s=WITHIN_S)

VERB = Verb(
    purpose="have the agent, the controller, its modem or a pilot board start anew",
    actions=(
        _at_rest(name="service", purpose="the agent, while no charge runs", answer=_of(Restart.SERVICE)),
        _at_rest(
            name="system",
            purpose="the controller with all that runs on it, while no charge runs",
            answer=_of(Restart.SYSTEM),
        ),
        _action(
            name="board",
            purpose="the pilot board, with nobody plugged in; the answer comes once it is heard again",
            parameters=(CONNECTOR, REASON),
            answer=board,
            show=show_board,
            timeout_s=BOARD_WITHIN_S,
        ),
        _action(
            name="modem",
            purpose="the modem, by ModemManager; a charge goes on; the answer comes once it is back",
            answer=modem,
            show=show_modem,
            remote=Effect.NET,
            timeout_s=MODEM_WITHIN_S,
            remote_within_s=MODEM_WITHIN_S,
        ),
        _action(
            name="forced",
            purpose="the agent or the controller, after stopping every charge, whatever the site file on disk says",
            role=Role.SERVICE,
            parameters=(
                Parameter(name="what", positional=True, choices=("service", "system"), purpose="what starts anew"),
                REASON,
            ),
            answer=forced,
            show=show,
            timeout_s=FORCED_WITHIN_S,
            remote_within_s=FORCED_WITHIN_S,
        ),
    ),
)
