"""`evsectl start`: asks to begin a charge, and says what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.core.identity import ConnectorId, IdToken
from agent.core.session.model import Session, SessionPhase
from agent.errors import BadRequest, Busy

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page

DECIDED_WITHIN_S = 105.0
"""Above the core's own bounds of an authorisation (90 s) and a start (10 s)."""
TURNS_S = 1.0
UNDER_WAY = (SessionPhase.STARTING, SessionPhase.CHARGING, SessionPhase.STOPPING)


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.following import follow

    connector = _connector(station, arguments)
    before = station.session(connector)
    token = _token(station, before, arguments)
    if before.phase in UNDER_WAY:
        raise Busy(f"connector {connector} is {before.phase.value}; first: evsectl stop --connector {connector}")
    with station.bus.reader() as reader:
        station.request_start(connector, token)
        outcome = await follow(reader, DECIDED_WITHIN_S, lambda: _outcome(station.session(connector), before, token))
    return Done({"connector": int(connector), "token": token.masked, **outcome.body}, outcome.passed)


def _connector(station: StationPort, arguments: Arguments) -> ConnectorId:
    from agent.control.arguments import existing_connector

    named = existing_connector(station.connectors(), arguments)
    if named is not None:
        return named
    all_of_them = station.connectors()
    plugged = [one for one in all_of_them if station.session(one).phase is SessionPhase.PLUGGED]
    candidates = plugged if len(plugged) == 1 else all_of_them
    if len(candidates) != 1:
        raise BadRequest("connector: which one? write --connector N")
    return candidates[0]


def _token(station: StationPort, session: Session, arguments: Arguments) -> IdToken:
    from agent.control.verbs.token import chargeable_token

    if "token" in arguments:
        return chargeable_token(station, arguments)
    if session.settings.free_vend_token is None:
        raise BadRequest("token: somebody must answer for the charge; write --token TOKEN")
    return session.settings.free_vend_token


def _outcome(session: Session, before: Session, token: IdToken) -> Done | None:
    """What came of the request, None while it is open."""
    if session.refusal is not None and session.refusal is not before.refusal:
        return Done({"outcome": "refused", "why": session.refusal.why}, passed=False)
    if session.phase is SessionPhase.CHARGING and session.transaction is not None:
        return Done({"outcome": "started", "offered_a": session.encoded_a, "transaction": session.transaction.key})
    is_accepted = session.phase is SessionPhase.AUTHORIZED and session.token == token and session.asked is None
    if is_accepted and session is not before:
        return Done({"outcome": "accepted", "plug_within_s": session.settings.connection_timeout_s})
    return None


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone, duration

    place = f"connector {body['connector']}"
    match body["outcome"]:
        case "started":
            page.line(f"{place}: the charge for {body['token']} has begun", Tone.GOOD)
            page.line(f"follow it: evsectl watch --connector {body['connector']}")
        case "accepted":
            within = f" within {duration(body['plug_within_s'])}" if body["plug_within_s"] else ""
            page.line(f"{place}: {body['token']} is accepted; plug the car in{within}", Tone.GOOD)
        case _:
            page.line(f"{place}: {body['token']} was refused: {body['why']}", Tone.BAD)
            page.line(f"more: evsectl explain --connector {body['connector']}")


VERB = Verb(
    purpose="begin a charge",
    actions=(
        Action(
            purpose="begin a charge, as if the token had been shown; exit code 1 when it is refused",
            role=Role.OPERATOR,
            parameters=(
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="where; may be left out where it is clear"),
                Parameter(
                    name="token", is_token=True, purpose="who answers for it; - reads it from the standard input"
                ),
            ),
            answer=answer,
            show=show,
            changes=True,
            timeout_s=DECIDED_WITHIN_S + 5,
        ),
    ),
)
