"""`evsectl waveform`: 100 ms of the pilot where its board can capture, else how its levels spread over some seconds."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from agent.control.roles import Role
from agent.control.verb import Action, Arguments, Conversation, Effect, Kind, Parameter, Verb
from agent.control.wire import Body, Done
from agent.errors import BadRequest, Busy, DriverRejected, DriverUnavailable

if TYPE_CHECKING:
    from agent.control.ports import StationPort
    from agent.control.render import Page
    from agent.core.identity import ConnectorId

WATCHES_S, LOOKS_EVERY_S = 5.0, 0.1
WITHIN_S = 20.0
STEP_V = 0.1


async def answer(station: StationPort, arguments: Arguments, _: Conversation) -> Done:
    from agent.control.arguments import chosen_connectors

    chosen = chosen_connectors(station.connectors(), arguments)
    if len(chosen) > 1:
        raise BadRequest("connector: which one? write --connector N")
    connector = chosen[0]
    try:
        captured = await _captured(station, connector, with_levels=bool(arguments["levels"]))
    except DriverRejected as error:
        # It has a service, and no capture in it, as an older board; what it reports all the time is there anyhow.
        return Done({**await _watched(station, connector), "why": str(error)})
    return Done(captured or await _watched(station, connector))


async def _captured(station: StationPort, connector: ConnectorId, *, with_levels: bool) -> dict[str, Any] | None:
    """None where the board has no service. Raises DriverRejected where it captures nothing, and TimeoutError."""
    from agent.control.waveform import waveform

    service = station.board_service(connector)
    if service is None:
        return None
    try:
        found = await service.capture()
    except DriverUnavailable as error:
        raise TimeoutError(str(error)) from error
    seen = waveform([level / 1000 for level in found.levels_mv], found.step_us / 1e6)
    figures = {
        "high_v": round(seen.high_v, 3),
        "low_v": None if seen.low_v is None else round(seen.low_v, 3),
        "duty_percent": seen.duty_percent,
        "frequency_hz": seen.frequency_hz,
        "noise_v": round(seen.noise_v, 4),
        "periods": seen.periods,
    }
    body = {"connector": int(connector), "by": "capture", "step_us": found.step_us, "samples": len(found.levels_mv)}
    shown = {name: value for name, value in figures.items() if value is not None}
    return {**body, **shown, **({"levels_mv": list(found.levels_mv)} if with_levels else {})}


async def _watched(station: StationPort, connector: ConnectorId) -> dict[str, Any]:
    """What the board reports of its levels, counted. Raises Busy where it reports none."""
    counts: dict[str, Counter[float]] = {"high_v": Counter(), "low_v": Counter()}
    for _ in range(round(WATCHES_S / LOOKS_EVERY_S)):
        board = station.board(connector)
        for name, count in counts.items():
            value = getattr(board, name, None)
            if value is not None:
                count[round(round(value / STEP_V) * STEP_V, 1)] += 1
        await asyncio.sleep(LOOKS_EVERY_S)
    if not any(counts.values()):
        raise Busy(f"the pilot of connector {connector} is measured by nothing that tells its levels")
    spread = {name: [[level, times] for level, times in sorted(count.items())] for name, count in counts.items()}
    return {"connector": int(connector), "by": "reports", "seconds": WATCHES_S, "histogram": spread}


def show(body: Body, page: Page) -> None:
    if body["by"] == "reports":
        page.line(
            f"connector {body['connector']}: this board captures nothing; its reports over {body['seconds']:g} s:"
        )
        for name, rows in body["histogram"].items():
            told = ", ".join(f"{level:g} V {times} times" for level, times in rows) or "none"
            page.line(f"  {name.removesuffix('_v'):<5} {told}")
        return
    page.line(f"connector {body['connector']}: {body['samples']} samples, one each {body['step_us']:g} µs")
    low = f", low {body['low_v']:.2f} V" if "low_v" in body else ", steady"
    page.line(f"  high {body['high_v']:.2f} V{low}, noise {1000 * body['noise_v']:.0f} mV")
    if body.get("duty_percent") is not None:
        page.line(f"  duty {body['duty_percent']:.2f} %, {body['frequency_hz']:.1f} Hz, {body['periods']} periods")


VERB = Verb(
    purpose="what the pilot looks like",
    actions=(
        Action(
            purpose="100 ms of the pilot as figures; without a capture how its levels spread, where they are told",
            role=Role.OPERATOR,
            parameters=(
                Parameter(name="connector", kind=Kind.CONNECTOR, purpose="which, where there are several"),
                Parameter(name="levels", kind=Kind.FLAG, default=False, purpose="every sample too, in mV"),
            ),
            answer=answer,
            show=show,
            remote=Effect.READ,
            timeout_s=WITHIN_S,
        ),
    ),
)
