"""`evsectl display`: what the driver of the car should be able to read: prices and costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.cost.display import Display

SURE = {
    "reckoned": "so far; the central system has the last word",
    "default": "so far, by the price for times without the central system",
    "final": "in all",
}


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.arguments import chosen_connectors

    language = arguments.get("language")
    said = None if language is None else str(language)
    chosen = chosen_connectors(station.connectors(), arguments)
    return Done({"connectors": [{"connector": int(one), **_body(station.display(one, said))} for one in chosen]})


def _body(display: Display) -> dict[str, Any]:
    return {
        "scene": display.scene.value,
        "language": display.language,
        "text": display.text,
        "cost": display.cost or None,
        "currency": display.currency or None,
        "cost_kind": display.kind.value,
        "energy_wh": display.energy_wh,
        "prices_change_at": display.changes_at or None,
        "qr_code": display.qr or None,
        "online": display.is_online,
    }


def show(body: Body, page: Page) -> None:
    for connector in body["connectors"]:
        _show_connector(connector, page)


def _show_connector(shown: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, energy

    page.line(f"connector {shown['connector']}  {shown['scene']}", Tone.STRONG)
    for line in (shown["text"] or "no price is known; see DefaultPrice in [ocpp.settings]").split("\n"):
        page.line(f"             {line}")
    if shown["cost"] is not None:
        amount = f"{shown['cost']} {shown['currency'] or ''}".strip()
        page.line(f"cost         {amount} {SURE[shown['cost_kind']]}")
    if shown["energy_wh"] is not None:
        page.line(f"energy       {energy(shown['energy_wh'])}")
    if shown["prices_change_at"] is not None:
        page.line(f"             other prices from {shown['prices_change_at']}")
    if shown["qr_code"] is not None:
        page.line(f"QR code      {shown['qr_code']}")
    if not shown["online"]:
        page.line("             the central system does not answer", Tone.DIM)


VERB = Verb(
    purpose="what the driver of the car should be able to read",
    actions=(
        Action(
            purpose="what the driver of the car should be able to read: prices and costs",
            parameters=(
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only this connector"),
                Parameter(name="language", purpose="of the driver, as de or es-MX; the charger's own if absent"),
            ),
            answer=answer,
            show=show,
        ),
    ),
)
