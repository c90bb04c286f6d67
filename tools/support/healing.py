"""What a broker dropped on the way to a first picture, asked for again charger by charger.

Mosquitto drops also at QoS 0 what a busy reader does not take in time, and says so in its own log alone. A charger that
said it is there, but of which a status or the health is missing, is asked for by name; the broker sends what it keeps.
"""

from __future__ import annotations

from collections import Counter

from agent.telemetry.topics import Topics
from tools.support.link import Link
from tools.support.picture import Device, Picture

AT_ONCE = 250
"""With three topics each it stays below the thousand that Mosquitto queues."""
MOST_TRIES = 2
"""Of one charger: it may never have told what is missing."""


class Healing:
    """One a picture."""

    def __init__(self, link: Link, prefix: str) -> None:
        self._link, self._prefix = link, prefix
        self._tries: Counter[str] = Counter()
        self._standing: list[str] = []

    def step(self, picture: Picture) -> bool:
        """Asks for some; False where nothing is left to ask for. Raises NoAnswer, OrderRefused."""
        if self._standing:
            self._link.unsubscribe(self._standing)
            self._standing = []
        wanted = [one for one in picture.devices.values() if self._tries[one.name] < MOST_TRIES and self._missing(one)]
        for one in wanted[:AT_ONCE]:
            self._tries[one.name] += 1
            self._standing += self._missing(one)
        if self._standing:
            self._link.subscribe(self._standing)
        return bool(self._standing)

    def _missing(self, device: Device) -> list[str]:
        topics = Topics(self._prefix, device.name)
        found = [topics.state] if device.online is None else []
        found += [topics.port_status(number) for number in device.numbers if number not in device.ports]
        return found + ([] if device.verdict else [topics.health])
