"""Facts about this machine's network, from the kernel's own files: no program is started, no right is needed.

The unit of the service lets the agent speak IPv4, IPv6 and local sockets, and no netlink; so addresses come from
/proc and from one ioctl, and not from where `ip` has them.
"""

from __future__ import annotations

import array
import asyncio
import fcntl
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from agent.core.network_check.local import Gateway, Interface, Medium, Way
from agent.host.reaching import family_of

INTERFACES = Path("/sys/class/net")
KERNEL = Path("/proc/thread-self/net")
"""Not /proc/net, which a sandbox may hide."""
SIOCGIFCONF, SIOCGIFADDR = 0x8912, 0x8915
NAME_BYTES, IFREQ_BYTES = 16, 40
LISTED_BYTES = NAME_BYTES + (24 if struct.calcsize("P") == 8 else 16)
"""sizeof(struct ifreq) of this machine: in a list it counts."""
MOST_ADDRESSES = 64
UP, BY_GATEWAY, REJECTS = 0x1, 0x2, 0x200
"""Flags of a route (linux/route.h)."""
ARP_COMPLETE = 0x2
TENTATIVE = 0x40 | 0x08
"""Flags of an IPv6 address that may not be used yet, or is somebody else's (linux/if_addr.h)."""
DISCARD_PORT = 9
NOBODY, NOBODY_IPV6 = "192.0.2.1", "2001:db8::1"
LOOKS_AT_ARP_EVERY_S = 0.05


def interfaces() -> tuple[Interface, ...]:
    """Every network interface but the loop, in the order of its name."""
    try:
        names = sorted(one.name for one in INTERFACES.iterdir() if (one / "type").exists())
    except OSError:
        return ()
    by_name = dict(_grouped(ipv6_addresses(_text(KERNEL / "if_inet6"))))
    return tuple(
        Interface(
            name=name,
            medium=medium_of(name),
            has_carrier=_text(INTERFACES / name / "carrier").strip() == "1",
            addresses=(*_ipv4_address(name), *by_name.get(name, ())),
            speed_mbit=_number(_text(INTERFACES / name / "speed")),
        )
        for name in names
        if name != "lo"
    )


def gateways() -> tuple[Gateway, ...]:
    """The routers of the default routes; whether they answer is not known yet."""
    found = (*ipv4_gateways(_text(KERNEL / "route")), *ipv6_gateways(_text(KERNEL / "ipv6_route")))
    return tuple(dict.fromkeys(found))


def has_route_to(address: str) -> bool:
    """Whether the kernel knows a way; nothing is sent."""
    try:
        with socket.socket(family_of(address), socket.SOCK_DGRAM) as one:
            one.connect((address, DISCARD_PORT))
    except OSError:
        return False
    return True


def way_to(address: str) -> Way | None:
    """By what the kernel would send to `address`; None where there is no way. Nothing is sent."""
    try:
        with socket.socket(family_of(address), socket.SOCK_DGRAM) as one:
            one.connect((address, DISCARD_PORT))
            own = str(one.getsockname()[0]).partition("%")[0]
    except OSError:
        return None
    by_address = {text: name for name, text in (*_ipv4_addresses(), *ipv6_addresses(_text(KERNEL / "if_inet6")))}
    name = by_address.get(own)
    if name is None:
        return None
    mtu = _number(_text(INTERFACES / name / "mtu"))
    return Way(interface=name, own_address=own, medium=medium_of(name), mtu_bytes=mtu)


def way_out() -> Way | None:
    """By the default route: to a place that nobody has (RFC 5737, RFC 3849). Nothing is sent."""
    return way_to(NOBODY) or way_to(NOBODY_IPV6)


async def roused(gateway: Gateway, within_s: float) -> Gateway:
    """The same with whether it answers the kernel's question for its hardware address.

    None stays where there is no such question: a modem, IPv6. Waiting ends with the first answer.
    """
    if ":" in gateway.address or gateway.address == "0.0.0.0":  # noqa: S104 - a modem's router has no address
        return gateway
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"", (gateway.address, DISCARD_PORT))
    answers: bool | None = None
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while answers is not True:
                answers = arp_answer(_text(KERNEL / "arp"), gateway)
                await asyncio.sleep(LOOKS_AT_ARP_EVERY_S)
    return Gateway(address=gateway.address, interface=gateway.interface, answers=answers)


