"""The stand-in broker does what MQTT 5 says, as the paho client sees it; all in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from agent.telemetry.connection import BrokerError, Connection
from agent.telemetry.mqtt_client import Login, Will
from firmware_sim import virtual_loop
from firmware_sim.mqtt_broker import Broker
from firmware_sim.mqtt_packets import Body, Kind, Malformed, Packet, Splitter, read_connect, read_publish
from firmware_sim.mqtt_topics import is_filter, takes

LEVELS = st.lists(st.sampled_from(["a", "b", "$SYS", "", "c d"]), min_size=1, max_size=4)
PATTERNS = st.lists(st.sampled_from(["a", "b", "$SYS", "", "+"]), min_size=1, max_size=4)


@given(PATTERNS, st.booleans(), LEVELS)
def test_filters_take_what_another_implementation_takes(pattern: list[str], rest: bool, topic: list[str]) -> None:
    text, given_topic = "/".join([*pattern, *(["#"] if rest else [])]), "/".join(topic)

    if is_filter(text) and given_topic:
        assert takes(text, given_topic) == topic_matches_sub(text, given_topic)


@pytest.mark.parametrize("text", ["", "a#", "#/a", "a+/b", "a/#/b", "##"])
def test_what_is_no_filter_is_none(text: str) -> None:
    assert not is_filter(text)


@given(st.binary(max_size=200))
def test_garbage_is_malformed_and_nothing_else(octets: bytes) -> None:
    packet = Packet(Kind.CONNECT, 0, octets)
    for read in (lambda: Splitter().feed(octets), lambda: read_connect(packet), lambda: read_publish(packet)):
        try:
            read()
        except Malformed:
            continue


@given(st.integers(0, 268_435_455))
def test_numbers_are_read_as_they_were_written(value: int) -> None:
    from firmware_sim.mqtt_packets import written_varint

    assert Body(written_varint(value)).varint() == value


Story = Callable[["Bench"], Awaitable[None]]


class Bench:
    """A broker, and clients of it."""

    def __init__(self, broker: Broker, port: int) -> None:
        self.broker, self._port = broker, port

    async def client(self, name: str) -> Connection:
        login = Login(host="127.0.0.1", port=self._port, client_id=name, context=None, keep_alive_s=60.0)
        found = Connection(login, Will(topic=f"will/{name}", payload=name.encode()))
        await found.open()
        return found

    async def says(self, one: Connection, topic: str, payload: bytes, *, retain: bool = False) -> None:
        taken = one.promise()
        one.publish(topic, payload, retain=retain, then=taken.set_result)
        await one.kept(taken, "not acknowledged")
        await asyncio.sleep(0.1)


def heard(one: Connection) -> list[tuple[str, bytes, bool]]:
    found = [(message.topic, message.payload, message.retained) for message in one.arrived]
    one.arrived.clear()
    return found


def play(story: Story) -> None:
    async def told() -> None:
        broker = Broker()
        bench = Bench(broker, await broker.open())
        try:
            await story(bench)
        finally:
            await broker.close()

    virtual_loop.run(told())


def test_retained_messages_are_the_newest_and_an_empty_one_removes_them() -> None:
    async def story(bench: Bench) -> None:
        one = await bench.client("one")
        for payload in (b"old", b"new"):
            await bench.says(one, "a/b", payload, retain=True)
        await bench.says(one, "a/c", b"gone", retain=True)
        await bench.says(one, "a/c", b"", retain=True)
        late = await bench.client("late")
        await late.subscribe("a/+")
        await asyncio.sleep(0.1)

        assert heard(late) == [("a/b", b"new", True)]
        await bench.says(one, "a/b", b"newer", retain=True)
        assert heard(late) == [("a/b", b"newer", False)]

    play(story)


def test_a_will_is_told_of_who_is_lost_and_not_of_who_takes_leave() -> None:
    async def story(bench: Bench) -> None:
        watcher = await bench.client("watcher")
        await watcher.subscribe("will/#")
        lost, polite = await bench.client("lost"), await bench.client("polite")
        lost.abort("cut")
        await polite.close()
        await asyncio.sleep(1)

        assert heard(watcher) == [("will/lost", b"lost", False)]

    play(story)


def test_a_second_client_of_a_name_takes_the_place_of_the_first() -> None:
    async def story(bench: Bench) -> None:
        first = await bench.client("one")
        second = await bench.client("one")
        await asyncio.sleep(0.1)

        assert first.ended.is_set()
        assert "taken over" in first.cause.lower()
        assert not second.ended.is_set()

    play(story)


def test_a_session_keeps_messages_for_its_hour_and_no_longer() -> None:
    async def story(bench: Bench) -> None:
        speaker, away = await bench.client("speaker"), await bench.client("away")
        await away.subscribe("a")
        away.abort("cut")
        await asyncio.sleep(0.1)
        await bench.says(speaker, "a", b"meanwhile")
        back = await bench.client("away")
        await asyncio.sleep(0.1)
        assert back.session_present
        assert heard(back) == [("a", b"meanwhile", False)]
        back.abort("cut")
        await asyncio.sleep(3601)
        late = await bench.client("away")
        await asyncio.sleep(0.1)
        assert not late.session_present
        assert heard(late) == []

    play(story)


def test_a_shared_subscription_splits_a_fleet_and_heals_when_a_member_leaves() -> None:
    async def story(bench: Bench) -> None:
        speaker, members = await bench.client("speaker"), [await bench.client(f"m{n}") for n in range(2)]
        for one in members:
            await one.subscribe("$share/group/fleet/#")
        for number in range(6):
            await bench.says(speaker, f"fleet/{number}", b"x")
        counts = [len(heard(one)) for one in members]
        assert counts == [3, 3]
        members[0].abort("cut")
        await asyncio.sleep(0.1)
        for number in range(4):
            await bench.says(speaker, f"fleet/{number}", b"x")
        assert len(heard(members[1])) == 4

    play(story)


def test_who_says_nothing_beyond_his_keep_alive_is_hung_up_on() -> None:
    async def story(bench: Bench) -> None:
        silent = await bench.client("silent")
        await asyncio.sleep(60 * 1.5 + 1)

        assert silent.ended.is_set()
        assert "keep alive" in silent.cause.lower()

    play(story)


def test_forbidden_filters_are_refused() -> None:
    async def story(bench: Bench) -> None:
        bench.broker.permits = lambda _client, act, topic: topic != "secret"
        one = await bench.client("one")
        with pytest.raises(BrokerError, match="Not authorized"):
            await one.subscribe("secret")

    play(story)
