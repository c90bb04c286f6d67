"""One client's connection, as the stand-in broker sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from firmware_sim.mqtt_packets import (
    ALIAS,
    ALIAS_MAXIMUM,
    ASSIGNED_ID,
    LARGEST_PACKET,
    MOST_QOS,
    RECEIVE_MAXIMUM,
    SERVER_KEEP_ALIVE,
    SESSION_EXPIRY,
    SUBSCRIPTION_ID,
    Body,
    Connect,
    Kind,
    Malformed,
    Message,
    Packet,
    Properties,
    Reason,
    Splitter,
    packed,
    read_connect,
    read_publish,
    written_properties,
)
from firmware_sim.mqtt_sessions import Session
from firmware_sim.mqtt_topics import Retained, Subscription, is_topic
from firmware_sim.mqtt_whims import Whims

CONNECTS_WITHIN_S = 30.0
READS = 64 << 10


class House(Protocol):
    """What a link needs of the broker."""

    bytes_in: int
    bytes_out: int
    packets_in: int
    packets_out: int
    connects: int

    @property
    def whims(self) -> Whims: ...
    @property
    def retained(self) -> Retained: ...
    @property
    def links(self) -> dict[str, Link]: ...
    @property
    def everybody(self) -> set[Link]: ...
    def admits(self, connect: Connect, /) -> Reason: ...
    def permits(self, client_id: str, act: str, topic: str, /) -> bool: ...
    def take(self, message: Message) -> bool: ...
    def session_of(self, connect: Connect, expiry_s: int) -> tuple[Session, bool]: ...
    def left(self, link: Link) -> None: ...


async def serve_link(house: House, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """From the first byte to the last."""
    link = Link(house, writer)
    house.everybody.add(link)
    try:
        await link.serve(reader)
    except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
        pass
    finally:
        house.everybody.discard(link)
        house.left(link)
        writer.transport.abort()


class Link:
    """`session` and `will` after CONNECT."""

    def __init__(self, house: House, writer: asyncio.StreamWriter) -> None:
        self._house, self._writer = house, writer
        self.session: Session | None = None
        self.will: Message | None = None
        self.will_delay_s = 0
        self.keep_alive_s = 0
        self._aliases: dict[int, str] = {}
        self._held: list[bytes] = []
        self._given_up = asyncio.Event()

    def write(self, octets: bytes) -> None:
        """Whether it arrives the client's acknowledgement tells."""
        if self._house.whims.is_half_open or self._writer.is_closing():
            return
        self._house.bytes_out += len(octets)
        self._house.packets_out += 1
        self._writer.write(octets)

    def hang_up(self, reason: Reason | None = None) -> None:
        """With a DISCONNECT where there is a reason; the will is told by whoever serves the link."""
        if reason is not None:
            self.write(packed(Kind.DISCONNECT, bytes([reason, 0])))
        self._given_up.set()
        self._writer.close()

    async def serve(self, reader: asyncio.StreamReader) -> None:
        splitter = Splitter(self._house.whims.largest_packet)
        while True:
            bound_s = CONNECTS_WITHIN_S if self.session is None else self.keep_alive_s * 1.5 or None
            try:
                async with asyncio.timeout(bound_s):
                    octets = await reader.read(READS)
            except TimeoutError:
                self.hang_up(Reason.KEEP_ALIVE)
                return
            if not octets:
                return
            if self._house.whims.is_half_open or self._house.whims.is_silent:
                await self._given_up.wait()
                return
            self._house.bytes_in += len(octets)
            try:
                for packet in splitter.feed(octets):
                    self._house.packets_in += 1
                    if self._handle(packet):
                        return
            except Malformed as error:
                self.hang_up(error.reason)
                return

    def _handle(self, packet: Packet) -> bool:
        """True when that was the last one. Raises Malformed."""
        if (self.session is None) is not (packet.kind is Kind.CONNECT):
            raise Malformed("CONNECT comes first, and once", Reason.PROTOCOL_ERROR)
        match packet.kind:
            case Kind.CONNECT:
                return not self._connect(read_connect(packet))
            case Kind.PUBLISH:
                self._publish(packet)
            case Kind.PUBACK:
                assert self.session is not None
                for octets in self.session.acknowledged(Body(packet.body).number(2), self._now_s()):
                    self.write(octets)
            case Kind.SUBSCRIBE:
                self._subscribe(Body(packet.body))
            case Kind.UNSUBSCRIBE:
                self._unsubscribe(Body(packet.body))
            case Kind.PINGREQ:
                self.write(packed(Kind.PINGRESP, b""))
            case Kind.DISCONNECT:
                self._disconnect(Body(packet.body))
                return True
            case _:
                raise Malformed(f"{packet.kind.name} is not for a broker without QoS 2", Reason.PROTOCOL_ERROR)
        return False

    def _connect(self, connect: Connect) -> bool:
        house, whims, said = self._house, self._house.whims, connect.properties
        house.connects += 1
        reason = house.admits(connect) if whims.refuses is None else whims.refuses
        if reason is not Reason.SUCCESS:
            self.write(packed(Kind.CONNACK, bytes([0, reason, 0])))
            return False
        answer: Properties = {
            RECEIVE_MAXIMUM: whims.window,
            LARGEST_PACKET: whims.largest_packet,
            ALIAS_MAXIMUM: whims.aliases,
        }
        if whims.most_qos < 2:
            answer[MOST_QOS] = whims.most_qos
        if not connect.client_id:
            connect = replace(connect, client_id=f"auto-{house.connects}")
            answer[ASSIGNED_ID] = connect.client_id
        self.keep_alive_s = connect.keep_alive_s
        if whims.keep_alive_s is not None:
            self.keep_alive_s = answer[SERVER_KEEP_ALIVE] = whims.keep_alive_s
        if (other := house.links.pop(connect.client_id, None)) is not None:
            # Its will is told now: `left` will find that the place is taken.
            if other.will is not None:
                house.take(other.will)
            other.hang_up(Reason.TAKEN_OVER)
        self.session, is_old = house.session_of(connect, _number(said, SESSION_EXPIRY, 0))
        self.session.window = _number(said, RECEIVE_MAXIMUM, 65_535)
        self.session.largest = _number(said, LARGEST_PACKET, 268_435_460)
        self.will, self.will_delay_s = connect.will, connect.will_delay_s
        house.links[connect.client_id] = self
        is_told_old = is_old if whims.claims_session is None else whims.claims_session
        self.write(packed(Kind.CONNACK, bytes([is_told_old, 0]) + written_properties(answer)))
        for octets in self.session.again(self._now_s()):
            self.write(octets)
        return True

    def _publish(self, packet: Packet) -> None:
        assert self.session is not None
        message, number = read_publish(packet)
        if message.qos > 1:
            raise Malformed("QoS 2", Reason.QOS_UNSUPPORTED)
        alias = message.properties.get(ALIAS)
        if isinstance(alias, int):
            if not 0 < alias <= self._house.whims.aliases:
                raise Malformed(f"alias {alias}", Reason.BAD_ALIAS)
            topic = self._aliases[alias] = message.topic or self._aliases.get(alias, "")
            message = replace(message, topic=topic)
        if not is_topic(message.topic):
            raise Malformed("no topic, and no alias that is known", Reason.BAD_TOPIC)
        message = replace(message, sender=self.session.client_id)
        reason = Reason.NOT_AUTHORIZED
        if self._house.permits(self.session.client_id, "write", message.topic):
            reason = Reason.SUCCESS if self._house.take(message) else Reason.NO_SUBSCRIBERS
        if message.qos:
            self._acknowledge(number, reason)

    def _acknowledge(self, number: int, reason: Reason) -> None:
        octets = packed(Kind.PUBACK, number.to_bytes(2, "big") + (bytes([reason, 0]) if reason else b""))
        if self._house.whims.holds_acks:
            self._held.append(octets)
            return
        for held in self._held:
            self.write(held)
        self._held.clear()
        self.write(octets)

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def _subscribe(self, body: Body) -> None:
        assert self.session is not None
        number, reasons = body.number(2), bytearray()
        properties, _ = body.properties()
        kept: list[tuple[Subscription, bool]] = []
        while not body.is_empty:
            text = body.text()
            one = Subscription.of(text, body.number(1), _number(properties, SUBSCRIPTION_ID, 0))
            if one is None:
                reasons.append(Reason.BAD_FILTER)
            elif not self._house.permits(self.session.client_id, "read", one.pattern):
                reasons.append(Reason.NOT_AUTHORIZED)
            else:
                kept.append((one, text in self.session.subscriptions))
                self.session.subscribe(text, one)
                reasons.append(one.qos)
        self.write(packed(Kind.SUBACK, number.to_bytes(2, "big") + b"\0" + bytes(reasons)))
        for one, is_known in kept:
            self._send_retained(one, is_known=is_known)

    def _send_retained(self, one: Subscription, *, is_known: bool) -> None:
        assert self.session is not None
        if one.group or one.retain_handling == 2 or (one.retain_handling == 1 and is_known):
            return
        for message in list(self._house.retained.of(one.pattern)):
            for octets in self.session.deliver(message, one, retain=True, here_s=self._now_s()):
                self.write(octets)

    def _unsubscribe(self, body: Body) -> None:
        assert self.session is not None
        number, reasons = body.number(2), bytearray()
        body.properties()
        while not body.is_empty:
            reasons.append(Reason.SUCCESS if self.session.unsubscribe(body.text()) else Reason.NO_SUBSCRIPTION)
        self.write(packed(Kind.UNSUBACK, number.to_bytes(2, "big") + b"\0" + bytes(reasons)))

    def _disconnect(self, body: Body) -> None:
        assert self.session is not None
        reason = Reason.SUCCESS if body.is_empty else body.number(1)
        if reason != Reason.WITH_WILL:
            self.will = None
        if not body.is_empty:
            properties, _ = body.properties()
            self.session.expiry_s = _number(properties, SESSION_EXPIRY, self.session.expiry_s)


def _number(properties: Mapping[int, int | str | bytes], key: int, otherwise: int) -> int:
    value = properties.get(key, otherwise)
    return value if isinstance(value, int) else otherwise
