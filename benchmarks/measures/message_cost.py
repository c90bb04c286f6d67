"""What a checked message of OCPP 1.6 costs the processor, both ways, beside the `ocpp` package with its schema check.

The agent checks what comes in while it runs; what it sends is held to the same schemas by its tests. The package checks
both, as it does for its users.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any, cast

import ocpp.messages as package  # type: ignore[import-untyped]

from agent.ocpp_client.adapter import Answered, Handler, Payload, Registration, WireCall
from agent.ocpp_client.ports import StationPort
from agent.ocpp_client.rpc import calls, dispatch, frames
from agent.ocpp_client.schema import Check
from agent.ocpp_client.station.registration import Standing
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16.adapter import Ocpp16
from benchmarks.figure import Effort, Figure, ratio_at_most
from tools.generate_validators import validator

ORDER = 16
MOST_RATIO = 0.15
REPEATS = 40
"""Of the whole mix in one go; one takes the package some 20 ms."""
NOW = "2026-11-25T12:00:00.000Z"
ACCEPTED: Payload = {"status": "Accepted"}
STANDING = Standing(status=Registration.ACCEPTED)

SAMPLED = [
    {"value": str(230.1 + number), "context": "Sample.Periodic", "measurand": "Voltage", "phase": "L1", "unit": "V"}
    for number in range(10)
]
OUT: dict[str, tuple[Payload, Payload]] = {
    "Heartbeat": ({}, {"currentTime": NOW}),
    "StatusNotification": (
        {"connectorId": 1, "status": "Charging", "errorCode": "NoError", "timestamp": NOW, "info": ""},
        {},
    ),
    "MeterValues": (
        {"connectorId": 1, "transactionId": 4711, "meterValue": [{"timestamp": NOW, "sampledValue": SAMPLED}]},
        {},
    ),
    "StartTransaction": (
        {"connectorId": 1, "idTag": "04A2B3C4D5E6F7", "meterStart": 123_456, "timestamp": NOW},
        {"transactionId": 4711, "idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET-7", "expiryDate": NOW}},
    ),
}
"""CALLs of the charger and their answers."""
IN: dict[str, Payload] = {
    "SetChargingProfile": {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 7,
            "stackLevel": 3,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "startSchedule": NOW,
                "duration": 86_400,
                "chargingSchedulePeriod": [
                    {"startPeriod": hour * 3600, "limit": 6.0 + hour, "numberPhases": 3} for hour in range(24)
                ],
            },
        },
    },
    "SendLocalList": {
        "listVersion": 12,
        "updateType": "Full",
        "localAuthorizationList": [
            {"idTag": f"04A2B3C4{number:06X}", "idTagInfo": {"status": "Accepted", "expiryDate": NOW}}
            for number in range(100)
        ],
    },
}
"""CALLs of the central system, each answered `Accepted`."""

Way = Callable[[], Awaitable[None]]


class Agreeing(Ocpp16):
    """The adapter with all its checks, and a charger that agrees to everything: what a command does is not counted."""

    def __init__(self) -> None:
        super().__init__(cast(StationPort, None), NetworkSettings(_Nothing()))

    @property
    def handlers(self) -> dict[str, Handler]:
        return dict.fromkeys(IN, self._agree)

    async def _agree(self, payload: Payload) -> Answered:
        return Answered(ACCEPTED)


class _Nothing:
    """Nothing was ever set."""

    def all(self) -> dict[str, str]:
        return {}

    async def put(self, values: Any) -> None:
        return


def ours_in(adapter: Agreeing, action: str, payload: Payload) -> Way:
    """From the text of a command to the text of its answer."""
    text = json.dumps([2, "id", action, payload])

    async def way() -> None:
        call = frames.read_frame(text)
        assert isinstance(call, frames.Call)
        # A connection of its own: none is answered from memory, or refused as one too many.
        reply = await dispatch.Dispatcher(adapter).answer(call, STANDING, 0.0)
        assert reply is not None and reply.text == '[3,"id",{"status":"Accepted"}]'

    return way


def ours_out(adapter: Agreeing, action: str, payload: Payload, answer: Payload, check: Check | None) -> Way:
    """From the payload of a message of ours to the meaning of its answer. `check`: what we send is checked, too."""
    text, turn, asked = (
        json.dumps([3, "id", answer]),
        calls.Turn(calls.Lane.FACT, WireCall(action, payload)),
        calls.Calls(),
    )

    async def way() -> None:
        if check is not None:
            check(payload)
        assert frames.call_text(frames.Call("id", action, payload))
        asked.begin("id", turn, now_s=0.0, timeout_s=30.0)
        heard = frames.read_frame(text)
        assert isinstance(heard, frames.CallResult)
        assert asked.hear(heard, 0.1) is not None
        assert adapter.check_answer(action, heard.payload) is None

    return way


def theirs_in(action: str, payload: Payload) -> Way:
    """The same through the functions with which the package takes a command and answers it."""
    text = json.dumps([2, "id", action, payload])

    async def way() -> None:
        call = package.unpack(text)
        await package.validate_payload(call, "1.6")
        answer = call.create_call_result(ACCEPTED)
        await package.validate_payload(answer, "1.6")
        assert answer.to_json()

    return way


def theirs_out(action: str, payload: Payload, answer: Payload) -> Way:
    """The same through those with which it makes a call."""
    text = json.dumps([3, "id", answer])

    async def way() -> None:
        call = package.Call("id", action, payload)
        await package.validate_payload(call, "1.6")
        assert call.to_json()
        heard = package.unpack(text)
        heard.action = action
        await package.validate_payload(heard, "1.6")

    return way


def measure(effort: Effort, folder: Path) -> Iterable[Figure]:
    package.ASYNC_VALIDATION = False  # in a thread it would cost more
    return asyncio.run(_measured(effort))


async def _measured(effort: Effort) -> list[Figure]:
    adapter = Agreeing()
    own = {action: ours_in(adapter, action, payload) for action, payload in IN.items()}
    floor = {action: theirs_in(action, payload) for action, payload in IN.items()}
    held: dict[str, Way] = {}
    for action, (payload, answer) in OUT.items():
        own[action] = ours_out(adapter, action, payload, answer, None)
        held[action] = ours_out(adapter, action, payload, answer, _check_of(action))
        floor[action] = theirs_out(action, payload, answer)
    for way in (*own.values(), *held.values(), *floor.values()):
        await way()  # what is loaded once
    gc.collect()
    gc.freeze()
    rounds = [await _round(own, held, floor) for _ in range(effort.trials)]
    return [_figure(rounds)]


Round = tuple[dict[str, float], dict[str, float], dict[str, float]]
"""Microseconds of each message: ours, ours with what we send checked, the package's."""


