"""The Wi-Fi: what its kernel driver tells by ioctl, and which networks are heard, by a program that may look.

The unit of the service lets the agent speak no netlink, which `iw` needs. It may use ioctl, and ask NetworkManager by
`nmcli`.
"""

from __future__ import annotations

import array
import fcntl
import re
import socket
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.core.network_check.local import Interface, Medium
from agent.core.network_check.radio import Wifi
from agent.core.network_check.scan import Heard
from agent.errors import NotTold
from agent.host.own_link import level_dbm
from agent.host.programs import told_by

WIRELESS = Path("/proc/thread-self/net/wireless")
NAME_BYTES, REQUEST_BYTES = 16, 32
GET_FREQUENCY, GET_NAME, GET_RATE = 0x8B05, 0x8B1B, 0x8B21
"""SIOCGIWFREQ, SIOCGIWESSID, SIOCGIWRATE (linux/wireless.h)."""
LONGEST_NAME = 32
LARGEST_CHANNEL = 1000
"""Below, the kernel's driver tells a channel and no frequency."""
SCAN_WITHIN_S = 15.0
MOST_HEARD = 40
LAST_LOOK = "nmcli, as it heard them last"
FIELDS = "IN-USE,SSID,FREQ,SIGNAL,SECURITY"
TERSE_FIELD = re.compile(r"(?:\\.|[^\\:])*")
ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})")


def wifis(interfaces: Sequence[Interface]) -> tuple[Wifi, ...]:
    """Those of `interfaces` that are Wi-Fi, with what each says of its link."""
    return tuple(of(one.name) for one in interfaces if one.medium is Medium.WIRELESS)


def of(interface: str) -> Wifi:
    """What its driver tells; nothing of an interface that is no Wi-Fi."""
    return Wifi(
        interface=interface,
        name=_network(interface),
        level_dbm=level_dbm(interface, _table()),
        rate_mbit=_rate_mbit(interface),
        frequency_mhz=_frequency_mhz(interface),
    )


def _table() -> str:
    try:
        return WIRELESS.read_text(encoding="ascii", errors="replace")
    except OSError:  # a kernel without a Wi-Fi has no such table
        return ""


def _network(interface: str) -> str | None:
    room = array.array("B", bytes(LONGEST_NAME + 1))
    answer = _asked(interface, GET_NAME, struct.pack("PHH", room.buffer_info()[0], LONGEST_NAME + 1, 0))
    if answer is None:
        return None
    _, length, is_on = struct.unpack_from("PHH", answer)
    return readable(room.tobytes()[: min(length, LONGEST_NAME)]) if is_on and length else None


def _rate_mbit(interface: str) -> float | None:
    answer = _asked(interface, GET_RATE, b"")
    rate = 0 if answer is None else int(struct.unpack_from("=i", answer)[0])
    return rate / 1e6 if rate > 0 else None


def _frequency_mhz(interface: str) -> int | None:
    answer = _asked(interface, GET_FREQUENCY, b"")
    if answer is None:
        return None
    mantissa, exponent = struct.unpack_from("=ih", answer)
    return frequency_mhz(int(mantissa), int(exponent))


def frequency_mhz(mantissa: int, exponent: int) -> int | None:
    """Of struct iw_freq, in Hz; None for a channel's number, and for nothing."""
    if not 0 <= exponent <= 9 or mantissa <= 0 or mantissa * 10**exponent < LARGEST_CHANNEL:
        return None
    return round(float(mantissa * 10**exponent) / 1e6)


def _asked(interface: str, request: int, value: bytes) -> bytes | None:
    """The union of struct iwreq; None where the interface has no such answer."""
    whole = struct.pack(f"{NAME_BYTES}s", interface.encode()[: NAME_BYTES - 1]) + value
    buffer = array.array("b", whole.ljust(REQUEST_BYTES, b"\0"))
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            fcntl.ioctl(one, request, buffer)
    except OSError:
        return None
    return buffer.tobytes()[NAME_BYTES:]


def readable(name: bytes) -> str | None:
    """A network's name is octets of anybody's choice; None for a hidden one, which is all zeros."""
    text = name.decode("utf-8", errors="replace")
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return shown if name.strip(b"\0") else None


# Who is heard.


async def heard(interface: str, within_s: float = SCAN_WITHIN_S) -> tuple[str, tuple[Heard, ...]]:
    """Who looked, and the networks, the strongest first. Raises NotTold with why nobody could look.

    NetworkManager may keep a service from looking around, and still tell what it heard last.
    """
    problems: list[str] = []
    for program, command, read in (
        ("nmcli", _nmcli(interface, "yes"), by_nmcli),
        ("iw", ("iw", "dev", interface, "scan"), by_iw),
        (LAST_LOOK, _nmcli(interface, "no"), by_nmcli),
    ):
        try:
            found = list(read(await told_by(command, within_s)))
        except NotTold as why:
            problems.append(str(why))
            continue
        return program, tuple(sorted(found, key=lambda one: -one.strength)[:MOST_HEARD])
    raise NotTold("; ".join(dict.fromkeys(problems)))


def _nmcli(interface: str, rescan: str) -> tuple[str, ...]:
    return ("nmcli", "-t", "-f", FIELDS, "device", "wifi", "list", "ifname", interface, "--rescan", rescan)


def by_nmcli(said: str) -> Iterator[Heard]:
    """A line each, its fields between colons; a colon inside one has a backslash before it (nmcli(1), --terse)."""
    for line in said.splitlines():
        row = list(_fields(line))
        if len(row) == 5 and row[3].isdecimal():
            yield Heard(
                name=readable(row[1].encode()) if row[1] else None,
                frequency_mhz=_first_number(row[2]),
                signal_percent=min(100, int(row[3])),
                security=row[4].strip() or "none",
                is_own=row[0] == "*",
            )


def _fields(line: str) -> Iterator[str]:
    at = 0
    while at <= len(line):
        found = TERSE_FIELD.match(line, at)
        assert found is not None  # it matches nothing at all as well
        yield re.sub(r"\\(.)", r"\1", found[0])
        at = found.end() + 1


def by_iw(said: str) -> Iterator[Heard]:
    """A block for each station, which begins with BSS."""
    for block in re.split(r"^BSS ", said, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        fields: dict[str, str] = {}
        for line in body.splitlines():
            key, colon, value = line.strip().partition(":")
            if colon and line.startswith("\t") and not line.startswith("\t\t"):
                fields.setdefault(key, value.strip())
        level = re.match(r"-?\d+(\.\d+)?", fields.get("signal", ""))
        if level is None:
            continue
        yield Heard(
            name=readable(_octets(fields.get("SSID", ""))),
            frequency_mhz=_first_number(fields.get("freq", "")),
            level_dbm=float(level[0]),
            security=_security(fields),
            is_own="associated" in head,
        )


def _octets(text: str) -> bytes:
    """iw writes what it cannot show as \\xNN."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).encode("latin-1", errors="replace")


def _security(fields: dict[str, str]) -> str:
    if "RSN" in fields:
        return "WPA2 or newer"
    if "WPA" in fields:
        return "WPA"
    return "WEP" if "Privacy" in fields.get("capability", "") else "none"


def _first_number(text: str) -> int | None:
    found = re.match(r"\d+", text.strip())
    return int(found[0]) if found else None
