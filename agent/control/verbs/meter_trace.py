"""`evsectl meter-trace`: every request on the wires and what was heard, with its time, and what the wire counts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import Busy
from agent.tables import nearest

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.drivers.interfaces import RecordingBus

LONGEST_S = 120
LOOKS_EVERY_S = 1.0
"""A line keeps its last hundred exchanges; at 9600 baud no more than some thirty fit into a second."""
SHORTEST_S = 0.001
"""What rounding leaves is no time to sleep: a clock that moves by sleeping alone would stand still."""
SILENCE_TIMEOUT_S = 15.0
MOST_BYTES = 2 << 20


async def answer(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    wires = _chosen(station, arguments)
    loop = asyncio.get_running_loop()
    began_s, seconds = loop.time(), int(arguments["seconds"])
    after = dict.fromkeys(wires, began_s)
    while True:
        for name, wire in wires.items():
            rows = [one for one in wire.exchanged() if one.at > after[name]]
            if rows:
                after[name] = rows[-1].at
                told = [
                    {
                        "bus": name,
                        "t_s": round(one.at - began_s, 3),
                        "took_ms": round(1000 * one.took_s, 1),
                        "sent": one.sent.hex(" "),
                        "heard": one.heard.hex(" "),
                        "ended": one.ended,
                    }
                    for one in rows
                ]
                await conversation.say({"exchanges": told})
        left_s = began_s + seconds - loop.time()
        if left_s < SHORTEST_S:
            break
        await conversation.say({"exchanges": []})
        await asyncio.sleep(min(LOOKS_EVERY_S, left_s))
    # A part too: the end of an answer that is shown as it comes is not shown.
    await conversation.say({"exchanges": [], "counters": _counters(station, wires)})
    return Done({"exchanges": []})


def _chosen(station: StationPort, arguments: Arguments) -> dict[str, RecordingBus]:
    """Raises Busy where no wire keeps what is said on it."""
    from agent.drivers.interfaces import RecordingBus
    from agent.errors import BadRequest

    wires: dict[str, RecordingBus] = {
        name: wire for name, wire in station.wires().items() if isinstance(wire, RecordingBus)
    }
    if not wires:
        raise Busy("no wire of this charger keeps what is said on it; only lines of Modbus do")
    named = arguments.get("bus")
    if named is None:
        return wires
    if named not in wires:
        raise BadRequest(f'bus: there is no wire "{str(named)[:40]}"{nearest(str(named)[:40], list(wires))}')
    return {str(named): wires[str(named)]}


def _counters(station: StationPort, wires: dict[str, RecordingBus]) -> list[dict[str, Any]]:
    """Since the start of the program, by device."""
    return [
        {"bus": name, "device": device, **counters}
        for name, bus in station.wires().items()
        if name in wires
        for device, counters in bus.statistics().items()
    ]


def show(body: Body, page: Page) -> None:
    from agent.control.render import quantities

    for one in body["exchanges"]:
        page.line(f"{one['t_s']:8.3f} s  {one['bus']}  {one['took_ms']:7.1f} ms  → {one['sent']}")
        page.line(f"{'':>12}{one['ended']}: {one['heard'] or 'nothing'}")
    for one in body.get("counters", ()):
        rest = {name: value for name, value in one.items() if name not in ("bus", "device")}
        page.line(f"{one['device']} on {one['bus']}: {quantities(rest)}")


VERB = Verb(
    purpose="what is said on the wires to meters",
    actions=(
        Action(
            purpose="every request and what was heard, with the time of each, for some seconds; then the counters",
            role=Role.OPERATOR,
            parameters=(
                Parameter(name="bus", purpose="only this wire, by its name in the board file"),
                Parameter(name="seconds", kind=Kind.WHOLE, default=10, high=LONGEST_S, purpose="how long"),
            ),
            answer=answer,
            show=show,
            follows=True,
            remote=Effect.READ,
            remote_within_s=LONGEST_S + 30.0,
            remote_most_bytes=MOST_BYTES,
            timeout_s=SILENCE_TIMEOUT_S,
        ),
    ),
)
