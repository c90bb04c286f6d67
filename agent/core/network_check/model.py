"""What a check of the network comes to: a finding for each layer, from the plug to the central system. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from agent.values import frozen

Values = Mapping[str, object]
NO_VALUES: Values = {}


class Layer(Enum):
    """In the order in which each rests on the one before."""

    SETTINGS = "settings"
    RADIO = "radio"
    LINK = "link"
    ADDRESS = "address"
    ROUTE = "route"
    DNS = "dns"
    PORTAL = "portal"
    TIME_SERVER = "time_server"
    CLOCK = "clock"
    TCP = "tcp"
    PACKETS = "packets"
    TLS = "tls"
    UPGRADE = "upgrade"
    SUBPROTOCOL = "subprotocol"
    BOOT = "boot"
    ROUND_TRIP = "round_trip"

    @property
    def words(self) -> str:
        """As a person knows it."""
        return _WORDS[self]


_WORDS = {
    Layer.SETTINGS: "settings",
    Layer.RADIO: "radio",
    Layer.LINK: "link",
    Layer.ADDRESS: "address",
    Layer.ROUTE: "route",
    Layer.DNS: "name server",
    Layer.PORTAL: "captive portal",
    Layer.TIME_SERVER: "time server",
    Layer.CLOCK: "clock",
    Layer.TCP: "TCP connection",
    Layer.PACKETS: "packet size",
    Layer.TLS: "TLS",
    Layer.UPGRADE: "websocket",
    Layer.SUBPROTOCOL: "OCPP version",
    Layer.BOOT: "registration",
    Layer.ROUND_TRIP: "round trip",
}


class Verdict(Enum):
    """WARN: it works, or may; somebody should know. SKIPPED: not looked at, and why."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


class Sign(Enum):
    """What a finding says beyond its words, where the blame of another layer hangs on it."""

    NONE = ""
    DATE = "date"
    """A certificate is not good for its dates, by the clock that judged it."""
    STRANGER = "stranger"
    """Somebody else answers: another certificate than the one that is wanted, or no TLS at all."""
    LOGIN_PAGE = "login_page"
    """Plain HTTP is answered by somebody who leads away from where it was asked."""
    NO_NETWORK = "no_network"
    """A modem is in no mobile network, so nothing goes by it."""


@frozen(kw_only=True)
class Finding:
    """One layer. `says` tells what was seen, `next` what to do about it; both for the person on site.

    `values` hold what was measured; units end their names.
    """

    layer: Layer
    verdict: Verdict
    says: str
    next: str = ""
    sign: Sign = Sign.NONE
    values: Values = field(default_factory=dict)


def ok(layer: Layer, says: str, values: Values = NO_VALUES) -> Finding:
    return Finding(layer=layer, verdict=Verdict.OK, says=says, values=values)


def warn(layer: Layer, says: str, next: str, values: Values = NO_VALUES, *, sign: Sign = Sign.NONE) -> Finding:
    return Finding(layer=layer, verdict=Verdict.WARN, says=says, next=next, sign=sign, values=values)


def fail(layer: Layer, says: str, next: str, values: Values = NO_VALUES, *, sign: Sign = Sign.NONE) -> Finding:
    return Finding(layer=layer, verdict=Verdict.FAIL, says=says, next=next, sign=sign, values=values)


def skipped(layer: Layer, why: str) -> Finding:
    return Finding(layer=layer, verdict=Verdict.SKIPPED, says=why)


def span(seconds: float) -> str:
    """A length of time as one says it."""
    for size_s, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size_s:
            return f"{seconds / size_s:.0f} {unit}"
    return f"{seconds:.0f} s"
