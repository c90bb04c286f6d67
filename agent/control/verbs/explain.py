"""`evsectl explain`: every reason why a connector is or is not charging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.reason import Reason
    from agent.control.render import Page, Tone
    from agent.core.identity import ConnectorId
    from agent.core.time import Instant


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.arguments import chosen_connectors

    chosen = chosen_connectors(station.connectors(), arguments)
    return Done({"connectors": [_explained(station, connector) for connector in chosen]})


def _explained(station: StationPort, connector: ConnectorId) -> dict[str, Any]:
    from agent.control.explain import explain
    from agent.control.reason import Scene
    from agent.control.snapshot import notices

    scene = Scene(
        session=station.session(connector),
        network=station.network(),
        now=station.now(),
        board=station.board(connector),
        notices=tuple(notices(station)),
        opens_alone=not station.config.board.lab_only,
    )
    explanation = explain(scene)
    return {
        "connector": int(connector),
        "charging": explanation.charging,
        "headline": explanation.headline,
        "reasons": [_reason(reason, scene.now) for reason in explanation.reasons],
    }


def _reason(reason: Reason, now: Instant) -> dict[str, Any]:
    from agent.control.moments import told

    return {
        "key": reason.key,
        "effect": reason.effect.value,
        "what": reason.what,
        "evidence": dict(reason.evidence),
        "since": told(reason.since, now),
        "next_step": reason.next_step,
    }


def show(body: Body, page: Page) -> None:
    from agent.control.render import Tone

    for number, connector in enumerate(body["connectors"]):
        if number:
            page.line()
        tone = Tone.GOOD if connector["charging"] else Tone.STRONG
        page.line(f"connector {connector['connector']} is {connector['headline']}", tone)
        for reason in connector["reasons"]:
            _show_reason(reason, page)


def _show_reason(reason: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, quantities

    page.line(f" {reason['effect']:<7} {reason['what']}", _tone(reason["effect"]))
    facts = ", ".join(part for part in (quantities(reason["evidence"]), page.since(reason["since"])) if part)
    if facts:
        page.line(f"         {facts}", Tone.DIM)
    if reason["next_step"]:
        page.line(f"         next: {reason['next_step']}")


def _tone(effect: str) -> Tone:
    from agent.control.render import Tone

    return {"blocks": Tone.BAD, "pauses": Tone.WARN}.get(effect, Tone.PLAIN)


VERB = Verb(
    purpose="every reason why a connector is or is not charging, strongest first",
    actions=(
        Action(
            purpose="every reason why a connector is or is not charging, strongest first",
            parameters=(Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only this connector"),),
            answer=answer,
            show=show,
        ),
    ),
)
