"""One question to a time server (RFC 5905, client mode; a single exchange as its section 14 has it), and its answer.

The question carries no time of ours: what stands in the place of it is chance, comes back, and proves that this very
question was answered. The clock is read beside, and set by nobody here.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from functools import partial

from agent.core.network_check.time_server import Answered, Heard
from agent.drivers.aside import Aside
from agent.host.reaching import family_of

NTP_PORT = 123
CLIENT, VERSION_4 = 3, 4 << 3
SERVER_MODE = 4
MESSAGE = struct.Struct("!BBbbII4sQQQQ")
"""Leap, version and mode; stratum; poll; precision; root delay and dispersion; reference; four times."""
UNSYNCHRONIZED_LEAP, LAST_STRATUM = 3, 15
TO_1970_S = 2_208_988_800
ERA_S = 1 << 32
SECOND = 1 << 32
"""A time is seconds since 1900 in 32 bits, and as many bits of a second."""
LARGEST_ANSWER_BYTES = 1024


async def ask(
    server: str, within_s: float, cookie: int, now_ms: Callable[[], int | None], port: int = NTP_PORT
) -> Answered:
    """What `server`, a name or an address, answers. `cookie`: 64 bits that nobody can guess. Never fails."""
    loop = asyncio.get_running_loop()
    ends_s = loop.time() + within_s
    try:
        address = await Aside().call(partial(_address, server, port), within_s)
    except TimeoutError:
        return Answered(server=server, heard=Heard.SILENT)
    except (OSError, UnicodeError):
        return Answered(server=server, heard=Heard.NO_NAME)
    try:
        with socket.socket(family_of(address), socket.SOCK_DGRAM) as one:
            one.setblocking(False)
            async with asyncio.timeout_at(ends_s):
                # Connected: only this address is heard, and its machine's word that nobody listens there.
                await loop.sock_connect(one, (address, port))
                sent_ms, sent_s = now_ms(), loop.time()
                await loop.sock_sendall(one, question(cookie))
                while True:
                    message = await loop.sock_recv(one, LARGEST_ANSWER_BYTES)
                    took_s = loop.time() - sent_s
                    answered = _judged(server, message, cookie, sent_ms, took_s)
                    if answered is not None:
                        return answered
    except ConnectionRefusedError:
        return Answered(server=server, heard=Heard.NOBODY)
    except OSError:  # TimeoutError is one
        return Answered(server=server, heard=Heard.SILENT)


def _address(server: str, port: int) -> str:
    return str(socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM)[0][4][0])


def question(cookie: int) -> bytes:
    return MESSAGE.pack(VERSION_4 | CLIENT, 0, 0, 0, 0, 0, b"\0" * 4, 0, 0, 0, cookie)


def _judged(server: str, message: bytes, cookie: int, sent_ms: int | None, took_s: float) -> Answered | None:
    """None where it is no answer to this question: somebody guesses, or an old one is late."""
    if len(message) < MESSAGE.size:
        return Answered(server=server, heard=Heard.NONSENSE, took_s=took_s)
    first, stratum, _, _, _, _, _, _, origin, received, transmitted = MESSAGE.unpack_from(message)
    if origin != cookie:
        return None
    heard = _heard(first, stratum, received, transmitted)
    if heard is not Heard.TIME or sent_ms is None:
        return Answered(server=server, heard=heard, took_s=took_s)
    sent_s = sent_ms / 1000
    there = unix_s(received) - sent_s
    back = unix_s(transmitted) - (sent_s + took_s)
    return Answered(server=server, heard=heard, ahead_s=(there + back) / 2, took_s=took_s)


def _heard(first: int, stratum: int, received: int, transmitted: int) -> Heard:
    if first & 7 != SERVER_MODE or transmitted == 0:
        return Heard.NONSENSE
    if stratum == 0:
        return Heard.KISS
    if first >> 6 == UNSYNCHRONIZED_LEAP or stratum > LAST_STRATUM or received == 0:
        return Heard.UNSYNCHRONIZED
    return Heard.TIME


def unix_s(stamp: int) -> float:
    """Of an NTP time. Its seconds begin anew in 2036: a small number is of the era after that (RFC 5905, section 6)."""
    seconds = stamp / SECOND
    return seconds - TO_1970_S + (ERA_S if seconds < ERA_S / 2 else 0)
