"""What the charger's own connection says, judged: websocket, OCPP version, registration, round trip. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.core.network_check.model import Finding, Layer, Sign, Values, fail, ok, skipped, span, warn
from agent.values import frozen

SLOW_TRIP_S = 2.0
"""self-tests.md, ST809."""

_ASK = "show this to the operator of the central system"
_LOGIN = "compare identity and password, letter by letter, with what the operator has for this charger"
OF_CAUSE: dict[str, tuple[Layer, str]] = {
    "configuration": (Layer.SETTINGS, "mend what is named, in the site file or where it says"),
    "dns": (Layer.DNS, "the name was found a moment ago: a name server comes and goes; repeat this check"),
    "unreachable": (Layer.TCP, "it was reached a moment ago: the way comes and goes; repeat this check"),
    "refused": (Layer.TCP, "it was reached a moment ago: the central system may be starting; repeat this check"),
    "connect_timeout": (
        Layer.UPGRADE,
        "the connection stands and its websocket is not opened: ask the operator, or whoever runs a proxy between",
    ),
    "certificate": (Layer.TLS, "repeat this check; different machines may answer at this name"),
    "tls": (Layer.TLS, _ASK),
    "tls_version": (Layer.TLS, _ASK),
    "tls_ciphers": (Layer.TLS, _ASK),
    "own_certificate": (Layer.TLS, "compare the charger's certificate with what the operator knows of it"),
    "not_websocket": (
        Layer.UPGRADE,
        "compare ocpp.url with the operator's; a proxy or firewall between does this, too",
    ),
    "redirected": (Layer.UPGRADE, "write the address it leads to into ocpp.url, if it is the operator's"),
    "unauthorized": (Layer.UPGRADE, _LOGIN),
    "unknown_identity": (
        Layer.UPGRADE,
        "compare path and identity in ocpp.url with what the operator has written down",
    ),
    "unavailable": (Layer.UPGRADE, "the way is open; ask the operator when the central system is back"),
    "http_status": (Layer.UPGRADE, _ASK),
    "subprotocol": (Layer.SUBPROTOCOL, "ask the operator for the address that speaks this version of OCPP"),
    "closed_by_peer": (Layer.BOOT, "ask the operator why; another charger may have the same identity"),
    "too_big": (Layer.BOOT, _ASK),
    "peer_broke_protocol": (Layer.BOOT, _ASK),
    "line_lost": (Layer.ROUND_TRIP, "the line breaks: look at signal and plugs, and repeat this check"),
    "ping_unanswered": (Layer.ROUND_TRIP, "the line breaks: look at signal and plugs, and repeat this check"),
    "calls_unanswered": (Layer.BOOT, "the central system opens connections and does not work; ask its operator"),
    "stuck": (Layer.ROUND_TRIP, "the central system takes nothing in; ask its operator"),
    "reconnects": (Layer.UPGRADE, "the charger changes its connection just now; repeat this check in a moment"),
    "stopped": (Layer.UPGRADE, "the charger is about to end; repeat this check when it is back"),
}
"""By the names of the agent's causes (ocpp_client/causes.py): the layer, and what to do."""
PORTALS_DO = frozenset({"redirected", "not_websocket", "http_status"})


@frozen(kw_only=True)
class LinkSeen:
    """The charger's own connection. Not open: because of `cause`, in words `sentence`; "" where nobody tried.

    `registration` as the central system said it, "" before its answer. `asks_registration`: this look can see it.
    `trips_s`: pings over it; `call_s`: how long the latest message that was answered took.
    `is_answered`: whether a message that was sent for this look was answered; None where none was. `quiet_s`: since the
    last answer to any message.
    """

    is_open: bool
    cause: str = ""
    sentence: str = ""
    subprotocol: str = ""
    registration: str = ""
    asks_registration: bool = True
    trips_s: Sequence[float] = ()
    call_s: float | None = None
    is_answered: bool | None = None
    quiet_s: float | None = None
    why_not_tried: str = ""


def own_link(seen: LinkSeen) -> Iterator[Finding]:
    """From the websocket on, up to the first that fails."""
    if not seen.is_open:
        yield _closed(seen)
        return
    yield ok(Layer.UPGRADE, "open")
    yield ok(Layer.SUBPROTOCOL, f"{seen.subprotocol} is agreed", {"subprotocol": seen.subprotocol})
    yield _registration(seen)
    yield _round_trip(seen)


def _closed(seen: LinkSeen) -> Finding:
    if seen.why_not_tried:
        return skipped(Layer.UPGRADE, seen.why_not_tried)
    if not seen.cause:
        says = "the charger did not come to a connection in time"
        return fail(
            Layer.UPGRADE, says, "the websocket is not opened: ask the operator, or whoever runs a proxy between"
        )
    layer, then = OF_CAUSE.get(seen.cause, (Layer.UPGRADE, _ASK))
    sign = Sign.STRANGER if seen.cause in PORTALS_DO else Sign.NONE
    return fail(layer, seen.sentence, then, {"cause": seen.cause}, sign=sign)


def _registration(seen: LinkSeen) -> Finding:
    said = {"registration": seen.registration or None}
    match seen.registration:
        case _ if not seen.asks_registration:
            return skipped(Layer.BOOT, "asked by the running agent only")
        case "Accepted":
            return ok(Layer.BOOT, "the central system accepted this charger", said)
        case "Pending":
            says = "the central system knows this charger and has not released it yet (Pending)"
            return fail(Layer.BOOT, says, "ask the operator to release it", said)
        case "Rejected":
            says = "the central system rejects this charger (Rejected)"
            return fail(
                Layer.BOOT, says, "have the operator enter this charger, with its identity and serial number", said
            )
        case "":
            says = "the central system opens the connection and does not answer BootNotification"
            return fail(
                Layer.BOOT,
                says,
                "ask the operator; the proxy may run, and what is behind it may not",
                said | {"cause": "mute"},
            )
        case other:
            return fail(Layer.BOOT, f'the central system answers "{other}" to BootNotification', _ASK, said)


def _round_trip(seen: LinkSeen) -> Finding:
    call = "" if seen.call_s is None else f"; the latest message was answered after {1000 * seen.call_s:.0f} ms"
    values = {"pings_ms": [round(1000 * one, 1) for one in seen.trips_s]}
    if not seen.trips_s:
        then = "look at signal and plugs; a proxy that eats pings does this, too: WebSocketPingInterval 0 helps then"
        return fail(Layer.ROUND_TRIP, "a ping over the open connection is not answered", then, values)
    if seen.is_answered is False:
        return _mute(seen, values)
    worst_s = max(seen.trips_s)
    pings = "1 ping" if len(seen.trips_s) == 1 else f"{len(seen.trips_s)} pings"
    says = f"{pings}, the slowest {1000 * worst_s:.0f} ms{call}"
    if worst_s > SLOW_TRIP_S:
        return warn(Layer.ROUND_TRIP, says, "the network is slow: look at the signal, or who else uses it", values)
    return ok(Layer.ROUND_TRIP, says, values)


def _mute(seen: LinkSeen, values: Values) -> Finding:
    """Pings say that a websocket is there, and nothing of who works behind it."""
    last = "" if seen.quiet_s is None else f"; the last answer came {span(seen.quiet_s)} ago"
    says = f"pings come back, but messages are not answered by the central system{last}"
    then = "ask the operator of the central system; the proxy may run, and what is behind it may not"
    return fail(Layer.ROUND_TRIP, says, then, {**values, "cause": "mute"})
