"""The paho client of one connection, on bytes that are open already."""

from __future__ import annotations

import ssl
from typing import Any

from paho.mqtt.client import Client as Paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.secret import Secret
from agent.telemetry.wire import Wire
from agent.values import frozen

SESSION_EXPIRY_S = 3600
RECEIVE_MAXIMUM = 4
"""Messages the broker may have under way to us."""


@frozen(kw_only=True)
class Login:
    """Where to connect, and as whom."""

    host: str
    port: int
    client_id: str
    context: ssl.SSLContext | None
    username: str | None = None
    password: Secret | None = None
    keep_alive_s: float


@frozen(kw_only=True)
class Will:
    topic: str
    payload: bytes


class _OverWire(Paho):
    """paho on a connection that is open already."""

    wire: Wire

    def _create_socket(self) -> Any:
        return self.wire


def client_of(login: Login, will: Will, wire: Wire, largest: int) -> Paho:
    """Its `reconnect` sends CONNECT over `wire`. `largest`: the packet that the broker may send."""
    paho = _OverWire(
        CallbackAPIVersion.VERSION2,
        client_id=login.client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
        reconnect_on_failure=False,
    )
    paho.wire = wire
    wanted = properties_of(PacketTypes.CONNECT)
    wanted.SessionExpiryInterval = SESSION_EXPIRY_S
    wanted.ReceiveMaximum = RECEIVE_MAXIMUM
    wanted.MaximumPacketSize = largest
    paho.will_set(will.topic, will.payload, qos=1, retain=True)
    if login.username is not None:
        paho.username_pw_set(login.username, login.password.reveal() if login.password is not None else None)
    paho.max_inflight_messages_set(0)
    # The last word on both was said above: connect_async only notes them, and `reconnect` opens nothing itself.
    paho.connect_async(login.host, login.port, round(login.keep_alive_s), clean_start=False, properties=wanted)
    return paho


def properties_of(kind: int) -> Properties:
    """Empty ones of a kind of packet (paho's own are not typed)."""
    made: Any = Properties
    found: Properties = made(kind)
    return found
