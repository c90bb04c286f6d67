"""Everything that a whole charger says to support: each message on the broker, and each answer at each of its doors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from agent.control.registry import find
from agent.control.wire import Argument, Done, Part, Refused
from agent.core.health.document import fitted
from agent.station.health import size_of
from agent.telemetry.topics import COMMAND, HEALTH, RESULT, place_of
from firmware_sim.mqtt_broker import Broker
from firmware_sim.mqtt_packets import Message
from tests.control.calling import Desk
from tests.simulation import outputs
from tests.simulation.stage import Charger
from tests.simulation.test_orders import Support, asks
from tests.telemetry.schemas import TOLD, misfits, misfits_of_answer, misfits_over_ocpp, validator
from tests.telemetry.simulated import BASE, documents
from tools.schemas.answers import file_of, tables

ASKED_TOO: tuple[tuple[str, dict[str, Argument]], ...] = (
    ("config explain", {"key": "current"}),
    ("events", {"since": "1m"}),
    ("explain", {"what": "current"}),
    ("ocpp trace", {"limit": 1}),
    ("selftest show", {"test": "ST203"}),
    ("waveform", {"connector": 1, "levels": True}),
)
"""Beside what `outputs.ASKED` asks: the same verbs with arguments that make another answer."""
AT_A_GLANCE = ("status", "health", "explain", "faults list", "ocpp status", "network check", "uptime")
SHOWN_ELSEWHERE = {"report show": "a file at the charger, of which evsectl makes the page"}
"""Actions whose answer at the socket is another one than from afar, and what it is."""
ORDERS_TAKE_S = 15.0
ROOMS = tuple(range(1 << 10, 8 << 10, 512))
"""Bytes that a health document may have: from where nearly nothing is left to where all is."""


def name_of(words: str) -> str:
    """Of the schema of an action's answer."""
    return f"answers/{file_of(words).removesuffix('.schema.json')}"


class Said:
    """Documents by the name of their schema, and what of them does not keep it."""

    def __init__(self) -> None:
        self.documents: list[tuple[str, Mapping[str, Any]]] = []
        self.wrong: list[str] = []

    async def at_the_socket(self, charger: Charger, words: str, arguments: Mapping[str, Argument]) -> None:
        replies = await Desk(None, None, charger.agent.config.control.socket).replies(words, arguments)  # type: ignore[arg-type]
        bodies = [dict(reply.body) for reply in replies if isinstance(reply, Part | Done)]
        if words in SHOWN_ELSEWHERE or isinstance(replies[-1], Refused):
            return
        for body in bodies if find(words).follows else [joined(bodies)]:
            if body:
                self._keep(name_of(words), body, misfits_of_answer(words, body))

    async def at_a_glance(self, charger: Charger) -> None:
        """The actions whose answers depend most on what happens just now."""
        for words in AT_A_GLANCE:
            await self.at_the_socket(charger, words, {})

    async def done(self, charger: Charger, words: str, **arguments: Argument) -> None:
        """By somebody at the charger, of whose answer no schema tells."""
        last = (await Desk(None, None, charger.agent.config.control.socket).replies(words, arguments))[-1]  # type: ignore[arg-type]
        assert isinstance(last, Done), last

    async def at_every_socket(self, charger: Charger) -> None:
        """Every action that can be asked from afar."""
        for words, arguments in asked():
            await self.at_the_socket(charger, words, arguments)

    async def by_order(self, support: Support, words: str, arguments: Mapping[str, Argument]) -> None:
        """With a signature, over the broker: `on_the_broker` reads the answers."""
        payload = support.payload(words, **arguments)
        self._keep(
            COMMAND,
            json.loads(payload),
            misfits(Message(topic=f"{BASE}/{COMMAND}", payload=payload), json.loads(payload)),
        )
        await support.sends(payload, ORDERS_TAKE_S)
        support.count += 1

    async def by_every_order(self, support: Support) -> None:
        for words, arguments in asked():
            await self.by_order(support, words, arguments)

    async def by_the_central_system(self, charger: Charger) -> None:
        for words, arguments in asked():
            status, body = await asks(charger, words, **arguments)
            if "pending" in body:
                await charger.passes(ORDERS_TAKE_S)
                status, body = await asks(charger, "result", id=body["id"])
            if status == "Accepted" and "pending" not in body:
                self.wrong += misfits_over_ocpp(words, body)

    def on_the_broker(self, broker: Broker) -> None:
        for message, body in documents(broker):
            place = place_of(message.topic)
            assert place is not None, message.topic
            self._keep(place.kind, body, misfits(message, body))
            if place.kind == HEALTH:
                self._keep_fitted(body)
            if place.kind == RESULT and body["kind"] in TOLD:
                self._keep(name_of(body["verb"]), body["body"], [])

    def _keep_fitted(self, document: Mapping[str, Any]) -> None:
        """As it would be if there were less room."""
        for most in ROOMS:
            body = fitted(document, size_of, most)
            self._keep(HEALTH, body, [error.message for error in validator(HEALTH).iter_errors(body)])

    def _keep(self, name: str, body: Mapping[str, Any], wrong: list[str]) -> None:
        self.documents.append((name, json.loads(json.dumps(body))))
        self.wrong += wrong


def asked() -> Iterator[tuple[str, Mapping[str, Argument]]]:
    afar = tables()
    yield from ((words, arguments) for words, arguments in outputs.ASKED.items() if words in afar)
    yield from ASKED_TOO


def joined(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """As evsectl joins the parts of an answer."""
    whole: dict[str, Any] = {}
    for body in bodies:
        for name, value in body.items():
            whole[name] = [*whole.get(name, []), *value] if isinstance(value, list) else value
    return whole
