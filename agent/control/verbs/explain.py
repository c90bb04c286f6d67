"""`evsectl explain`: every reason why a connector is or is not charging; `explain current`: why it offers so much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.config.model import BoardConfig
    from agent.control.ports import StationPort
    from agent.control.render import Page, Tone
    from agent.core.explain.reason import Reason
    from agent.core.identity import ConnectorId
    from agent.core.time import Instant


CURRENT = "current"


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.arguments import chosen_connectors

    chosen = chosen_connectors(station.connectors(), arguments)
    if arguments["what"] == CURRENT:
        return Done({"what": CURRENT, "connectors": [await _current(station, connector) for connector in chosen]})
    return Done({"connectors": [_explained(station, connector) for connector in chosen]})


async def _current(station: StationPort, connector: ConnectorId) -> dict[str, Any]:
    from agent.control.current import LOOKS_AHEAD_S, current_explained

    schedule = await station.composite_schedule(connector, LOOKS_AHEAD_S)
    return {"connector": int(connector)} | current_explained(station.session(connector), schedule, station.now())


def _explained(station: StationPort, connector: ConnectorId) -> dict[str, Any]:
    from agent.control.standing import notices
    from agent.core.explain.explain import explain
    from agent.core.explain.scene import Scene

    scene = Scene(
        session=station.session(connector),
        network=station.network(),
        now=station.now(),
        board=station.board(connector),
        notices=tuple(notices(station)),
        controller=_controller(station.config.board, connector),
        ends_power=_ends_power(station.config.board, connector),
    )
    explanation = explain(scene)
    return {
        "connector": int(connector),
        "charging": explanation.charging,
        "headline": explanation.headline,
        "reasons": [_reason(reason, scene.now) for reason in explanation.reasons],
    }


def _controller(board: BoardConfig, connector: ConnectorId) -> str:
    """The word on its box: of several kinds behind one driver, the kind."""
    pilot = board.connectors[connector - 1].drivers["control_pilot"]
    kinds = {bus.name: bus.options.get("controller") for bus in board.buses}
    kind = kinds.get(str(pilot.options.get("bus")))
    return kind if isinstance(kind, str) else pilot.driver.replace("_", " ")


def _ends_power(board: BoardConfig, connector: ConnectorId) -> str:
    """What ends the power of a connector whose controller is silent."""
    if "cut_off" in board.connectors[connector - 1].drivers:
        return "the cut-off in series with its contactor opens"
    return "" if board.lab_only else "it opens the contactor by itself"


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
        if body.get("what") == CURRENT:
            _show_current(connector, page)
            continue
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


def _show_current(connector: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, current, duration

    decides = (connector["decides"] or "nobody").replace("_", " ")
    allowed = f"connector {connector['connector']}: {current(connector['allowed_a'])} may be offered, {decides} decides"
    page.line(f"{allowed}; {current(connector['offered_a'])} is offered", Tone.STRONG)
    rows = [
        ["decides" if one["decides"] else "", current(one["current_a"]), one["source"].replace("_", " "), one["detail"]]
        for one in connector["limits"]
    ]
    page.table(["", "limit", "source", "why"], rows)
    profile, following = connector["profile"], connector["next"]
    if profile:
        until = f"until {page.date(profile['until'])}" if profile["until"] else "with no end in sight"
        page.line(f"charging profile {profile['id']} decides, {until}")
    if following:
        by = "no profile" if following["profile"] is None else f"charging profile {following['profile']}"
        when = f"{page.date(following['at'])}, in {duration(following['in_s'])}"
        page.line(f"next change: {when}, to {current(following['allowed_a'])} by {by}")
    elif connector["ahead_s"] is None:
        page.line("the clock is not trusted: of every profile the strictest period holds until the time is known")
    else:
        page.line(f"no profile changes it within {duration(connector['ahead_s'])}")


def _tone(effect: str) -> Tone:
    from agent.control.render import Tone

    return {"blocks": Tone.BAD, "pauses": Tone.WARN}.get(effect, Tone.PLAIN)


VERB = Verb(
    purpose="every reason why a connector is or is not charging, strongest first",
    actions=(
        Action(
            purpose="every reason why a connector is or is not charging, strongest first",
            parameters=(
                Parameter(
                    name="what",
                    positional=True,
                    default="charge",
                    choices=("charge", CURRENT),
                    purpose='"charge", or "current": every limit of the current, which one decides and until when',
                ),
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only this connector"),
            ),
            answer=answer,
            show=show,
        ),
    ),
)
