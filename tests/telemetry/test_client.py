"""Birth, will, order and numbers, with a broker that is well and with one that is not; all in virtual time."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable

import pytest

from agent.telemetry.profile import NORMAL
from firmware_sim.mqtt_packets import (
    CONTENT_TYPE,
    Connect,
    Kind,
    Message,
    Reason,
    packed,
    written_publish,
    written_text,
)
from firmware_sim.mqtt_whims import Whims
from tests.telemetry.charger import TOPICS, Desk, HandMade, Scene, play
from tests.telemetry.schemas import misfits


def test_a_birth_comes_first_and_every_message_has_the_next_number() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        for number in range(20):
            scene.source.tell("fault.raised", port=1, id=f"f{number}", severity="S")
        await asyncio.sleep(30)

        messages = scene.messages()

        assert messages[0][0].topic == TOPICS.state
        assert messages[0][0].retain
        assert messages[0][1]["online"] is True
        assert [body["seq"] for _, body in messages] == list(range(len(messages)))
        assert [body["fields"]["id"] for body in scene.told(TOPICS.event)] == [f"f{number}" for number in range(20)]
        assert [what for message, body in messages for what in misfits(message, body)] == []

    play(story)


def test_each_connection_has_a_name_of_its_own_and_counts_from_0() -> None:
    async def story(scene: Scene) -> None:
        for _ in range(3):
            await scene.linked()
            scene.broker.links["A-1"].hang_up()
            await asyncio.sleep(1.0)
        await scene.linked()

        births = [body for body in scene.told(TOPICS.state) if body["online"]]
        wills = [body for body in scene.told(TOPICS.state) if not body["online"]]

        assert len(births) == 4
        assert len({body["session"] for body in births}) == 4
        assert {body["seq"] for body in births} == {0}
        assert [body["session"] for body in wills] == [body["session"] for body in births[:3]]

    play(story)


def test_what_happened_without_a_link_arrives_later_in_order_and_with_its_own_time() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        scene.broker.whims.refuses = Reason.UNAVAILABLE
        scene.broker.links["A-1"].hang_up()
        for number in range(10):
            await asyncio.sleep(20.0)
            scene.source.tell("fault.raised", port=1, id=f"f{number}", severity="S")
        scene.broker.whims.refuses = None
        await scene.linked()

        events = scene.told(TOPICS.event)

        assert [body["fields"]["id"] for body in events] == [f"f{number}" for number in range(10)]
        assert events[9]["t_mono_ms"] - events[0]["t_mono_ms"] == 180_000

    play(story)


def test_what_was_not_acknowledged_is_sent_again() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        scene.broker.whims.holds_acks = True
        scene.broker.retained.forget()
        scene.source.tell("fault.raised", port=1, id="f", severity="S")
        await asyncio.sleep(60.0)
        scene.broker.whims.holds_acks = False
        await scene.linked()
        await asyncio.sleep(5.0)

        assert {body["fields"]["id"] for body in scene.told(TOPICS.event)} == {"f"}
        assert len(scene.client.outbox) == 0

    play(story)


def test_tries_are_spread_at_first_and_seldom_later() -> None:
    tried: list[float] = []

    async def story(scene: Scene) -> None:
        def refuse(_: Connect) -> Reason:
            tried.append(asyncio.get_running_loop().time())
            return Reason.BUSY

        scene.broker.admits = refuse
        await asyncio.sleep(4_000)

        assert "busy" in scene.client.figures().cause.lower()

    play(story)
    waits = [later - earlier for earlier, later in itertools.pairwise(tried)]

    assert tried[0] <= 10
    assert waits[0] <= 30
    assert max(waits) <= 375 + 1
    assert min(waits[5:]) >= 225
    assert len(tried) < 25


def _silent(whims: Whims) -> None:
    whims.is_silent = True


def _half_open(whims: Whims) -> None:
    whims.is_half_open = True


@pytest.mark.parametrize("whim", [_silent, _half_open])
def test_a_broker_that_falls_silent_is_left_within_two_minutes(whim: Callable[[Whims], None]) -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        whim(scene.broker.whims)

        assert await scene.left(within_s=300) <= NORMAL.keep_alive_s + 20 + 2
        await asyncio.sleep(100)
        assert "answer" in scene.client.figures().cause

    play(story)


def test_a_broker_that_takes_connections_and_says_nothing_is_given_up() -> None:
    async def story(scene: Scene) -> None:
        scene.broker.whims.is_silent = True
        await asyncio.sleep(120)

        assert scene.client.figures().cause == "the broker takes connections and answers no CONNECT"
        scene.broker.whims.is_silent = False
        await scene.linked()

    play(story)


def test_pings_go_out_only_where_nothing_else_was_said() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        sent, wire = scene.client.figures().sent, scene.client.connection.wire
        before = wire.bytes_in
        await asyncio.sleep(600)
        told = scene.client.figures().sent - sent

        assert told >= 1
        assert 0 < wire.bytes_in - before <= 2 * 10 + 4 * told

    play(story)


def test_the_broker_decides_about_aliases_windows_and_keep_alive() -> None:
    async def story(scene: Scene) -> None:
        scene.broker.whims.aliases, scene.broker.whims.window, scene.broker.whims.keep_alive_s = 1, 1, 20
        await scene.linked()
        for number in range(40):
            scene.source.tell("fault.raised", port=1, id=f"f{number}", severity="S")
        await asyncio.sleep(300)

        assert [body["fields"]["id"] for body in scene.told(TOPICS.event)] == [f"f{number}" for number in range(40)]
        assert scene.client.figures().connections == 1

    play(story)


def test_a_message_above_what_the_broker_takes_is_counted_and_does_not_end_the_link() -> None:
    async def story(scene: Scene) -> None:
        scene.broker.whims.largest_packet = 2_000
        await scene.linked()
        scene.source.tell(
            "fault.raised", port=1, id="big", severity="S", evidence=random.Random(1).randbytes(3_000).hex()
        )
        scene.source.tell("fault.raised", port=1, id="small", severity="S")
        await asyncio.sleep(5)

        events = scene.told(TOPICS.event)

        assert [body["fields"]["id"] for body in events] == ["small"]
        assert scene.client.figures().dropped == 1
        assert scene.client.figures().connections == 1

    play(story)


# A broker that lies and floods.


Lie = Callable[[Scene], None]


def _garbage(scene: Scene) -> None:
    scene.broker.inject("A-1", b"\xf7" * 40)


def _qos_2(scene: Scene) -> None:
    scene.broker.inject("A-1", written_publish(Message(topic=TOPICS.command, payload=b"x"), 5, qos=2, retain=False))


def _huge(scene: Scene) -> None:
    scene.broker.inject("A-1", b"\x30\xff\xff\xff\x7f")


def _second_connack(scene: Scene) -> None:
    scene.broker.inject("A-1", packed(Kind.CONNACK, bytes([0, 0, 0])))


def _bad_properties(scene: Scene) -> None:
    body = written_text(TOPICS.command) + b"\x05" + b"\x7f\x7f\x7f\x7f\x7f" + b"payload"
    scene.broker.inject("A-1", packed(Kind.PUBLISH, body))


def _disconnect(scene: Scene) -> None:
    scene.broker.inject("A-1", packed(Kind.DISCONNECT, bytes([0x9C, 0])))


@pytest.mark.parametrize("lie", [_garbage, _qos_2, _huge, _second_connack, _bad_properties, _disconnect])
def test_after_a_lie_the_charger_connects_anew_and_lives(lie: Lie) -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        lie(scene)
        await asyncio.sleep(2.0)
        assert scene.client.figures().cause.startswith("the broker")
        await scene.linked()
        scene.source.tell("fault.raised", port=1, id="after", severity="S")
        await asyncio.sleep(5)

        assert scene.told(TOPICS.event)[-1]["fields"]["id"] == "after"
        assert scene.client.figures().connections == 2

    play(story)


def test_a_message_at_qos_2_is_not_even_handled() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        _qos_2(scene)
        await asyncio.sleep(2.0)

        assert "QoS 2" in scene.client.figures().cause

    play(story)


def test_acknowledgements_of_nothing_and_messages_for_others_are_ignored() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        for number in (1, 7, 65_535):
            scene.broker.inject("A-1", packed(Kind.PUBACK, number.to_bytes(2, "big")))
        other = Message(topic="evse/v1/B-2/cmd", payload=b"{}")
        scene.broker.inject("A-1", written_publish(other, 0, qos=0, retain=False))
        await asyncio.sleep(2.0)

        assert scene.client.figures().connections == 1
        assert scene.client.figures().ignored == 1

    play(story)


def test_a_session_that_the_broker_only_claims_costs_nothing() -> None:
    async def story(scene: Scene) -> None:
        scene.broker.whims.claims_session = True
        await scene.linked()
        scene.broker.forget()
        await scene.linked()
        await asyncio.sleep(5)

        assert scene.broker.sessions["A-1"].subscriptions.keys() == {TOPICS.command}
        assert scene.broker.retained.get(TOPICS.port_status(1)) is not None

    play(story, HandMade(orders=Desk()))


def test_everything_retained_is_there_again_after_a_broker_that_forgot() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        scene.broker.forget()
        await scene.linked()
        await asyncio.sleep(5)

        for topic in (TOPICS.state, TOPICS.health, TOPICS.port_status(1)):
            assert scene.broker.retained.get(topic) is not None

    play(story)


def test_health_is_not_sent_again_to_a_broker_that_kept_it() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        for _ in range(5):
            scene.broker.links["A-1"].hang_up()
            await asyncio.sleep(1)
            await scene.linked()

        assert len(scene.told(TOPICS.health)) == 1

    play(story)


def test_a_flood_is_read_slowly_ends_the_link_and_costs_nothing_else() -> None:
    desk, most_waiting = Desk(), [0]

    async def story(scene: Scene) -> None:
        await scene.linked()
        order = written_publish(Message(topic=TOPICS.command, payload=b"{}"), 0, qos=0, retain=False)
        scene.broker.inject("A-1", order * 20_000)
        scene.source.tell("fault.raised", port=1, id="during", severity="S")
        for _ in range(15):
            await asyncio.sleep(1)
            most_waiting[0] = max(most_waiting[0], scene.client.connection.wire.waiting_bytes)
        assert len(desk.taken) + scene.client.figures().ignored <= 16 * 200
        assert await scene.left(within_s=30) <= 10
        await scene.linked()
        await asyncio.sleep(5)

        assert {body["fields"]["id"] for body in scene.told(TOPICS.event)} == {"during"}
        assert scene.client.figures().connections == 2

    play(story, HandMade(orders=desk))

    assert most_waiting[0] <= 400 * 1024


def test_a_broker_that_forbids_the_birth_is_told_of_in_words() -> None:
    async def story(scene: Scene) -> None:
        scene.broker.permits = lambda _client, act, _topic: act != "write"
        await asyncio.sleep(30)

        assert "ACL" in scene.client.figures().cause

    play(story)


def test_topics_are_said_once_and_then_by_number() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        await asyncio.sleep(4 * 3600)
        meters = [message for message in scene.broker.taken if message.topic == TOPICS.port_meter(1)]
        assert len(meters) > 10
        assert CONTENT_TYPE not in meters[-1].properties
        aliases = {message.properties.get(0x23) for message in meters}
        assert len(aliases) == 1
        assert None not in aliases

    play(story)


def test_a_broker_that_refuses_the_subscription_is_told_of_in_words() -> None:
    async def story(scene: Scene) -> None:
        scene.broker.permits = lambda _client, act, _topic: act != "read"
        await asyncio.sleep(30)

        assert "subscription" in scene.client.figures().cause

    play(story, HandMade(orders=Desk()))
