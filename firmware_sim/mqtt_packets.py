"""The packets of MQTT 5 (OASIS standard, 7 March 2019), as a broker reads and writes them. No input, no output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Kind(IntEnum):
    """Section 2.1.2."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


class Reason(IntEnum):
    """Section 2.4, those that are used here."""

    SUCCESS = 0x00
    GRANTED_QOS_1 = 0x01
    WITH_WILL = 0x04
    NO_SUBSCRIBERS = 0x10
    NO_SUBSCRIPTION = 0x11
    MALFORMED = 0x81
    PROTOCOL_ERROR = 0x82
    UNSUPPORTED_VERSION = 0x84
    BAD_LOGIN = 0x86
    NOT_AUTHORIZED = 0x87
    UNAVAILABLE = 0x88
    BUSY = 0x89
    KEEP_ALIVE = 0x8D
    TAKEN_OVER = 0x8E
    BAD_FILTER = 0x8F
    BAD_TOPIC = 0x90
    RECEIVE_MAXIMUM = 0x93
    BAD_ALIAS = 0x94
    TOO_LARGE = 0x95
    QUOTA = 0x97
    QOS_UNSUPPORTED = 0x9B


PAYLOAD_FORMAT, EXPIRY, CONTENT_TYPE, RESPONSE_TOPIC, CORRELATION, SUBSCRIPTION_ID = 0x01, 0x02, 0x03, 0x08, 0x09, 0x0B
SESSION_EXPIRY, ASSIGNED_ID, SERVER_KEEP_ALIVE, WILL_DELAY, RECEIVE_MAXIMUM = 0x11, 0x12, 0x13, 0x18, 0x21
ALIAS_MAXIMUM, ALIAS, MOST_QOS, USER, LARGEST_PACKET, REASON_TEXT = 0x22, 0x23, 0x24, 0x26, 0x27, 0x1F

_TYPES: Mapping[int, str] = {
    **dict.fromkeys((PAYLOAD_FORMAT, MOST_QOS, 0x17, 0x19, 0x25, 0x28, 0x29, 0x2A), "byte"),
    **dict.fromkeys((SERVER_KEEP_ALIVE, RECEIVE_MAXIMUM, ALIAS_MAXIMUM, ALIAS), "two"),
    **dict.fromkeys((EXPIRY, SESSION_EXPIRY, WILL_DELAY, LARGEST_PACKET), "four"),
    **dict.fromkeys((CONTENT_TYPE, RESPONSE_TOPIC, ASSIGNED_ID, 0x15, 0x1A, 0x1C, REASON_TEXT), "text"),
    **dict.fromkeys((CORRELATION, 0x16), "binary"),
    SUBSCRIPTION_ID: "varint",
    USER: "pair",
}
"""Section 2.2.2.2."""

Properties = dict[int, int | str | bytes]
Pairs = tuple[tuple[str, str], ...]


class Malformed(Exception):
    """Not MQTT; `reason` is what to hang up with."""

    def __init__(self, what: str, reason: Reason = Reason.MALFORMED) -> None:
        super().__init__(what)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Packet:
    kind: Kind
    flags: int
    body: bytes


class Splitter:
    """Whole packets out of a stream of bytes."""

    def __init__(self, largest: int = 268_435_460) -> None:
        self._largest = largest
        self._rest = bytearray()

    def feed(self, octets: bytes) -> list[Packet]:
        """Raises Malformed."""
        self._rest += octets
        found = []
        while (packet := self._first()) is not None:
            found.append(packet)
        return found

    def _first(self) -> Packet | None:
        length, place = 0, 1
        while True:
            if place >= len(self._rest):
                return None
            if place > 4:
                raise Malformed("a length of more than four bytes")
            length |= (self._rest[place] & 0x7F) << 7 * (place - 1)
            place += 1
            if not self._rest[place - 1] & 0x80:
                break
        if place + length > self._largest:
            raise Malformed(f"a packet of {place + length} bytes", Reason.TOO_LARGE)
        if len(self._rest) < place + length:
            return None
        first = self._rest[0]
        body = bytes(self._rest[place : place + length])
        del self._rest[: place + length]
        if first >> 4 == 0:
            raise Malformed("a packet of kind 0")
        return Packet(Kind(first >> 4), first & 0x0F, body)


