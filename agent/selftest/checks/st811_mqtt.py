"""ST811: the health channel by MQTT."""

from __future__ import annotations

from agent.core.commissioning.model import Outcome, not_applicable
from agent.selftest.bench import Bench

VERSION = 1


async def run(bench: Bench) -> Outcome:
    """There is no client for it in this version: an [mqtt] section is read and nothing is sent."""
    if bench.config.mqtt is None:
        return not_applicable("no health channel is configured")
    return not_applicable("this version of the charger has no health channel yet; the section [mqtt] waits for it")