# As the kernel writes it.


def ipv4_gateways(table: str) -> Iterator[Gateway]:
    """Of /proc/net/route: hexadecimal words in the byte order of the machine that wrote it, least metric first."""
    rows = [row for row in (line.split() for line in table.splitlines()[1:]) if len(row) >= 8]
    defaults = [row for row in rows if row[1] == row[7] == "00000000" and int(row[3], 16) & UP]
    for row in sorted(defaults, key=lambda row: int(row[6])):
        is_way_out = int(row[3], 16) & REJECTS == 0
        if is_way_out:
            yield Gateway(address=str(IPv4Address(struct.pack("=I", int(row[2], 16)))), interface=row[0])


def ipv6_gateways(table: str) -> Iterator[Gateway]:
    """Of /proc/net/ipv6_route."""
    for row in (line.split() for line in table.splitlines()):
        if len(row) < 10 or row[0].strip("0") or row[1] != "00":
            continue
        flags = int(row[8], 16)
        if flags & UP and not flags & REJECTS and flags & BY_GATEWAY:
            yield Gateway(address=str(IPv6Address(bytes.fromhex(row[4]))), interface=row[9])


def ipv6_addresses(table: str) -> Iterator[tuple[str, str]]:
    """Of /proc/net/if_inet6: interface and address of each that may be used."""
    for row in (line.split() for line in table.splitlines()):
        if len(row) == 6 and not int(row[4], 16) & TENTATIVE:
            yield row[5], str(IPv6Address(bytes.fromhex(row[0])))


def arp_answer(table: str, gateway: Gateway) -> bool | None:
    """Of /proc/net/arp; None where the kernel did not ask."""
    for row in (line.split() for line in table.splitlines()[1:]):
        if len(row) >= 6 and row[0] == gateway.address and row[5] == gateway.interface:
            return bool(int(row[2], 16) & ARP_COMPLETE)
    return None


# Inside.


def medium_of(name: str, root: Path = INTERFACES) -> Medium:
    """By the folders that a radio's driver makes, and by the names that the kernel gives to modems."""
    if (root / name / "wireless").exists() or (root / name / "phy80211").exists():
        return Medium.WIRELESS
    return Medium.MODEM if name.startswith(("ppp", "wwan", "wwp", "rmnet")) else Medium.WIRED


def _ipv4_address(name: str) -> tuple[str, ...]:
    """The first one; more than that nobody gives a charger."""
    request = array.array("b", struct.pack(f"{NAME_BYTES}s{IFREQ_BYTES - NAME_BYTES}x", name.encode()[:15]))
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            fcntl.ioctl(one, SIOCGIFADDR, request)
    except OSError:
        return ()
    return (socket.inet_ntoa(request.tobytes()[20:24]),)


def _ipv4_addresses() -> Iterator[tuple[str, str]]:
    """Interface and address of each: an interface may have several. A label behind a colon is the same interface."""
    room = array.array("b", bytes(MOST_ADDRESSES * LISTED_BYTES))
    request = array.array("b", struct.pack("iP", len(room), room.buffer_info()[0]))
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            fcntl.ioctl(one, SIOCGIFCONF, request)
    except OSError:
        return
    (used,) = struct.unpack_from("i", request)
    whole = room.tobytes()[:used]
    for at in range(0, len(whole), LISTED_BYTES):
        name = whole[at : at + NAME_BYTES].split(b"\0")[0].decode(errors="replace").partition(":")[0]
        yield name, socket.inet_ntoa(whole[at + 20 : at + 24])


def _grouped(pairs: Iterator[tuple[str, str]]) -> Iterator[tuple[str, Sequence[str]]]:
    found: dict[str, list[str]] = {}
    for name, address in pairs:
        found.setdefault(name, []).append(address)
    yield from found.items()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError:  # an interface that is down tells neither carrier nor speed
        return ""


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isdecimal() else None
