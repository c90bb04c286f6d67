"""What a broker remembers of one client: its subscriptions, and what is on its way to it (MQTT 5 section 4.1).

No input, no output: `deliver` gives back packets to send.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import replace

from firmware_sim.mqtt_packets import SUBSCRIPTION_ID, Message, written_publish
from firmware_sim.mqtt_topics import Subscription, takes

MOST_WAITING = 1_000
"""Messages kept for a client that is away, or does not acknowledge."""


class Session:
    """`window`: how many the client lets be under way to it; `largest`: the packet it takes at most."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.expiry_s = 0
        self.ends_s: float | None = None
        """When it is forgotten, by the loop's clock; None while the client is there."""
        self.window, self.largest = 65_535, 268_435_460
        self.subscriptions: dict[str, Subscription] = {}
        self._exact: dict[str, list[Subscription]] = {}
        self._wild: list[Subscription] = []
        self._under_way: OrderedDict[int, bytes] = OrderedDict()
        self._waiting: deque[tuple[Message, bool, int]] = deque()
        self._number = 0
        self.dropped = 0

    def subscribe(self, text: str, subscription: Subscription) -> None:
        """In the place of one of the same text."""
        self.subscriptions[text] = subscription
        self._sort()

    def unsubscribe(self, text: str) -> bool:
        """Whether there was one."""
        found = self.subscriptions.pop(text, None)
        self._sort()
        return found is not None

    def matching(self, topic: str) -> Iterator[Subscription]:
        """Those that take this topic. A fleet's chargers have one without a wildcard each: a look into a table."""
        yield from self._exact.get(topic, ())
        yield from (one for one in self._wild if takes(one.pattern, topic))

    def _sort(self) -> None:
        self._exact, self._wild = {}, []
        for one in self.subscriptions.values():
            if "+" in one.pattern or "#" in one.pattern:
                self._wild.append(one)
            else:
                self._exact.setdefault(one.pattern, []).append(one)

    def deliver(
        self, message: Message, subscription: Subscription, *, retain: bool, here_s: float | None
    ) -> list[bytes]:
        """What is to be sent now; for a client that is away QoS 1 waits, and QoS 0 is gone.

        `here_s`: it is there, and this is the time.
        """
        qos = min(message.qos, subscription.qos)
        if subscription.number:
            message = replace(message, properties={**message.properties, SUBSCRIPTION_ID: subscription.number})
        if not qos:
            return self._fitting([written_publish(message, 0, qos=0, retain=retain)]) if here_s is not None else []
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return []
        self._waiting.append((message, retain, qos))
        return self.due(here_s) if here_s is not None else []

    def due(self, now_s: float) -> list[bytes]:
        """What waits and is not too old, as far as the window lets it."""
        found = []
        while self._waiting and len(self._under_way) < self.window:
            message, retain, qos = self._waiting.popleft()
            if message.is_stale(now_s):
                self.dropped += 1
                continue
            self._number = self._number % 65_535 + 1
            octets = written_publish(message, self._number, qos=qos, retain=retain)
            for fitting in self._fitting([octets]):
                self._under_way[self._number] = fitting
                found.append(fitting)
        return found

    def again(self, now_s: float) -> list[bytes]:
        """After a new connection: what was not acknowledged, marked as sent before, then what waits."""
        repeated = [bytes([octets[0] | 8]) + octets[1:] for octets in self._under_way.values()]
        return repeated + self.due(now_s)

    def acknowledged(self, number: int, now_s: float) -> list[bytes]:
        self._under_way.pop(number, None)
        return self.due(now_s)

    def _fitting(self, packets: list[bytes]) -> list[bytes]:
        """A packet above what the client takes is dropped as if it were delivered (section 3.1.2.11.4)."""
        found = [one for one in packets if len(one) <= self.largest]
        self.dropped += len(packets) - len(found)
        return found
