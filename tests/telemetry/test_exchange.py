"""Orders come in within bounds, answers and files go back whole, over as many connections as that takes."""

from __future__ import annotations

import asyncio
import hashlib
import random
from typing import Any

import cbor2
import pytest

from agent.errors import Busy
from agent.telemetry.exchange import CHUNK_BYTES
from agent.telemetry.ports import Reply
from firmware_sim.mqtt_packets import Message
from tests.telemetry.charger import TOPICS, Desk, HandMade, Scene, file_of, play
from tests.telemetry.schemas import misfits

ORDER = "a" * 32


def chunks_of(scene: Scene) -> list[dict[str, Any]]:
    """As a collector puts them together: each once, in order."""
    own = [one for one in scene.broker.taken if one.topic.startswith(f"{TOPICS.base}/blob/{ORDER}/")]
    assert {one.content_type for one in own} <= {"application/cbor"}
    found = {body["k"]: body for body in (cbor2.loads(one.payload) for one in own)}
    return [found[k] for k in sorted(found)]


def test_an_order_reaches_the_desk_as_it_came_and_a_retained_one_is_told_apart() -> None:
    desk = Desk()

    async def story(scene: Scene) -> None:
        scene.broker.publish(TOPICS.command, b"old", retain=True)
        await scene.linked()
        scene.broker.publish(TOPICS.command, b"new")
        await asyncio.sleep(5)

        assert desk.taken == [(b"old", True), (b"new", False)]

    play(story, HandMade(orders=desk))


def test_orders_that_came_while_the_charger_was_away_arrive_within_the_hour() -> None:
    desk = Desk()

    async def story(scene: Scene) -> None:
        await scene.linked()
        scene.broker.links["A-1"].hang_up()
        await asyncio.sleep(0.1)
        scene.broker.publish(TOPICS.command, b"meanwhile")
        await scene.linked()
        await asyncio.sleep(5)

        assert [payload for payload, _ in desk.taken] == [b"meanwhile"]

    play(story, HandMade(orders=desk))


def test_too_large_and_too_many_are_counted_and_gone() -> None:
    desk = Desk()

    async def story(scene: Scene) -> None:
        await scene.linked()
        scene.broker.publish(TOPICS.command, b"x" * (16 * 1024 + 1))
        scene.broker.publish(TOPICS.command, b"x" * 16 * 1024)
        await asyncio.sleep(5)

        assert [len(payload) for payload, _ in desk.taken] == [16 * 1024]
        assert scene.client.figures().ignored == 1

    play(story, HandMade(orders=desk))


def test_without_a_desk_nothing_is_subscribed_to() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()

        assert not scene.broker.sessions["A-1"].subscriptions
        assert scene.told(TOPICS.state)[0]["orders"] is False

    play(story)


def test_answers_are_numbered_like_everything_else_and_keep_their_schema() -> None:
    async def answer(reply: Reply) -> None:
        await reply.say({"id": ORDER, "verb": "unlock", "kind": "ack"})
        await reply.say({"id": ORDER, "verb": "unlock", "kind": "result", "body": {"connector": 1, "unlocked": True}})

    async def story(scene: Scene) -> None:
        await scene.linked()
        scene.broker.publish(TOPICS.command, b"{}")
        await asyncio.sleep(5)
        told = [one for one in scene.messages() if one[0].topic == TOPICS.result(ORDER)]

        assert [body["kind"] for _, body in told] == ["ack", "result"]
        assert [what for message, body in told for what in misfits(message, body)] == []

    play(story, HandMade(orders=Desk(answer=answer)))


def test_the_answer_to_an_order_that_cuts_the_line_itself_comes_once_the_line_is_back() -> None:
    """As a restart of the modem does: said while nobody hears it."""

    async def story(scene: Scene) -> None:
        async def answer(reply: Reply) -> None:
            await reply.say({"id": ORDER, "verb": "restart modem", "kind": "ack"})
            await asyncio.sleep(2.0)
            scene.broker.links["A-1"].hang_up()
            await asyncio.sleep(0.1)
            assert not scene.client.figures().connected
            body = {"restarts": "modem", "back_after_s": 23.4}
            await reply.say({"id": ORDER, "verb": "restart modem", "kind": "result", "passed": True, "body": body})

        desk.answer = answer
        await scene.linked()
        scene.broker.publish(TOPICS.command, b"{}")
        await asyncio.sleep(120)
        told = [one for one in scene.messages() if one[0].topic == TOPICS.result(ORDER)]

        assert [body["kind"] for _, body in told] == ["ack", "result"]
        assert [what for message, body in told for what in misfits(message, body)] == []

    desk = Desk()
    play(story, HandMade(orders=desk))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 5 * CHUNK_BYTES + 3])
