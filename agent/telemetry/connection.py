"""One connection to the broker, from the first byte to the last: MQTT 5 by paho, time and bytes by asyncio.

A connection has a paho client of its own, so that nothing of an older one, a topic alias above all, comes along: what
was not acknowledged is sent again from the outbox. MQTT 5 section 4.4 asks a client to repeat a packet under its old
number where the broker kept the session; a broker cannot tell, the outbox gives at least once all the same, and the
numbers inside the messages are counted anew with each connection anyway.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections import deque
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client as Paho
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.exception import MQTTException
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from agent.telemetry.mqtt_client import RECEIVE_MAXIMUM, Login, Will, client_of, properties_of
from agent.telemetry.wire import Wire
from agent.values import frozen

LARGEST_PACKET = 32 << 10
"""An order has at most 16 KiB; the broker is told, and held to it."""
WINDOW = 16
"""Messages we have under way to the broker, or fewer where it asks for fewer."""
MOST_ALIASES = 16
OPENS_WITHIN_S = 30.0
"""Name, TCP and TLS."""
ANSWERS_WITHIN_S = 20.0
"""The broker, to a CONNECT, a SUBSCRIBE, a PUBLISH or a PING."""
PING = b"\xc0\x00"
"""MQTT 5 section 3.12. Sent here and not by paho, whose keep-alive reads the machine's clock in place of the loop's."""
PUBLISH_QOS_2 = 0x34
READING = (ValueError, LookupError, TypeError, AttributeError, struct.error, MQTTException, OSError)
"""What paho raises for packets that are none."""


class BrokerError(Exception):
    """Why there is no connection: a sentence for people."""


@frozen
class Incoming:
    topic: str
    payload: bytes
    retained: bool
    content_type: str = ""


class Connection:
    """Opened by `open`. `ended` is set once, with `cause`. `largest`: of the packets that the broker may send."""

    def __init__(self, login: Login, will: Will, largest: int = LARGEST_PACKET) -> None:
        self._login = login
        self._wire = Wire(largest)
        self._wire.handle, self._wire.lost = self._read, self._lost
        self._paho = client_of(login, will, self._wire, largest)
        self._paho.on_connect = self._on_connect
        self._paho.on_publish = self._on_publish
        self._paho.on_subscribe = self._on_subscribe
        self._paho.on_message = self._on_message
        self._paho.on_disconnect = self._on_disconnect
        self._answered: asyncio.Future[Properties] = asyncio.get_running_loop().create_future()
        self._promises: set[asyncio.Future[bool]] = set()
        self._granted: dict[int, asyncio.Future[bool]] = {}
        self._waiting: dict[int, tuple[float, Callable[[bool], None]]] = {}
        """Not acknowledged: since when, and whom to tell."""
        self._room = asyncio.Event()
        self._stirred = asyncio.Event()
        """The watch has to look anew: there is something to wait for, or the end."""
        self._aliases: dict[str, int] = {}
        self._most_aliases = 0
        self.keep_alive_s = login.keep_alive_s
        self.window = WINDOW
        self.largest_packet = 256 << 20
        self.most_qos, self.can_retain, self.session_present = 2, True, False
        self.arrived: deque[Incoming] = deque(maxlen=RECEIVE_MAXIMUM * 4)
        self.has_arrived = asyncio.Event()
        self.overrun = 0
        """Messages that came faster than they were taken, and are gone."""

    @property
    def wire(self) -> Wire:
        """For its counter of bytes."""
        return self._wire

    @property
    def ended(self) -> asyncio.Event:
        return self._wire.ended

    @property
    def cause(self) -> str:
        return self._wire.cause

    # Opening and ending.

    async def open(self) -> None:
        """Connect and be accepted. Raises BrokerError."""
        login, loop = self._login, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(OPENS_WITHIN_S):
                await loop.create_connection(
                    lambda: self._wire,
                    login.host,
                    login.port,
                    ssl=login.context,
                    server_hostname=login.host if login.context is not None else None,
                    ssl_handshake_timeout=OPENS_WITHIN_S if login.context is not None else None,
                )
        except TimeoutError as error:
            raise BrokerError(f"{login.host}:{login.port} did not answer within {OPENS_WITHIN_S:g} s") from error
        except ssl.SSLCertVerificationError as error:
            raise BrokerError(f"the certificate of {login.host} is not believed: {error.verify_message}") from error
        except OSError as error:  # ssl.SSLError and the look-up of a name are among them
            raise BrokerError(f"{login.host}:{login.port} cannot be reached: {error.strerror or error}") from error
        try:
            self._paho.reconnect()
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                self._heed(await self._answered)
        except TimeoutError as error:
            self.abort("the broker takes connections and answers no CONNECT")
            raise BrokerError(self.cause) from error
        except BaseException:
            self.abort("the connection was given up")
            raise

    def _heed(self, said: Properties) -> None:
        """What the broker asks for (MQTT 5 section 3.2.2.3)."""
        self.window = min(self.window, getattr(said, "ReceiveMaximum", WINDOW))
        self.largest_packet = min(self.largest_packet, getattr(said, "MaximumPacketSize", self.largest_packet))
        self._most_aliases = min(MOST_ALIASES, getattr(said, "TopicAliasMaximum", 0))
        self.keep_alive_s = float(getattr(said, "ServerKeepAlive", self.keep_alive_s))
        self.most_qos = getattr(said, "MaximumQoS", 2)
        self.can_retain = bool(getattr(said, "RetainAvailable", 1))
        self._room.set()

    async def close(self) -> None:
        """Say goodbye: the broker keeps its will to itself."""
        if not self.ended.is_set():
            self._wire.cause = self._wire.cause or "closed by this charger"
            self._paho.disconnect()
            self._wire.close()

    def abort(self, cause: str) -> None:
        """Without goodbye; the broker tells the will."""
        self._wire.abort(cause)

    async def watch(self) -> None:
        """Keep it alive, and end it when the broker is silent; returns when it has ended."""
        loop, wire = asyncio.get_running_loop(), self._wire
        pinged_s: float | None = None
        while not self.ended.is_set():
            self._stirred.clear()
            now_s = loop.time()
            if pinged_s is not None and wire.heard_s >= pinged_s:
                pinged_s = None
            if pinged_s is None and self.keep_alive_s and now_s - wire.said_s >= self.keep_alive_s:
                wire.send(PING)
                pinged_s = now_s
            asked_s = min([since_s for since_s, _ in self._waiting.values()], default=pinged_s)
            if asked_s is not None and now_s - asked_s >= ANSWERS_WITHIN_S:
                self.abort(f"the broker has not answered for {now_s - asked_s:.0f} s")
                return
            next_s = None if asked_s is None else asked_s + ANSWERS_WITHIN_S
            if next_s is None and self.keep_alive_s:
                next_s = wire.said_s + self.keep_alive_s
            await _at_most(self._stirred, None if next_s is None else max(0.01, next_s - now_s))

    # Sending.

    async def room(self) -> None:
        """Wait until one more message may be under way; returns also when the connection has ended."""
        while not self.ended.is_set():
            await self._wire.can_write.wait()
            if len(self._waiting) < self.window:
                return
            self._room.clear()
            await self._room.wait()

    def fits(self, topic: str, octets: int) -> bool:
        """Whether the broker takes a message of this size."""
        return octets + len(topic) + 64 <= self.largest_packet

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        content_type: str = "",
        then: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """Send it now. `then` hears once: True when it was acknowledged, False where the broker refused it.

        Nothing is heard where the connection ends before.
        """
        properties = properties_of(PacketTypes.PUBLISH)
        if content_type:
            properties.ContentType = content_type
        name = self._aliased(topic, properties)
        qos = min(qos, self.most_qos)
        info = self._paho.publish(name, payload, qos, retain and self.can_retain, properties)
        if qos:
            if not self._waiting:
                self._stirred.set()
            self._waiting[info.mid] = (asyncio.get_running_loop().time(), then)
        else:
            then(True)

    def _aliased(self, topic: str, properties: Properties) -> str:
        """Its number in place of the topic, once the broker was told both; answers and chunks come once each."""
        if "/res/" in topic or "/blob/" in topic:
            return topic
        if topic in self._aliases:
            properties.TopicAlias = self._aliases[topic]
            return ""
        if len(self._aliases) < self._most_aliases:
            self._aliases[topic] = properties.TopicAlias = len(self._aliases) + 1
        return topic

    async def subscribe(self, topic: str) -> None:
        """At QoS 1, or what the broker grants. Raises BrokerError where it refuses or does not answer."""
        _, mid = self._paho.subscribe(topic, 1)
        assert mid is not None
        self._granted[mid] = granted = self.promise()
        try:
            await self.kept(granted, f"the broker does not answer the subscription to {topic}")
        finally:
            del self._granted[mid]

    def promise(self) -> asyncio.Future[bool]:
        """Something that the broker will answer; fails with BrokerError where the connection ends before."""
        promise: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._promises.add(promise)
        if self.ended.is_set():
            promise.set_exception(BrokerError(self.cause))
        return promise

    async def kept(self, promise: asyncio.Future[bool], otherwise: str) -> bool:
        """The answer. Raises BrokerError, with `otherwise` where none comes in time."""
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                return await promise
        except TimeoutError as error:
            raise BrokerError(otherwise) from error
        finally:
            self._promises.discard(promise)

    # What paho tells.

    def _lost(self) -> None:
        self._room.set()
        self._stirred.set()
        self.has_arrived.set()
        if not self._answered.done():
            self._answered.set_exception(BrokerError(self.cause))
        for one in self._promises:
            if not one.done():
                one.set_exception(BrokerError(self.cause))

    def _read(self) -> None:
        if self._wire.first_byte & 0xF6 == PUBLISH_QOS_2:
            # Nothing was subscribed to at QoS 2, and paho would keep each of them until a PUBREL that never comes.
            self.abort("the broker sends at QoS 2, which it was not asked for")
            return
        try:
            code = self._paho.loop_read()
            if self._paho.want_write():
                self._paho.loop_write()
        except READING as error:
            self.abort(f"the broker sends what is no MQTT: {type(error).__name__}")
            return
        if code not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN):
            self.abort(f"the broker sends what is no MQTT: {code.name}")

    def _on_connect(self, _client: Paho, _data: Any, flags: Any, reason: ReasonCode, said: Properties | None) -> None:
        if self._answered.done():
            self._wire.abort("the broker answered CONNECT twice")
        elif reason.is_failure:
            self._answered.set_exception(BrokerError(f"the broker refuses this charger: {reason}"))
        else:
            self.session_present = flags.session_present
            self._answered.set_result(said or properties_of(PacketTypes.CONNACK))

    def _on_publish(self, _client: Paho, _data: Any, mid: int, reason: ReasonCode, _said: Properties) -> None:
        _, then = self._waiting.pop(mid, (0.0, None))
        self._room.set()
        if then is not None:
            then(not reason.is_failure)

    def _on_subscribe(
        self, _client: Paho, _data: Any, mid: int, reasons: list[ReasonCode], _said: Properties | None
    ) -> None:
        granted = self._granted.get(mid)
        if granted is None or granted.done():
            return
        if any(one.is_failure for one in reasons):
            granted.set_exception(BrokerError(f"the broker refuses the subscription: {reasons[0]}"))
        else:
            granted.set_result(True)

    def _on_message(self, _client: Paho, _data: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        self.overrun += len(self.arrived) == self.arrived.maxlen
        content_type = getattr(message.properties, "ContentType", "")
        self.arrived.append(Incoming(topic, bytes(message.payload), bool(message.retain), content_type))
        self.has_arrived.set()

    def _on_disconnect(
        self, _client: Paho, _data: Any, flags: Any, reason: ReasonCode, _said: Properties | None
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._wire.abort(f"the broker ended the connection: {reason}")


def keeping(promise: asyncio.Future[bool]) -> Callable[[bool], None]:
    """What `publish` calls to keep it; a promise that ended otherwise stays so."""

    def keep(taken: bool) -> None:
        if not promise.done():
            promise.set_result(taken)

    return keep


async def _at_most(event: asyncio.Event, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
