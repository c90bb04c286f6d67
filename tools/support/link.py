"""The connection to a broker (MQTT 5, by paho): what comes fills a queue, the program empties it.

Speaks of failures in words. After a loss it connects and subscribes again by itself; `lost_since` tells of it.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agent.values import frozen
from tools.support.failures import NoAnswer, NotReachable, OrderRefused, WrongUse
from tools.support.here import THIS_COMPUTER, Here
from tools.support.settings import BrokerTable, password
from tools.support.telling import note

if TYPE_CHECKING:
    from paho.mqtt.client import Client

CONNECT_TIMEOUT_S = 10.0
ACKNOWLEDGED_WITHIN_S = 10.0
SHORT_S = 10.0
MOST_SHORT = 3
"""Connections that end so soon, one after the other: Mosquitto 2.0 does not tell that another program has the name.

Of two that throw each other out, one was there before, and its first end came late: the other is through first, and
one stays.
"""
KEEPALIVE_S = 30
LONGEST_RECONNECT_S = 30
MOST_BYTES = 1 << 20
"""Larger than every message of a charger by far; the broker drops the rest."""
MOST_WAITING = 100_000
MOST_WAITING_BYTES = 32 << 20
"""Messages that a flood may pile up here; what is beyond it is counted and gone."""
MESSAGE_BYTES = 500
"""Of one without its topic and payload."""
NO_SUBSCRIBER = 16
TAKEN_OVER = 142
"""Session taken over (MQTT 5, 4.13.2): another program connected under this name."""
NO_LOGIN = (134, 135, 138)
AT_MOST_ONCE, AT_LEAST_ONCE = 0, 1


@frozen
class Message:
    """`retained`: the broker kept it, so it is the last word and not a new one. `at_s`: monotonic."""

    topic: str
    payload: bytes
    retained: bool
    at_s: float
    content_type: str = ""
    number: int = 0
    qos: int = 0


@frozen(kw_only=True)
class Standing:
    """What the broker keeps for a client that is away: `client_id` names it, `expiry_s` says for how long.

    Messages of it are acknowledged by `Link.done`, once they are where they shall be.
    """

    client_id: str
    expiry_s: int


class Link:
    """A living connection; `open_link` makes one. Messages wait in `inbox`, a None wakes whoever waits."""

    def __init__(
        self, table: BrokerTable, client: Client, here: Here = THIS_COMPUTER, standing: Standing | None = None
    ) -> None:
        self.here = here
        self.inbox: deque[Message | None] = deque()
        self.dropped = 0
        self._waiting_bytes = 0
        self.lost_since: float | None = None
        self.is_taken_over, self.is_thrown_off = False, False
        """For good, for two programs of one name would throw each other out for ever: the broker says that another one
        has the name; it does not say why it ends what stands (`MOST_SHORT`)."""
        self._standing = standing
        self._table = table
        self._client = client
        self._filters: dict[str, int] = {}
        self._is_answered = False
        self._why = ""
        self._stood_at_s, self._short = 0.0, 0
        self._granted: dict[int, list[int]] = {}
        self._published: dict[int, int] = {}
        self._news, self._arrived = here.news(), here.news()
        """Of what the broker answers, and of `inbox`: who waits for a word is not woken by every message of a fleet."""
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish

    def connect(self) -> None:
        """Raises NotReachable, and OrderRefused where the broker does not let us in."""
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._standing.expiry_s if self._standing else 0
        properties.MaximumPacketSize = MOST_BYTES
        host, port, clean = self._table.host, self._table.port, self._standing is None
        try:
            self._client.connect(host, port, keepalive=KEEPALIVE_S, clean_start=clean, properties=properties)
        except (OSError, ssl.SSLError) as error:
            raise NotReachable(f"{self._table.url}: {_in_words(error, self._table)}") from error
        self.here.serve(self._client)
        with self._news:
            is_answered = self._news.wait_for(lambda: self._is_answered, CONNECT_TIMEOUT_S)
        if not is_answered:
            raise NotReachable(
                f"{self._table.url}: {self._why or 'the broker does not answer in MQTT 5'}; "
                "is it a broker of MQTT 5, on this port?"
            )
        if self._why:
            raise OrderRefused(f"{self._table.url}: the broker does not let us in: {self._why}")

    def subscribe(self, filters: Sequence[str], qos: int = AT_MOST_ONCE) -> None:
        """Waits for the broker's word. Raises OrderRefused, NoAnswer.

        QoS 0 for a picture of many: at QoS 1 a broker sends so many kept messages as its queue is long, and drops
        the rest without a word (Mosquitto: `max_queued_messages`, 1000).
        """
        self._filters |= dict.fromkeys(filters, qos)
        _, number = self._client.subscribe([(one, self._options(qos)) for one in filters])
        codes = self._awaited(self._granted, number, f"{self._table.url} does not answer a subscription")
        refused = [one for one, code in zip(filters, codes, strict=False) if code >= 128]
        if refused:
            raise OrderRefused(
                f"{self._table.url}: the broker does not let {self._table.user or 'this client'} read {refused[0]}; "
                "its access list decides (docs/mqtt.md)"
            )

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Without waiting."""
        for one in filters:
            self._filters.pop(one, None)
        self._client.unsubscribe(list(filters))

    def publish(self, topic: str, payload: bytes) -> bool:
        """At least once; False where the broker knows nobody who would get it. Raises OrderRefused, NoAnswer."""
        number = self._client.publish(topic, payload, qos=AT_LEAST_ONCE).mid
        code = self._awaited(self._published, number, f"{self._table.url} does not acknowledge what was sent")
        if code >= 128:
            raise OrderRefused(
                f"{self._table.url}: the broker does not let {self._table.user or 'this client'} write to {topic}; "
                "its access list decides (docs/mqtt.md)"
            )
        return bool(code != NO_SUBSCRIBER)

    def next(self, within_s: float) -> Message | None:
        """The next message, or None where none came, or somebody woke us."""
        with self._arrived:
            if not self.inbox and within_s > 0:
                self._arrived.wait_for(lambda: bool(self.inbox), within_s)
            message = self.inbox.popleft() if self.inbox else None
            self._waiting_bytes -= _size(message)
        return message

    def drained(self) -> Iterator[Message]:
        """All that has come."""
        while (message := self.next(0)) is not None:
            yield message

    def done(self, message: Message) -> None:
        """Acknowledges one of a standing connection; the broker sends it again until then."""
        self._client.ack(message.number, message.qos)

    def close(self) -> None:
        self._client.disconnect()
        self.here.leave(self._client)

    def _options(self, qos: int) -> Any:
        from paho.mqtt.subscribeoptions import SubscribeOptions

        return SubscribeOptions(qos=qos)

    def _awaited(self, box: dict[int, Any], number: int | None, what: str) -> Any:
        with self._news:
            if number is None or not self._news.wait_for(lambda: number in box, ACKNOWLEDGED_WITHIN_S):
                raise NoAnswer(f"{what}; is the connection alive?")
            return box.pop(number)

    def _on_connect(self, client: Client, _: Any, __: Any, reason: Any, ___: Any) -> None:
        if reason.is_failure:
            login = f"; user {self._table.user or 'none'}: check the user, its password and the client certificate"
            self._why = f"{str(reason).lower()}{login if reason.value in NO_LOGIN else ''}"
            self._answered()
            return
        self._stood_at_s = self.here.monotonic()
        if self.lost_since is not None:
            self.lost_since = None
            if self._filters:
                client.subscribe([(one, self._options(qos)) for one, qos in self._filters.items()])
        self._answered()

    def _answered(self) -> None:
        with self._news:
            self._is_answered = True
            self._news.notify_all()

    def _on_disconnect(self, client: Client, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        self.is_taken_over = self.is_taken_over or reason.value == TAKEN_OVER
        if self.lost_since is None:
            self.lost_since = self.here.monotonic()
            self._short = self._short + 1 if self.lost_since - self._stood_at_s < SHORT_S else 0
            if self._short == MOST_SHORT and self._standing is None:
                note("the connection ends again and again just after it stood; what does the broker's log say?")
            self.is_thrown_off = self._standing is not None and self._short >= MOST_SHORT
        if self.is_taken_over or self.is_thrown_off:
            client.disconnect()
        self._why = self._why or str(reason).lower()
        self._put(None)

    def _on_message(self, _: Client, __: Any, message: Any) -> None:
        content_type = getattr(message.properties, "ContentType", "")
        at_s, number, qos = self.here.monotonic(), message.mid, message.qos
        self._put(Message(message.topic, message.payload, message.retain, at_s, content_type, number, qos))

    def _put(self, message: Message | None) -> None:
        size = _size(message)
        with self._arrived:
            if self._waiting_bytes + size > MOST_WAITING_BYTES or len(self.inbox) >= MOST_WAITING:
                self.dropped += 1
                return
            self.inbox.append(message)
            self._waiting_bytes += size
            self._arrived.notify_all()

    def _on_subscribe(self, _: Client, __: Any, number: int, reasons: Sequence[Any], ___: Any) -> None:
        with self._news:
            self._granted[number] = [one.value for one in reasons]
            self._news.notify_all()

    def _on_publish(self, _: Client, __: Any, number: int, reason: Any, ___: Any) -> None:
        with self._news:
            self._published[number] = reason.value
            self._news.notify_all()


def _size(message: Message | None) -> int:
    return 0 if message is None else MESSAGE_BYTES + len(message.topic) + len(message.payload)


@contextmanager
def open_link(table: BrokerTable, standing: Standing | None = None, here: Here = THIS_COMPUTER) -> Iterator[Link]:
    """Connected while the block runs. Raises WrongUse, NotReachable, OrderRefused."""
    if not table.is_encrypted and not _is_here(table.host):
        note(f"{table.url} is talked to in the clear: whoever is on the way reads along; write mqtts:// and ca_file")
    client_id = standing.client_id if standing else f"evse-support-{here.token(6)}"
    client = _client(table, client_id, manual_ack=standing is not None)
    link = Link(table, client, here, standing)
    try:
        link.connect()
        yield link
    finally:
        link.close()


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _client(table: BrokerTable, client_id: str, *, manual_ack: bool) -> Client:
    from paho.mqtt.client import Client, MQTTv5
    from paho.mqtt.enums import CallbackAPIVersion

    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv5, manual_ack=manual_ack)
    client.connect_timeout = CONNECT_TIMEOUT_S
    client.reconnect_delay_set(1, LONGEST_RECONNECT_S)
    secret = password(table)
    if table.user:
        client.username_pw_set(table.user, secret.reveal() if secret else None)
    if table.is_encrypted:
        client.tls_set_context(_tls(table))
    return client


