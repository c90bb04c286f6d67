"""ST811: the health channel by MQTT reaches its broker, and the broker takes what this charger tells."""

from __future__ import annotations

from agent.core.commissioning.model import Measured, Outcome, not_applicable, passed, warned
from agent.selftest.bench import Bench
from agent.selftest.judging.limits import CATALOGUE

VERSION = 2
WITHIN_S = 25.0
"""Name, TCP, TLS and the broker's answer take a few seconds; a try that has just failed is repeated at once."""


async def run(bench: Bench) -> Outcome:
    """A message of this charger, QoS 1, and the broker's acknowledgement of it. No charge rests on it: a warning."""
    mqtt = bench.config.mqtt
    if mqtt is None:
        return not_applicable("no health channel is configured")
    host, port = mqtt.address
    try:
        took_s = await bench.connection.broker_s(WITHIN_S)
    except ConnectionError as error:
        then = f"check [mqtt] of the site file, whether {host}:{port} is let through here, and the broker's log"
        return warned(str(error), then)
    answer = Measured(name="acknowledged by the broker after", value=round(took_s, 3), unit="s", source=CATALOGUE)
    return passed(f"the broker at {host}:{port} takes what this charger tells", answer)
