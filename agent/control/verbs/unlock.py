"""`evsectl unlock`: lets go of a plug, as the network can by UnlockConnector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

WITHIN_S = 15.0


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.arguments import chosen_connectors
    from agent.control.remedies_port import Unlocked
    from agent.core.session.offer import may_be_live
    from agent.errors import BadRequest

    chosen = chosen_connectors(station.connectors(), arguments)
    if len(chosen) > 1:
        raise BadRequest("connector: which one? write --connector N")
    connector = chosen[0]
    if station.session(connector).transaction is not None:
        raise Busy(f"a charge runs at connector {connector}; end it first: evsectl stop --connector {connector}")
    match await station.remedies.unlock(connector):
        case Unlocked.NONE:
            raise Busy(f"connector {connector} has no lock; its cable is fixed")
        case Unlocked.STUCK:
            why = "its output may be live" if may_be_live(station.session(connector)) else "the pin does not move"
            raise Busy(
                f"connector {connector} stays locked: {why}; "
                "have somebody push the plug home, order it once more, then see: evsectl explain"
            )
        case Unlocked.OPEN:
            return Done({"connector": int(connector), "unlocked": True})


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    page.line(f"connector {body['connector']} is unlocked; the plug can be taken out", Tone.GOOD)


VERB = Verb(
    purpose="let go of a plug that is locked",
    actions=(
        Action(
            purpose="let go of a plug that is locked, where nothing can be live there and no charge runs",
            role=Role.OPERATOR,
            parameters=(Parameter(name="connector", kind=Kind.CONNECTOR, purpose="which, where there are several"),),
            answer=answer,
            show=show,
            changes=True,
            remote=Effect.MOVES_LOCK,
            timeout_s=WITHIN_S,
        ),
    ),
)