def _tls(table: BrokerTable) -> ssl.SSLContext:
    """1.2 and above, the name checked; there is no way around either (security.md S-20). Raises NotReachable."""

    def path(file: Any) -> str | None:
        return None if file is None else str(file.expanduser())

    try:
        context = ssl.create_default_context(cafile=path(table.ca_file))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if table.certificate_file is not None:
            context.load_cert_chain(str(path(table.certificate_file)), path(table.private_key_file))
    except (OSError, ssl.SSLError) as error:
        raise WrongUse(f"the certificates of [broker] cannot be used: {error}; look at the paths") from error
    return context


def _in_words(error: Exception, table: BrokerTable) -> str:
    words: list[tuple[type[Exception], Callable[[Any], str]]] = [
        (
            ssl.SSLCertVerificationError,
            lambda e: f"its certificate is not to be trusted: {e.verify_message}; see ca_file",
        ),
        (ssl.SSLError, lambda e: f"no TLS with it ({e.reason}); is {table.port} the port for mqtts?"),
        (socket.gaierror, lambda _: f"the name {table.host} is not known; check the address and the name service"),
        (ConnectionRefusedError, lambda _: f"nothing listens on {table.host}, port {table.port}; does the broker run?"),
        (
            ConnectionResetError,
            lambda _: (
                f"{table.host}, port {table.port} closes the line at once; "
                f"is that its port for {'mqtts' if table.is_encrypted else 'mqtt'}?"
            ),
        ),
        (TimeoutError, lambda _: f"{table.host} does not answer within {CONNECT_TIMEOUT_S:g} s; is there a way to it?"),
    ]
    for kind, tell in words:
        if isinstance(error, kind):
            return tell(error)
    return str(getattr(error, "strerror", None) or error)