async def _round(own: dict[str, Way], held: dict[str, Way], floor: dict[str, Way]) -> Round:
    return await _all_us(own), await _all_us(own | held), await _all_us(floor)


async def _all_us(ways: dict[str, Way]) -> dict[str, float]:
    return {action: await _us(way) for action, way in ways.items()}


async def _us(way: Way) -> float:
    began = time.process_time()
    for _ in range(REPEATS):
        await way()
    return (time.process_time() - began) / REPEATS * 1e6


def _figure(rounds: list[Round]) -> Figure:
    ratios = {action: median(own[action] / floor[action] for own, _, floor in rounds) for action in (*OUT, *IN)}
    of_each = ", ".join(f"{action} {ratio:.3f}" for action, ratio in ratios.items())
    held = median(sum(held.values()) / sum(floor.values()) for _, held, floor in rounds)
    return Figure(
        name="messages, checked, both ways",
        value=median(sum(own.values()) for own, _, _ in rounds) / len(ratios),
        unit="µs",
        floor=median(sum(floor.values()) for _, _, floor in rounds) / len(ratios),
        floor_is="the same frames through the `ocpp` package's unpack, validate_payload and to_json",
        paired_ratio=median(sum(own.values()) / sum(floor.values()) for own, _, floor in rounds),
        target=ratio_at_most(MOST_RATIO),
        notes=(
            f"of the package's time: {of_each}",
            f"with a check of what we send, which only the tests do: {held:.3f}",
        ),
    )


def _check_of(action: str) -> Check:
    """A check of a message of ours, as the generator would write it."""
    names: dict[str, Any] = {}
    exec(validator(action), names)
    check: Check = names["validate"]
    return check
