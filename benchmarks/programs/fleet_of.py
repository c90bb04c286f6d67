"""Plays a fleet on a broker: what N chargers keep there, then their meter values, until it is killed.

`… fleet_of HOST PORT N`. One client speaks for all, so that the machine is left to whoever is measured; what is kept is
what N clients would have kept, health documents deflated as a charger does it.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import Any

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.telemetry.letters import packed, written
from agent.telemetry.profile import NORMAL
from agent.telemetry.topics import Topics

PORTS = (1, 2)
EVENTS = 50
STATES = ("Available", "Charging", "Preparing", "SuspendedEV", "Faulted")
METERS_A_SECOND = 20
"""1,000 chargers, a third of them charging, each minute."""


def head(seq: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"boot_id": "5e0f1a2b-boot", "seq": seq, "t_mono_ms": 1000 * seq, "time_quality": "csms", "time": now}


def state(device: str) -> dict[str, Any]:
    who = {"serial_number": device, "vendor": "Quiet Energy", "model": "QE-22", "board": "sim-dual"}
    told = {
        "session": "8d1c",
        "nonce": "2f6e",
        "ports": list(PORTS),
        "schema": 1,
        "orders": True,
        "health_every_s": 21600,
    }
    return {**head(0), "online": True, **who, "versions": {"agent": "1.2.0", "firmware": "1.4"}, **told}


def status(number: int, port: int) -> dict[str, Any]:
    word = STATES[(number + port) % len(STATES)]
    is_bad = word == "Faulted"
    told = {
        "verdict": "down" if is_bad else "ok",
        "reasons": ["contactor.welded"] if is_bad else [],
        "headline": "told",
    }
    limit = {"current_a": 16.0, "owner": "installation", "detail": "supply_current_a"}
    faults = ["contactor.welded"] if is_bad else []
    return {**head(port), "port": port, "state": word, **told, "limit": limit, "faults": faults, "charging": False}


def health(number: int, device: str) -> dict[str, Any]:
    """As large as a charger's that has been up for a while."""
    fields = {"current_a": 16.0, "source": "installation", "detail": f"supply of {device}"}
    at = {"utc": head(0)["time"], "age_s": 60.5}
    events = [
        {"name": "limit.changed", "at": at, "connector": 1 + n % 2, "fields": {**fields, "n": n}} for n in range(EVENTS)
    ]
    ports = [
        {"port": port, "verdict": "ok", "reasons": [], "limits": [fields] * 8, "faults": [], "temps": []}
        for port in PORTS
    ]
    is_bad = number % 50 == 0
    reasons = [{"key": "network.offline", "text": "the central system does not answer"}] if is_bad else []
    versions = {"agent": "1.2.0", "firmware": "1.4", "python": "3.11", "kernel": "6.1", "boards": {"1": "1.4"}}
    identity = {"serial_number": device, "vendor": "Quiet Energy", "model": "QE-22", "board": "x", "versions": versions}
    return {
        **head(3),
        "identity": identity,
        "verdict": "degraded" if is_bad else "ok",
        "reasons": reasons,
        "ports": ports,
        "events": events,
        "boots": [{"boot_id": f"{n:036}", "started": head(0)["time"], "reason": "power"} for n in range(10)],
    }


def fill(client: Client, count: int) -> int:
    """Everything that is kept; how many messages."""
    sent = 0
    for number in range(count):
        topics = Topics("evse", f"QE-{number:06}")
        kept = [(topics.state, state(topics.device)), (topics.health, health(number, topics.device))]
        kept += [(topics.port_status(port), status(number, port)) for port in PORTS]
        for topic, body in kept:
            payload, content_type = packed(written(body), NORMAL.deflate_from_bytes)
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            if content_type:
                properties.ContentType = content_type
            last = client.publish(topic, payload, 1, retain=True, properties=properties)
            sent += 1
        last.wait_for_publish(10)
    return sent


def main(host: str, port: int, count: int) -> None:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.connect(host, port)
    client.loop_start()
    print(f"ready {fill(client, count)}", flush=True)
    seq = 10
    while True:
        seq += 1
        topics = Topics("evse", f"QE-{seq % count:06}")
        body = {**head(10 + seq // count), "port": 1, "register_wh": seq, "power_w": 3680.0, "charging": True}
        client.publish(topics.port_meter(1), written(body), 0)
        time.sleep(1 / METERS_A_SECOND)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
