"""Chargers on a broker that are a few lines each: what they publish fits the schemas, what they answer is told to them.

For tests of whatever listens to chargers. They check an order's form and signature as a charger does, and nothing else
of it.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.core.orders.checking import order_of
from agent.core.orders.envelope import Order, to_sign
from agent.core.orders.judging import FORGED
from agent.security.device_key import verifies
from agent.telemetry.topics import Topics
from tests.telemetry.health_document import SYSTEM, whole

WITHIN_S = 10.0
VERSIONS = {"agent": "1.2.0"}
Answer = Callable[["FakeCharger", Order], None]


def head(seq: int, boot_id: str = "b1", time_text: str | None = None) -> dict[str, Any]:
    """Of every message."""
    now = time_text or datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"boot_id": boot_id, "seq": seq, "t_mono_ms": 1000 * seq, "time_quality": "csms", "time": now}


def birth(device: str, ports: int = 1, **more: Any) -> dict[str, Any]:
    return {
        **head(0),
        "online": True,
        "session": "s1",
        "nonce": "n-1",
        "versions": VERSIONS,
        "serial_number": device,
        "vendor": "Quiet Energy",
        "model": "QE-22",
        "board": "sim-single",
        "ports": list(range(1, ports + 1)),
        "schema": 1,
        "orders": True,
        "health_every_s": 21_600,
        **more,
    }


def status(port: int = 1, state: str = "Available", **more: Any) -> dict[str, Any]:
    told = {"verdict": "ok", "reasons": [], "headline": "ready", "faults": [], "charging": False}
    return {**head(1 + port), "port": port, "state": state, **told, **more}


def health(device: str, verdict: str = "ok", reasons: tuple[str, ...] = (), padding: int = 0) -> dict[str, Any]:
    """The parts that a fleet looks at, and as much of the rest as is asked for."""
    events = [{"name": "plug.inserted", "at": {}, "connector": 1, "fields": {"n": number}} for number in range(padding)]
    identity = {
        "serial_number": device,
        "vendor": "Quiet Energy",
        "model": "QE-22",
        "board": "sim-single",
        "country": "DE",
        "versions": {**VERSIONS, **SYSTEM},
    }
    told = [{"key": key, "text": f"{key} in words"} for key in reasons]
    return {**head(9), **whole(identity=identity, verdict=verdict, reasons=told, events=events)}


class FakeCharger:
    """`answer` is called with each order whose form and signature are right; others are refused as a charger does."""

    def __init__(self, host: str, port: int, device: str, public_key: str = "", answer: Answer | None = None) -> None:
        self.topics = Topics("evse", device)
        self.orders: list[Order] = []
        self.boot_id = f"boot of {device}"
        self.ahead_s = 0.0
        """What its clock is wrong by in its answers."""
        self._public_key, self._answer = bytes.fromhex(public_key), answer
        self._seq = 0
        self._ready = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        self.client.will_set(self.topics.state, json.dumps({"online": False, "session": "s1"}), 1, retain=True)
        self.client.on_connect = lambda client, *_: client.subscribe(self.topics.command, 1)
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = lambda _, __, message: self._take(bytes(message.payload))
        self.client.connect(host, port)
        self.client.loop_start()
        assert self._ready.wait(WITHIN_S)

    def tell(self, topic: str, body: Mapping[str, Any] | bytes, *, retain: bool = False, qos: int = 1) -> None:
        """Acknowledged by the broker when it returns."""
        payload = body if isinstance(body, bytes) else json.dumps(body)
        self.client.publish(topic, payload, qos, retain).wait_for_publish(WITHIN_S)

    def be_born(self, **more: Any) -> None:
        device = self.topics.device
        self.tell(self.topics.state, birth(device, **more), retain=True)
        self.tell(self.topics.port_status(1), status(), retain=True)
        self.tell(self.topics.health, health(device), retain=True)

    def say(self, order: Order, kind: str, **more: Any) -> None:
        """One answer to an order, without waiting: it may be called while a message is taken."""
        self._seq += 1
        told = datetime.now(UTC) + timedelta(seconds=self.ahead_s)
        time_text = told.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = {**head(self._seq, self.boot_id, time_text), "id": order.id, "verb": order.verb, "kind": kind, **more}
        self.client.publish(self.topics.result(order.id), json.dumps(body), 1)

    def send_file(
        self,
        order: Order,
        name: str,
        octets: bytes,
        *,
        chunk: int = 1000,
        leave_out: tuple[int, ...] = (),
        spoil: int | None = None,
    ) -> dict[str, Any]:
        """In pieces; what `say` names as the blob."""
        pieces = [octets[at : at + chunk] for at in range(0, len(octets), chunk)] or [b""]
        told = {
            "bytes": len(octets),
            "chunks": len(pieces),
            "sha256": hashlib.sha256(octets).hexdigest(),
            "content_type": "application/gzip",
            "name": name,
        }
        for number, piece in enumerate(pieces):
            if number in leave_out:
                continue
            data = b"X" * len(piece) if number == spoil else piece
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.ContentType = "application/cbor"
            payload = cbor2.dumps({"k": number, "data": data, **(told if number == 0 else {})})
            self.client.publish(self.topics.blob(order.id, number), payload, 1, properties=properties)
        return {"id": order.id, **told}

    def close(self, *, in_order: bool = True) -> None:
        """Not in order: the broker tells the will."""
        if in_order:
            self.client.disconnect()
        else:
            self.client.disconnect(reasoncode=None)
        self.client.loop_stop()

    def _take(self, payload: bytes) -> None:
        order = order_of(json.loads(payload))
        if not verifies(self._public_key, order.signature, to_sign(order)):
            self.say(order, "refused", reason={"key": FORGED.key, "text": FORGED.text})
            return
        self.orders.append(order)
        self.say(order, "ack")
        if self._answer is not None:
            self._answer(self, order)


def until(true: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    """Waits for what other threads do. Fails where it does not come true."""
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        threading.Event().wait(0.01)
