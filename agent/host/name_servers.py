"""Names: as the system finds them, and what each of its name servers says when it is asked directly (RFC 1035)."""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path

from agent.core.network_check.local import Lookup, Said
from agent.drivers.aside import Aside
from agent.host.reaching import family_of

RESOLV_CONF = Path("/etc/resolv.conf")
DNS_PORT = 53
LARGEST_ANSWER_BYTES = 4096
HEADER = struct.Struct("!HHHHHH")
RECURSION_DESIRED, IS_ANSWER = 0x0100, 0x8000
OF_INTERNET = 1
NO_ERROR, NO_SUCH_NAME, REFUSED = 0, 3, 5
RECORD_A, RECORD_AAAA = 1, 28


async def look_up(host: str, within_s: float, server_within_s: float, number: int) -> Lookup:
    """As any program on this machine would find `host`; where it is not found, what each name server says.

    `number`, 0 to 65535 and hard to guess, marks the questions.
    """
    loop = asyncio.get_running_loop()
    began_s, is_timed_out = loop.time(), False
    addresses: tuple[str, ...] = ()
    try:
        # Beside the loop and left behind where it hangs: the library asks each dead server for five seconds, twice.
        addresses = await Aside().call(lambda: _found(host), within_s)
    except TimeoutError:
        is_timed_out = True
    except (OSError, UnicodeError):
        pass
    took_s = loop.time() - began_s
    if addresses:
        return Lookup(host=host, addresses=addresses, took_s=took_s)
    servers = configured()
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(_said(server, host, server_within_s, number)) for server in servers]
    said = tuple(zip(servers, (one.result() for one in asked), strict=True))
    return Lookup(host=host, took_s=took_s, is_timed_out=is_timed_out, servers=said)


def configured() -> tuple[str, ...]:
    """The name servers of this machine."""
    return name_servers(_resolv_conf())


def _found(host: str) -> tuple[str, ...]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def _resolv_conf() -> str:
    try:
        return RESOLV_CONF.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def name_servers(text: str) -> tuple[str, ...]:
    """The servers that resolv.conf(5) names: the first three count."""
    rows = (line.split() for line in text.splitlines())
    return tuple(row[1] for row in rows if len(row) >= 2 and row[0] == "nameserver")[:3]


async def _said(server: str, host: str, within_s: float, number: int) -> Said:
    """By IPv4 addresses first; a host may have IPv6 ones alone."""
    said = await _asked(server, question(host, RECORD_A, number), within_s)
    if said is not Said.NO_ADDRESS:
        return said
    return await _asked(server, question(host, RECORD_AAAA, number), within_s)


async def _asked(server: str, message: bytes, within_s: float) -> Said:
    loop = asyncio.get_running_loop()
    try:
        with socket.socket(family_of(server), socket.SOCK_DGRAM) as one:
            one.setblocking(False)
            async with asyncio.timeout(within_s):
                await loop.sock_connect(one, (server.partition("%")[0], DNS_PORT))
                await loop.sock_sendall(one, message)
                while True:
                    said = answer(await loop.sock_recv(one, LARGEST_ANSWER_BYTES), message)
                    if said is not None:
                        return said
    except ConnectionRefusedError:
        return Said.NOBODY
    except OSError:  # TimeoutError is one
        return Said.SILENT


def question(host: str, record: int, number: int) -> bytes:
    """For the addresses of `host`. Raises UnicodeError for what is no name."""
    labels = host.rstrip(".").encode("idna").split(b".")
    if any(not 0 < len(label) < 64 for label in labels):
        raise UnicodeError(f"{host} is no name")
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return HEADER.pack(number, RECURSION_DESIRED, 1, 0, 0, 0) + name + struct.pack("!HH", record, OF_INTERNET)


def answer(message: bytes, asked: bytes) -> Said | None:
    """What a server said; None where it is no answer to `asked`."""
    if len(message) < HEADER.size or message[:2] != asked[:2]:
        return None
    _, flags, _, answers, _, _ = HEADER.unpack_from(message)
    if not flags & IS_ANSWER:
        return None
    match flags & 0xF:
        case code if code == NO_ERROR:
            return Said.ADDRESSES if answers else Said.NO_ADDRESS
        case code if code == NO_SUCH_NAME:
            return Said.UNKNOWN_NAME
        case code if code == REFUSED:
            return Said.REFUSES
        case _:
            return Said.FAILS
