"""The floor of a fleet's first screen: a program that takes so many kept messages and understands none.

`… bare_subscriber HOST PORT N` prints how long that took from the start of its process, in ms, as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

FILTERS = ("evse/v1/+/state", "evse/v1/+/port/+/status", "evse/v1/+/health")
LONGEST_S = 30.0


def age_ms() -> float:
    """Since this process was started: the kernel counts in hundredths."""
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / 100) * 1000


def _subscribe(client: Client) -> None:
    client.subscribe([(one, 0) for one in FILTERS])


def main(host: str, port: int, count: int) -> None:
    taken, complete = [0], threading.Event()

    def take(*_: Any) -> None:
        taken[0] += 1
        if taken[0] >= count:
            complete.set()

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.on_message = take
    client.on_connect = lambda *_: _subscribe(client)
    client.connect(host, port)
    client.loop_start()
    if not complete.wait(LONGEST_S):
        raise SystemExit(f"only {taken[0]} of {count} kept messages came")
    print(json.dumps({"ms": age_ms()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
