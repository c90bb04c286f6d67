"""What waits for the broker: in order, bounded, and nothing is lost without being counted."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.core.time import Instant
from agent.telemetry.letters import Fate, Letter
from agent.telemetry.outbox import Outbox
from agent.telemetry.profile import Level

MOST = 4_000
KEPT_LEVELS = [Level.INFO, Level.WARNING, Level.RECORD]


def letter(name: int, level: Level = Level.RECORD, fate: Fate = Fate.KEPT, size: int = 10, qos: int = 1) -> Letter:
    body = {"name": name, "text": "x" * size}
    topic = f"evse/v1/A/{'event' if fate is Fate.KEPT else 'health'}"
    return Letter(topic=topic, at=Instant(0.0), body=body, level=level, fate=fate, qos=qos)


class AnyTraffic(RuleBasedStateMachine):
    """Whatever is put, sent, acknowledged and lost in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(MOST)
        self.put: Counter[Level] = Counter()
        self.arrived: Counter[Level] = Counter()
        self.under_way: dict[int, Letter] = {}
        self.names = 0
        self.first_sent: list[int] = []
        self.sent_before: set[int] = set()

    @rule(level=st.sampled_from(KEPT_LEVELS), size=st.integers(0, 900))
    def something_happens(self, level: Level, size: int) -> None:
        self.names += 1
        self.put[level] += 1
        self.outbox.put(letter(self.names, level, size=size))

    @rule()
    def a_document_is_made(self) -> None:
        self.outbox.put(letter(0, fate=Fate.NEWEST))

    @rule()
    def a_meter_is_read(self) -> None:
        self.outbox.put(letter(0, fate=Fate.MOMENTARY, qos=0))

    @rule()
    def one_is_sent(self) -> None:
        found = self.outbox.pop()
        if found is None:
            return
        number, one = found
        if one.qos:
            self.under_way[number] = one
        if one.fate is Fate.KEPT and number not in self.sent_before:
            self.sent_before.add(number)
            self.first_sent.append(int(one.body["name"]))

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def one_is_acknowledged(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.under_way)))
        one = self.under_way.pop(number)
        self.outbox.acknowledged(number)
        if one.fate is Fate.KEPT:
            self.arrived[one.level] += 1

    @rule()
    def the_link_breaks(self) -> None:
        self.outbox.link_lost()
        self.under_way.clear()

    @invariant()
    def the_bound_holds(self) -> None:
        assert 0 <= self.outbox.bytes <= MOST

    @invariant()
    def each_arrived_waits_or_was_counted(self) -> None:
        kept = self.outbox.kept()
        for level in KEPT_LEVELS:
            assert self.put[level] == self.arrived[level] + kept[level] + self.outbox.dropped[level]

    @invariant()
    def they_leave_in_the_order_in_which_they_came(self) -> None:
        assert self.first_sent == sorted(self.first_sent)

    @invariant()
    def an_empty_one_holds_no_bytes(self) -> None:
        assert len(self.outbox) or self.outbox.bytes == 0


TestAnyTraffic = AnyTraffic.TestCase


def test_the_least_important_goes_first_and_of_those_the_oldest() -> None:
    outbox = Outbox(3 * 400)
    for name, level in enumerate([Level.WARNING, Level.INFO, Level.RECORD, Level.INFO]):
        outbox.put(letter(name, level, size=20))

    left = [outbox.pop() for _ in range(3)]

    assert [found[1].body["name"] for found in left if found] == [0, 2, 3]
    assert outbox.dropped == {Level.INFO: 1}
    assert outbox.take_untold() == (1, 0)
    assert outbox.take_untold() == (0, 0)


def test_of_a_document_only_the_newest_waits_and_none_survives_the_link() -> None:
    outbox = Outbox()
    outbox.put(letter(1, fate=Fate.NEWEST))
    outbox.put(letter(2, fate=Fate.NEWEST))
    outbox.put(letter(3))

    assert outbox.waiting == 2

    outbox.pop()
    outbox.link_lost()
    found = outbox.pop()

    assert found is not None
    assert found[1].body["name"] == 3
    assert outbox.waiting == 0


def test_what_was_under_way_goes_before_what_waits_when_the_link_is_back() -> None:
    outbox = Outbox()
    for name in range(4):
        outbox.put(letter(name))
    outbox.pop()
    outbox.pop()

    outbox.link_lost()
    again = [outbox.pop() for _ in range(4)]

    assert [found[1].body["name"] for found in again if found] == [0, 1, 2, 3]