class Body:
    """Reads the body of a packet from the front. Every method raises Malformed where it ends too early."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    @property
    def is_empty(self) -> bool:
        return self._at >= len(self._octets)

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._octets):
            raise Malformed("a packet that ends too early")
        self._at += count
        return self._octets[self._at - count : self._at]

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    def varint(self) -> int:
        value = 0
        for place in range(4):
            octet = self.number(1)
            value |= (octet & 0x7F) << 7 * place
            if not octet & 0x80:
                return value
        raise Malformed("a number of more than four bytes")

    def binary(self) -> bytes:
        return self.take(self.number(2))

    def text(self) -> str:
        try:
            found = self.binary().decode()
        except UnicodeDecodeError as error:
            raise Malformed("text that is no UTF-8") from error
        if "\0" in found:
            raise Malformed("text with a zero in it")
        return found

    def rest(self) -> bytes:
        return self.take(len(self._octets) - self._at)

    def properties(self) -> tuple[Properties, Pairs]:
        """By their number, and the user's pairs in order."""
        inner = Body(self.take(self.varint()))
        read: Mapping[str, Callable[[], int | str | bytes]] = {
            "byte": lambda: inner.number(1),
            "two": lambda: inner.number(2),
            "four": lambda: inner.number(4),
            "text": inner.text,
            "binary": inner.binary,
            "varint": inner.varint,
        }
        found: Properties = {}
        pairs: list[tuple[str, str]] = []
        while not inner.is_empty:
            number = inner.varint()
            if number not in _TYPES:
                raise Malformed(f"property {number}")
            if number == USER:
                pairs.append((inner.text(), inner.text()))
            elif number in found:
                raise Malformed(f"property {number} twice", Reason.PROTOCOL_ERROR)
            else:
                found[number] = read[_TYPES[number]]()
        return found, tuple(pairs)


def written_varint(value: int) -> bytes:
    found = bytearray()
    while True:
        value, octet = value >> 7, value & 0x7F
        found.append(octet | (0x80 if value else 0))
        if not value:
            return bytes(found)


def written_binary(octets: bytes) -> bytes:
    return len(octets).to_bytes(2, "big") + octets


def written_text(text: str) -> bytes:
    return written_binary(text.encode())


def written_properties(properties: Properties, pairs: Pairs = ()) -> bytes:
    found = bytearray()
    for number, value in properties.items():
        found += written_varint(number)
        match value:
            case str():
                found += written_text(value)
            case bytes():
                found += written_binary(value)
            case int():
                kind = _TYPES[number]
                found += written_varint(value) if kind == "varint" else value.to_bytes(_SIZES[kind], "big")
    for name, text in pairs:
        found += written_varint(USER) + written_text(name) + written_text(text)
    return written_varint(len(found)) + bytes(found)


_SIZES = {"byte": 1, "two": 2, "four": 4}


def packed(kind: Kind, body: bytes, flags: int = 0) -> bytes:
    """A whole packet."""
    return bytes([kind << 4 | flags]) + written_varint(len(body)) + body


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What was published. `at_s`: when the broker took it, by the loop's clock."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: Properties = field(default_factory=dict)
    pairs: Pairs = ()
    sender: str = ""
    at_s: float = 0.0

    @property
    def content_type(self) -> str:
        return str(self.properties.get(CONTENT_TYPE, ""))

    def is_stale(self, now_s: float) -> bool:
        """Its expiry interval is over (section 3.3.2.3.3)."""
        expiry_s = self.properties.get(EXPIRY)
        return isinstance(expiry_s, int) and now_s - self.at_s >= expiry_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """Section 3.1."""

    client_id: str
    clean_start: bool
    keep_alive_s: int
    properties: Properties
    will: Message | None
    will_delay_s: int
    username: str | None
    password: bytes | None


def read_connect(packet: Packet) -> Connect:
    """Raises Malformed."""
    body = Body(packet.body)
    if body.text() != "MQTT" or body.number(1) != 5:
        raise Malformed("not MQTT 5", Reason.UNSUPPORTED_VERSION)
    flags, keep_alive_s = body.number(1), body.number(2)
    if flags & 1:
        raise Malformed("a reserved flag of CONNECT is set")
    properties, _ = body.properties()
    client_id = body.text()
    will, will_delay_s = None, 0
    if flags & 0x04:
        of_will, pairs = body.properties()
        will_delay_s = int(of_will.pop(WILL_DELAY, 0))
        will = Message(
            topic=body.text(),
            payload=body.binary(),
            qos=flags >> 3 & 3,
            retain=bool(flags & 0x20),
            properties=of_will,
            pairs=pairs,
            sender=client_id,
        )
    return Connect(
        client_id=client_id,
        clean_start=bool(flags & 0x02),
        keep_alive_s=keep_alive_s,
        properties=properties,
        will=will,
        will_delay_s=will_delay_s,
        username=body.text() if flags & 0x80 else None,
        password=body.binary() if flags & 0x40 else None,
    )


def read_publish(packet: Packet) -> tuple[Message, int]:
    """The message, its topic "" where an alias stands for it, and its number. Raises Malformed."""
    body, qos = Body(packet.body), packet.flags >> 1 & 3
    if qos == 3:
        raise Malformed("QoS 3")
    topic = body.text()
    number = body.number(2) if qos else 0
    properties, pairs = body.properties()
    message = Message(
        topic=topic,
        payload=body.rest(),
        qos=qos,
        retain=bool(packet.flags & 1),
        properties=properties,
        pairs=pairs,
    )
    return message, number


def written_publish(message: Message, number: int, *, qos: int, retain: bool, dup: bool = False) -> bytes:
    properties = {key: value for key, value in message.properties.items() if key != ALIAS}
    body = written_text(message.topic) + (number.to_bytes(2, "big") if qos else b"")
    body += written_properties(properties, message.pairs) + message.payload
    return packed(Kind.PUBLISH, body, (8 if dup else 0) | qos << 1 | int(retain))
