"""`evsectl watch`: follows the charger live until Ctrl-C, or until the agent ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Conversation, Kind, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.bus import Reader
    from agent.control.ports import StationPort
    from agent.control.render import Page

SIGN_OF_LIFE_S = 10.0
"""Something is said at least this often, so that a caller who left is noticed."""
SILENCE_TIMEOUT_S = 3 * SIGN_OF_LIFE_S
CHANGING = ("since", "sample_age_s", "transaction", "register_wh", "faults")
"""Parts of a connector that move by themselves, or that the news tells already."""


async def answer(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.arguments import chosen_connectors
    from agent.control.snapshot import connector_body

    chosen = chosen_connectors(station.connectors(), arguments)
    every_s = float(arguments["every_s"])
    said: dict[int, Body] = {}
    loop = asyncio.get_running_loop()
    said_at = loop.time()
    with station.bus.reader() as reader:
        while True:
            parts = [{"news": one} for one in _news(station, reader, arguments)]
            for connector in chosen:
                body = connector_body(station, connector)
                if _essence(body) != said.get(connector):
                    said[connector] = _essence(body)
                    parts.append({"connector": body})
            if not parts and loop.time() - said_at >= SIGN_OF_LIFE_S:
                parts.append({})
            for part in parts:
                await conversation.say(part)
                said_at = loop.time()
            await _until_news(reader, every_s)


async def _until_news(reader: Reader, longest_s: float) -> None:
    try:
        async with asyncio.timeout(longest_s):
            await reader.arrived()
    except TimeoutError:
        return


def _news(station: StationPort, reader: Reader, arguments: Arguments) -> list[dict[str, Any]]:
    from agent.control.moments import told

    wanted = arguments.get("connector")
    now = station.now()
    return [
        {"name": one.name, "at": told(one.at, now), "connector": one.connector, "fields": dict(one.fields)}
        for one in reader.drain()
        if wanted is None or one.connector in (wanted, None)
    ]


def _essence(body: Body) -> Body:
    """What makes a line worth a new one: power to the nearest 100 W, everything that is a state, energy in 0.01 kWh."""
    kept = {name: value for name, value in body.items() if name not in CHANGING}
    for name in ("currents_a", "voltages_v", "pilot_high_v"):
        kept.pop(name, None)
    kept["power_w"] = None if body["power_w"] is None else round(body["power_w"], -2)
    energy_wh = (body["transaction"] or {}).get("energy_wh")
    return {**kept, "energy": None if energy_wh is None else energy_wh // 10}


def show(body: Body, page: Page) -> None:
    if "news" in body:
        _show_news(body["news"], page)
    elif "connector" in body:
        _show_connector(body["connector"], page)


def _show_news(news: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, quantities

    place = "" if news["connector"] is None else f"connector {news['connector']}  "
    tone = Tone.BAD if news["name"] == "fault.raised" else Tone.STRONG
    page.line(f"{page.clock(news['at'])}  {place}{news['name']}  {quantities(news['fields'])}", tone)


def _show_connector(connector: dict[str, Any], page: Page) -> None:
    from agent.control.render import Tone, current, energy, power

    volts = "" if connector["pilot_high_v"] is None else f" {connector['pilot_high_v']:.1f} V"
    parts = [f"          connector {connector['connector']}", f"{connector['status']:<13}"]
    parts += [f"pilot {connector['pilot']}{volts}", f"contactor {connector['contactor']}"]
    parts.append(f"{current(connector['offered_a'])} offered")
    if connector["transaction"]:
        parts += [power(connector["power_w"]), energy(connector["transaction"]["energy_wh"])]
    page.line("  ".join(parts), Tone.GOOD if connector["status"] == "Charging" else Tone.PLAIN)


VERB = Verb(
    purpose="follow the charger live; Ctrl-C ends it",
    actions=(
        Action(
            purpose="follow the charger live; Ctrl-C ends it",
            parameters=(
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only this connector"),
                Parameter(
                    name="every_s",
                    kind=Kind.WHOLE,
                    default=1,
                    high=60,
                    purpose="seconds between two looks at the values",
                ),
            ),
            answer=answer,
            show=show,
            follows=True,
            timeout_s=SILENCE_TIMEOUT_S,
        ),
    ),
)
