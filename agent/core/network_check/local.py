"""What is seen of this machine's own network, judged: link, address, route, names. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from agent.core.network_check.model import Finding, Layer, fail, ok, warn
from agent.values import frozen

SLOW_LINK_MBIT = 100
SLOW_LOOKUP_S = 1.0
"""self-tests.md, ST801 and ST803."""


class Medium(Enum):
    WIRED = "cable"
    WIRELESS = "Wi-Fi"
    MODEM = "modem"


@frozen(kw_only=True)
class Interface:
    """One network interface but the machine's own loop. `addresses` without prefix length; `speed_mbit` None: unknown.

    `has_carrier`: at the other end of the cable, or of the radio, there is somebody.
    """

    name: str
    medium: Medium
    has_carrier: bool
    addresses: tuple[str, ...] = ()
    speed_mbit: int | None = None


@frozen(kw_only=True)
class Way:
    """By which interface, and from which address of its own, this machine sends to another one. MTU in bytes."""

    interface: str
    own_address: str
    medium: Medium
    mtu_bytes: int | None = None

    @property
    def words(self) -> str:
        return f"{self.own_address} at {self.interface} ({self.medium.value})"


class Scope(Enum):
    """What kind of address it is: who it is good with."""

    PUBLIC = "public"
    PRIVATE = "private"
    SHARED = "shared by a provider's customers"
    LINK = "of this cable alone"


SHARED = ip_network("100.64.0.0/10")
"""RFC 6598: what a mobile network, or a fibre without an address of its own, gives out."""


def scope(text: str) -> Scope:
    """Of an address of this machine's own."""
    one = ip_address(text.partition("%")[0])
    if one.is_link_local:
        return Scope.LINK
    if one.version == 4 and one in SHARED:
        return Scope.SHARED
    return Scope.PRIVATE if one.is_private else Scope.PUBLIC


def link(interfaces: Sequence[Interface]) -> Finding:
    """Whether anything is plugged in."""
    connected = [one for one in interfaces if one.has_carrier]
    if not interfaces:
        return fail(
            Layer.LINK,
            "this machine has no network interface",
            "look whether the modem or the network adapter is plugged in and its driver is loaded: ip link",
        )
    if not connected:
        names = ", ".join(f"{one.name} ({one.medium.value})" for one in interfaces)
        return fail(Layer.LINK, f"no interface is connected: {names}", _plug_in(interfaces))
    slow = [one for one in connected if one.speed_mbit is not None and 0 < one.speed_mbit < SLOW_LINK_MBIT]
    says = ", ".join(_connected(one) for one in connected)
    if slow:
        return warn(
            Layer.LINK,
            f"{says}; a sound cable gives {SLOW_LINK_MBIT} Mbit/s",
            "look at the plugs of the network cable, or have it measured",
            {"interfaces": [one.name for one in connected]},
        )
    return ok(Layer.LINK, says, {"interfaces": [one.name for one in connected]})


def _plug_in(interfaces: Sequence[Interface]) -> str:
    media = {one.medium for one in interfaces}
    words = {
        Medium.WIRED: "plug in the network cable, or try another port of the switch",
        Medium.WIRELESS: "look at name and password of the Wi-Fi, and whether it reaches the charger",
        Medium.MODEM: "look at SIM card, PIN and antenna of the modem",
    }
    return "; ".join(words[medium] for medium in Medium if medium in media)


def _connected(one: Interface) -> str:
    speed = f", {one.speed_mbit} Mbit/s" if one.speed_mbit and one.speed_mbit > 0 else ""
    return f"{one.name} is connected ({one.medium.value}{speed})"


def address(interfaces: Sequence[Interface]) -> Finding:
    """Whether an interface that is connected has an address that leads beyond the cable."""
    connected = [one for one in interfaces if one.has_carrier]
    usable = [(one.name, text) for one in connected for text in one.addresses if is_usable(text)]
    if usable:
        said = ", ".join(f"{text} at {name}" for name, text in usable)
        return ok(Layer.ADDRESS, said, {"addresses": [text for _, text in usable]})
    names = ", ".join(one.name for one in connected)
    own = [text for one in connected for text in one.addresses if ip_address(text).version == 4]
    if own:
        return fail(
            Layer.ADDRESS,
            f"{names} has only {own[0]}, an address it gave itself because no DHCP server answered",
            "look whether the router gives out addresses (DHCP) at this port, or write a fixed one",
        )
    return fail(
        Layer.ADDRESS,
        f"{names} has no address that leads beyond the cable",
        "look whether the router gives out addresses (DHCP) at this port, or write a fixed one",
    )


def is_usable(text: str) -> bool:
    """Not of the machine itself, and not good on this cable alone."""
    one = ip_address(text)
    return not (one.is_link_local or one.is_loopback or one.is_unspecified or one.is_multicast)