def test_a_file_arrives_whole_also_over_links_that_break(size: int) -> None:
    octets, told = random.Random(size).randbytes(size), list[dict[str, Any]]()

    async def answer(reply: Reply) -> None:
        told.append(await reply.send_blob(ORDER, "bundle.tar.gz", "application/gzip", file_of(octets)))

    async def story(scene: Scene) -> None:
        await scene.linked()
        broken: list[Message] = []

        def break_sometimes(message: Message) -> None:
            if "/blob/" in message.topic and len(broken) < 3:
                broken.append(message)
                scene.broker.links["A-1"].hang_up()

        scene.broker.watchers.append(break_sometimes)
        scene.broker.publish(TOPICS.command, b"{}")
        await asyncio.sleep(300)
        chunks = chunks_of(scene)

        assert b"".join(one["data"] for one in chunks) == octets
        assert told == [{"id": ORDER, **{key: value for key, value in chunks[0].items() if key not in ("k", "data")}}]
        assert chunks[0]["sha256"] == hashlib.sha256(octets).hexdigest()
        assert len(chunks) == told[0]["chunks"]
        assert all(len(one["data"]) <= CHUNK_BYTES for one in chunks)

    play(story, HandMade(orders=Desk(answer=answer)))


def test_never_more_than_one_chunk_is_under_way() -> None:
    async def answer(reply: Reply) -> None:
        await reply.send_blob(ORDER, "f", "application/gzip", file_of(bytes(10 * CHUNK_BYTES)))

    async def story(scene: Scene) -> None:
        await scene.linked()
        scene.broker.whims.holds_acks = True
        scene.broker.publish(TOPICS.command, b"{}")
        await asyncio.sleep(15)

        assert len([one for one in scene.broker.taken if "/blob/" in one.topic]) == 1

    play(story, HandMade(orders=Desk(answer=answer)))


def test_a_file_that_the_broker_forbids_is_given_up_with_a_sentence() -> None:
    said: list[str] = []

    async def answer(reply: Reply) -> None:
        try:
            await reply.send_blob(ORDER, "f", "application/gzip", file_of(b"x"))
        except Busy as error:
            said.append(str(error))

    async def story(scene: Scene) -> None:
        scene.broker.permits = lambda _client, _act, topic: "/blob/" not in topic
        await scene.linked()
        scene.broker.publish(TOPICS.command, b"{}")
        await asyncio.sleep(5)

        assert "ACL" in said[0]

    play(story, HandMade(orders=Desk(answer=answer)))


def test_a_broker_of_small_packets_gets_small_chunks() -> None:
    async def answer(reply: Reply) -> None:
        await reply.send_blob(ORDER, "f", "application/gzip", file_of(bytes(20_000)))

    async def story(scene: Scene) -> None:
        scene.broker.whims.largest_packet = 4_096
        await scene.linked()
        scene.broker.publish(TOPICS.command, b"{}")
        await asyncio.sleep(60)

        assert b"".join(one["data"] for one in chunks_of(scene)) == bytes(20_000)

    play(story, HandMade(orders=Desk(answer=answer)))


def test_an_old_nonce_is_told_anew_when_somebody_needs_it_and_a_young_one_stays() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        client = scene.client
        first = client.nonce
        client.renew_nonce()
        assert client.nonce == first

        await asyncio.sleep(400)
        assert client.nonce_age_s >= 400
        client.renew_nonce()
        await asyncio.sleep(5)

        told = [body["nonce"] for body in scene.told(TOPICS.state)]
        assert told == [first, client.nonce]
        assert client.nonce != first
        assert client.nonce_age_s < 10

    play(story)
