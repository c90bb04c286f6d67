"""`evsectl live`: what a connector does, several times a second: a quarter of an hour at most, from afar a minute."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.identity import ConnectorId

LONGEST_S = 900
LONGEST_FROM_AFAR_S = 60
"""From afar nobody can be seen to leave; whoever still looks asks again."""
FASTEST_HZ = 10
SILENCE_TIMEOUT_S = 15.0
MOST_BYTES = 1 << 20
"""A minute of two connectors at the fastest is 350 kB."""


async def answer(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    from agent.control.arguments import chosen_connectors

    chosen = chosen_connectors(station.connectors(), arguments)
    hz, seconds = int(arguments["hz"]), int(arguments["seconds"])
    loop = asyncio.get_running_loop()
    began_s, count = loop.time(), 0
    # Counted, so that rounding takes and gives none; a charger that is too slow for it still ends in time.
    while count < hz * seconds and loop.time() < began_s + seconds:
        samples = []
        temps = await _temperatures(station)
        for _ in range(hz):
            t_s = round(loop.time() - began_s, 3)
            samples += [_sample(station, one, t_s) for one in chosen]
            count += 1
            await asyncio.sleep(max(0.0, began_s + count / hz - loop.time()))
        await conversation.say({"samples": samples, "temps": temps})
    return Done({"samples": [], "looks": count, "took_s": round(loop.time() - began_s, 1)})


async def answer_from_afar(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """A minute at most, whatever was asked for."""
    seconds = min(int(arguments["seconds"]), LONGEST_FROM_AFAR_S)
    return await answer(station, {**arguments, "seconds": seconds}, conversation)


def _sample(station: StationPort, connector: ConnectorId, t_s: float) -> dict[str, Any]:
    """What is not known is absent."""
    from agent.core.control_pilot import duty_from_current
    from agent.core.session.status import connector_status

    session, board = station.session(connector), station.board(connector)
    offered_a = board.offered_a if board is not None and board.answering else session.encoded_a
    found: dict[str, Any] = {
        "t_s": t_s,
        "connector": int(connector),
        "state": connector_status(session)[0].value,
        "pilot": session.pilot.value,
        "contactor": session.contactor.value,
        "offered_a": offered_a,
        "duty_percent": round(duty_from_current(offered_a), 1) if offered_a else None,
    }
    if board is not None:
        found |= {"high_v": board.high_v, "low_v": board.low_v}
    meter = session.last_sample
    if meter is not None and station.now().since(meter.at) < SILENCE_TIMEOUT_S:
        found |= {
            "power_w": meter.power_w,
            "currents_a": _known(meter.currents_a),
            "voltages_v": _known(meter.voltages_v),
        }
    return {name: value for name, value in found.items() if value not in (None, [])}


def _known(phases: tuple[float | None, ...]) -> list[float]:
    """Phases come from the first on; one that is not measured ends them."""
    return [value for value in phases if value is not None]


async def _temperatures(station: StationPort) -> list[dict[str, Any]]:
    found = []
    for place, state in (await station.elements()).items():
        reading = state.readings.get("measured_celsius")
        if isinstance(reading, int | float) and not isinstance(reading, bool):
            found.append({"place": place, "temp_c": float(reading)})
    return found


def show(body: Body, page: Page) -> None:
    from agent.control.render import current, power

    for one in body["samples"]:
        parts = [
            f"{one['t_s']:8.1f} s",
            f"connector {one['connector']}",
            f"{one['state']:<13}",
            f"pilot {one['pilot']}",
        ]
        parts += [f"{one['high_v']:.2f} V"] if "high_v" in one else []
        parts += [f"{one['duty_percent']:g} %"] if "duty_percent" in one else []
        parts += [f"{current(one['offered_a'])} offered"] if "offered_a" in one else []
        parts += [power(one["power_w"])] if "power_w" in one else []
        parts += [" ".join(f"{each:.1f} A" for each in one["currents_a"])] if "currents_a" in one else []
        page.line("  ".join(parts))
    if body.get("temps"):
        page.line("  ".join(f"{one['place']} {one['temp_c']:.1f} °C" for one in body["temps"]))


VERB = Verb(
    purpose="pilot, currents and temperatures, several times a second",
    actions=(
        Action(
            purpose="state, pilot volts, duty, currents, temperatures, several times a second; from afar for a minute",
            parameters=(
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="only this connector"),
                Parameter(name="seconds", kind=Kind.WHOLE, default=60, high=LONGEST_S, purpose="how long"),
                Parameter(name="hz", kind=Kind.WHOLE, default=1, high=FASTEST_HZ, purpose="looks a second"),
            ),
            answer=answer,
            answer_remote=answer_from_afar,
            show=show,
            follows=True,
            remote=Effect.READ,
            remote_within_s=LONGEST_FROM_AFAR_S + 30.0,
            remote_most_bytes=MOST_BYTES,
            timeout_s=SILENCE_TIMEOUT_S,
        ),
    ),
)