@frozen(kw_only=True)
class Gateway:
    """A router that everything unknown is sent to. `answers`: None where this machine cannot tell."""

    address: str
    interface: str
    answers: bool | None = None


@frozen(kw_only=True)
class Routes:
    """`gateways` in the order of the kernel. `leads_to`: of the places that are wanted next, those with a route."""

    gateways: tuple[Gateway, ...]
    leads_to: tuple[str, ...] = ()


def route(routes: Routes) -> Finding:
    """Whether there is a way out of the local network, and somebody at its beginning."""
    if not routes.gateways:
        if routes.leads_to:
            places = ", ".join(routes.leads_to)
            return warn(
                Layer.ROUTE,
                f"no router is known; {places} can be reached without one",
                "this is right only where the central system stands in the charger's own network",
            )
        return fail(
            Layer.ROUTE,
            "no router is known: there is no way out of the charger's own network",
            "look whether DHCP gives a router (gateway), or write the router's address beside the fixed one",
        )
    dead = [one for one in routes.gateways if one.answers is False]
    names = ", ".join(f"{one.address} at {one.interface}" for one in routes.gateways)
    if len(dead) == len(routes.gateways):
        return fail(
            Layer.ROUTE,
            f"the router does not answer: {names}",
            "compare the router's address with the router itself, and look whether the cable leads to its network",
            {"gateways": [one.address for one in routes.gateways]},
        )
    if dead:
        return warn(
            Layer.ROUTE,
            f"of the routers {names}, {', '.join(one.address for one in dead)} does not answer",
            "take the dead one out of the network settings",
            {"gateways": [one.address for one in routes.gateways]},
        )
    return ok(Layer.ROUTE, f"by router {names}", {"gateways": [one.address for one in routes.gateways]})


class Said(Enum):
    """What one name server said when it was asked directly."""

    ADDRESSES = "knows the name"
    NO_ADDRESS = "knows the name and no address of it"
    UNKNOWN_NAME = "says that there is no such name"
    FAILS = "cannot answer"
    REFUSES = "refuses to answer"
    NOBODY = "is not there: the machine at that address runs no name server"
    SILENT = "does not answer"


@frozen(kw_only=True)
class Lookup:
    """The system's own answer for `host`, and where there was none what each name server said."""

    host: str
    addresses: tuple[str, ...] = ()
    took_s: float = 0.0
    is_timed_out: bool = False
    servers: tuple[tuple[str, Said], ...] = ()


def names(lookup: Lookup) -> Finding:
    """Whether the central system's name leads to an address."""
    if lookup.addresses:
        return _found(lookup)
    said = "; ".join(f"{server} {word.value}" for server, word in lookup.servers)
    words = {word for _, word in lookup.servers}
    if not lookup.servers:
        return fail(
            Layer.DNS,
            f"{lookup.host} is not found: no name server is configured",
            "look whether DHCP gives a name server, or write one into /etc/resolv.conf",
        )
    says, values = f"{lookup.host} is not found: {said}", {"servers": [server for server, _ in lookup.servers]}
    if Said.UNKNOWN_NAME in words or Said.NO_ADDRESS in words:
        then = (
            "compare the name in ocpp.url, letter by letter, with the operator's; "
            "if it is right, look which name server the router gives, and have it give one that knows the name"
        )
        return fail(Layer.DNS, says, then, values)
    if Said.ADDRESSES in words:
        then = "the name servers disagree, or answer late; take those that fail out of the network settings"
        return fail(Layer.DNS, says, then, values)
    if words & {Said.FAILS, Said.REFUSES}:
        then = "try another name server, or ask whoever runs this one"
        return fail(Layer.DNS, says, then, values)
    then = "compare the address of the name server with the router's, and look whether a firewall stops port 53"
    return fail(Layer.DNS, says, then, values)


def _found(lookup: Lookup) -> Finding:
    says = f"{lookup.host} is {', '.join(lookup.addresses)}, after {1000 * lookup.took_s:.0f} ms"
    values = {"addresses": list(lookup.addresses), "took_ms": round(1000 * lookup.took_s)}
    if lookup.took_s > SLOW_LOOKUP_S:
        then = "a name server that is asked first may be dead; take it out of the network settings"
        return warn(Layer.DNS, f"{says}, which is slow", then, values)
    return ok(Layer.DNS, says, values)


def is_numeric(host: str) -> bool:
    """An address, which nobody needs to be asked for."""
    return _address(host) is not None


def is_this_machine(host: str) -> bool:
    """By its own loop: no cable is needed."""
    found = _address(host)
    return host.lower().rstrip(".") in ("localhost", "ip6-localhost") or (found is not None and found.is_loopback)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
