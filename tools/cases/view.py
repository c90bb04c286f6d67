"""What a support engineer sees: what the broker keeps of a charger, and the answers to signed orders. Nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.core.orders.envelope import Order, moment, signed
from agent.telemetry.letters import read
from agent.telemetry.topics import Topics
from firmware_sim.mqtt_broker import Broker
from firmware_sim.mqtt_packets import Message
from tools.simulate.clock import EPOCH_MS
from tools.support.blobs import Arriving, promise_of
from tools.support.keys import public_part

DEVICE = "CASE-1"
PREFIX = "evse"
KEY_ID = "bench"
VALID_MS = 120_000
ANSWERED_WITHIN_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """`why` says why there is no body."""

    body: Mapping[str, Any] | None = None
    file: bytes | None = None
    why: str = ""


class View:
    """On one broker, of one charger. Its own clock is right, as that of an office is."""

    def __init__(self, broker: Broker, seed: int) -> None:
        self._broker = broker
        self._random = Random(seed)
        self._key = Ed25519PrivateKey.from_private_bytes(self._random.randbytes(32))
        self._topics = Topics(PREFIX, DEVICE)
        self._kept: dict[str, Mapping[str, Any]] = {}
        self._hears: dict[str, Callable[[Message], None]] = {}
        broker.watchers.append(self._hear)

    def keys_file(self, folder: Path) -> Path:
        """For the charger: whose signature counts."""
        file = folder / "support-keys.toml"
        file.write_text(f'[[key]]\nid = "{KEY_ID}"\npublic_key = "{public_part(self._key)}"\nrole = "service"\n')
        file.chmod(0o600)
        return file

    def show(self) -> Mapping[str, Any] | None:
        """The health document that the broker keeps."""
        return self._kept.get(self._topics.health)

    def state(self) -> Mapping[str, Any]:
        return self._kept.get(self._topics.state, {})

    async def order(self, verb: str, **given: str | int | bool) -> Answered:
        """Ask, and wait for the end of the answer."""
        now_ms = EPOCH_MS + round(asyncio.get_running_loop().time() * 1000)
        order = Order(
            id=self._random.randbytes(16).hex(),
            device=DEVICE,
            verb=verb,
            args=given,
            issued=moment(now_ms),
            expires=moment(now_ms + VALID_MS),
            nonce=str(self.state().get("nonce", "")),
            key_id=KEY_ID,
        )
        arriving, ended = Arriving(), asyncio.get_running_loop().create_future()
        base = f"{self._topics.base}/blob/{order.id}/"

        def hear(message: Message) -> None:
            if message.topic.startswith(base):
                arriving.take(int(message.topic.rpartition("/")[2]), message.payload)
            elif message.topic == self._topics.result(order.id):
                told = read(message.payload, message.content_type)
                if told["kind"] in ("result", "refused", "failed") and not ended.done():
                    ended.set_result(told)

        self._hears[order.id] = hear
        self._broker.publish(self._topics.command, signed(order, self._key.sign))
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                told = await ended
        except TimeoutError:
            return Answered(why=f"no answer to {verb} within {ANSWERED_WITHIN_S:g} s")
        finally:
            del self._hears[order.id]
        if told["kind"] != "result":
            return Answered(why=f"{verb}: {told.get('reason', told['kind'])}")
        if "blob" not in told:
            return Answered(body=told["body"])
        arriving.expect(promise_of(told["blob"]))
        return Answered(body=told["body"], file=arriving.whole())

    def _hear(self, message: Message) -> None:
        if message.topic.startswith(self._topics.base):
            if message.retain and message.payload:
                self._kept[message.topic] = read(message.payload, message.content_type)
            for hear in list(self._hears.values()):
                hear(message)
