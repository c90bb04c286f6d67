"""Counters of the interface by which the charger reaches the world, and the signal where it is a radio."""

from __future__ import annotations

import re
from pathlib import Path

from agent.core.commissioning.model import Quantity
from agent.host.files import known, listed, number_of, text_of
from agent.host.name_servers import name_servers
from agent.host.network import ipv4_gateways, ipv6_addresses

LEVEL = re.compile(r"-\d{1,3}")
KERNEL = "proc/thread-self/net"
COUNTED = ("rx_packets", "tx_packets")
ERRORS = ("rx_errors", "tx_errors", "rx_crc_errors", "tx_carrier_errors", "collisions")


def link(root: Path) -> dict[str, Quantity]:
    """interface, carrier, speed_mbit, duplex; packets and errors since it came up; rssi_dbm of a radio.

    Empty where there is no interface but the machine's own loop.
    """
    name = _way_out(root)
    if name is None:
        return {}
    own = root / "sys/class/net" / name
    counts = {one: number_of(own / "statistics" / one) for one in (*COUNTED, *ERRORS)}
    speed = number_of(own / "speed")
    return known(
        interface=name,
        carrier=number_of(own / "carrier") == 1,
        speed_mbit=speed if speed is not None and speed > 0 else None,
        duplex=text_of(own / "duplex"),
        packets=_sum(counts, COUNTED),
        errors=_sum(counts, ERRORS),
        rssi_dbm=level_dbm(name, text_of(root / KERNEL / "wireless") or ""),
    )


def address(root: Path) -> dict[str, Quantity]:
    """gateways and ipv6_addresses as the kernel has them, one text each."""
    gateways = ", ".join(f"{one.address} at {one.interface}" for one in ipv4_gateways(_kernel(root, "route")))
    own = ", ".join(f"{text} at {name}" for name, text in ipv6_addresses(_kernel(root, "if_inet6")) if name != "lo")
    return known(gateways=gateways or None, ipv6_addresses=own or None)


def names(root: Path) -> dict[str, Quantity]:
    """name_servers of this machine, as one text."""
    return known(name_servers=", ".join(name_servers(text_of(root / "etc/resolv.conf") or "")) or None)


def _kernel(root: Path, file: str) -> str:
    return text_of(root / KERNEL / file) or ""


def _way_out(root: Path) -> str | None:
    """The interface of the default route, else the first that is connected, else the first."""
    for gateway in ipv4_gateways(_kernel(root, "route")):
        return gateway.interface
    found = [one.parent.name for one in listed(root / "sys/class/net", "*/type") if one.parent.name != "lo"]
    connected = [name for name in found if number_of(root / "sys/class/net" / name / "carrier") == 1]
    return next(iter((*connected, *found)), None)


def _sum(counts: dict[str, int | None], names: tuple[str, ...]) -> int | None:
    told = [count for name in names if (count := counts[name]) is not None]
    return sum(told) if told else None


def level_dbm(name: str, table: str) -> float | None:
    """Of /proc/net/wireless; a level above zero is no dBm but a driver's own scale."""
    for line in table.splitlines():
        interface, colon, rest = line.partition(":")
        row = rest.split()
        if colon and interface.strip() == name and len(row) >= 3:
            level = row[2].rstrip(".")
            return float(level) if LEVEL.fullmatch(level) else None
    return None
