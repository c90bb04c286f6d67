"""What waits to be sent: in order, bounded in bytes, and what is dropped is counted. Pure.

In memory only. Every event is in the journal and every session and outage in the store before it comes here, so that a
restart loses nothing but the telling, and whoever missed it can ask; a file of its own would write to the card each
time the link is away.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import replace

from agent.telemetry.letters import Fate, Letter, written
from agent.telemetry.profile import Level

MOST_BYTES = 256 << 10
"""Some 700 events: a week without a link of a charger in use."""
OVERHEAD_BYTES = 256
"""What a letter takes in memory beside its text."""


class Outbox:
    """One object a run. A letter is known by a number here, given when it is put in."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._waiting: OrderedDict[int, Letter] = OrderedDict()
        self._sent: OrderedDict[int, Letter] = OrderedDict()
        """Not acknowledged yet; always older than what waits."""
        self._next = 0
        self.bytes = 0
        self.dropped: Counter[Level] = Counter()
        """Since the start."""
        self._untold = self._untold_to_rate = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._sent)

    @property
    def waiting(self) -> int:
        """How many were not sent yet."""
        return len(self._waiting)

    def kept(self) -> Counter[Level]:
        """Of what must arrive: how many wait or are under way, by level."""
        both = (*self._sent.values(), *self._waiting.values())
        return Counter(one.level for one in both if one.fate is Fate.KEPT)

    def put(self, letter: Letter) -> None:
        """Behind all others; of those that only count as the newest, in the place of an older one.

        Where there is no room something is dropped, the least important and oldest first; it may be this one.
        """
        if letter.fate is not Fate.KEPT:
            self._withdraw(letter.topic)
        letter = replace(letter, room_bytes=_room(letter))
        self._next += 1
        self._waiting[self._next] = letter
        self.bytes += letter.room_bytes
        while self.bytes > self._most_bytes and self._waiting:
            self._drop()

    def pop(self) -> tuple[int, Letter] | None:
        """The next to send. It counts as under way until `acknowledged`; what is QoS 0 is gone with that."""
        if not self._waiting:
            return None
        number, letter = self._waiting.popitem(last=False)
        if letter.qos:
            self._sent[number] = letter
        else:
            self.bytes -= letter.room_bytes
        return number, letter

    def acknowledged(self, number: int) -> None:
        """It has arrived, or nobody wants it; a number that is not under way is ignored."""
        letter = self._sent.pop(number, None)
        if letter is not None:
            self.bytes -= letter.room_bytes

    def link_lost(self) -> None:
        """What is under way waits again, in its old order; what is only good now, or made anew, is gone."""
        everything = OrderedDict([*self._sent.items(), *self._waiting.items()])
        self._sent, self._waiting = OrderedDict(), OrderedDict()
        for number, letter in everything.items():
            if letter.fate is Fate.KEPT:
                self._waiting[number] = letter
            else:
                self.bytes -= letter.room_bytes

    def skipped(self, level: Level, *, by_rate: bool = False) -> None:
        """One was not even put here; `by_rate`: because too many came at once, whatever the link."""
        self.dropped[level] += 1
        self._untold += 1
        self._untold_to_rate += by_rate

    def take_untold(self) -> tuple[int, int]:
        """How many were dropped since this was asked last, and how many of them by their rate."""
        untold = self._untold, self._untold_to_rate
        self._untold = self._untold_to_rate = 0
        return untold

    def _withdraw(self, topic: str) -> None:
        for number, letter in self._waiting.items():
            if letter.topic == topic and letter.fate is not Fate.KEPT:
                self.bytes -= letter.room_bytes
                del self._waiting[number]
                return

    def _drop(self) -> None:
        """Of what waits, the oldest of the least level; what is under way is as good as sent."""
        number = min(self._waiting, key=lambda one: (self._waiting[one].level.value, one))
        letter = self._waiting.pop(number)
        self.bytes -= letter.room_bytes
        if letter.fate is Fate.KEPT:
            self.skipped(letter.level)


def _room(letter: Letter) -> int:
    octets = letter.octets if letter.octets is not None else written(letter.body)
    return OVERHEAD_BYTES + len(letter.topic) + len(octets)
