"""Who answers outside: a connection to each address of a machine, and one page by plain HTTP. Nothing is believed."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from agent.core.network_check.remote import Answer, Attempt, PlainAnswer

LARGEST_HEAD_BYTES = 16_384
NOT_FROM_HERE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.ENETDOWN, errno.EACCES})


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


async def reach_all(addresses: tuple[str, ...], port: int, within_s: float) -> tuple[Attempt, ...]:
    """A connection to each, all at the same time, closed as soon as it is open."""
    async with asyncio.TaskGroup() as tasks:
        tried = [tasks.create_task(_reached(address, port, within_s)) for address in addresses]
    return tuple(one.result() for one in tried)


async def _reached(address: str, port: int, within_s: float) -> Attempt:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    try:
        with socket.socket(family_of(address), socket.SOCK_STREAM) as one:
            one.setblocking(False)
            async with asyncio.timeout(within_s):
                await loop.sock_connect(one, (address, port))
    except TimeoutError:
        return Attempt(address=address, answer=Answer.SILENT)
    except ConnectionError:
        return Attempt(address=address, answer=Answer.REFUSED)
    except OSError as error:
        is_here = error.errno in NOT_FROM_HERE
        return Attempt(address=address, answer=Answer.UNREACHABLE if is_here else Answer.SILENT)
    return Attempt(address=address, answer=Answer.OPEN, took_s=loop.time() - began_s)


async def plain_page(url: str, addresses: tuple[str, ...], within_s: float, *, is_known: bool = False) -> PlainAnswer:
    """What `url` (http) answers at the first of `addresses` that does, each with its share of the time. Never fails."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    problem = "has no address"
    for address in addresses:
        try:
            async with asyncio.timeout(within_s / len(addresses)):
                head = await _head(address, port, _request(url))
        except TimeoutError:
            problem = "does not answer"
        except ConnectionRefusedError:
            problem = "does not listen there"
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            problem = "hangs up, or cannot be reached"
        else:
            return _answer_of(head, url, is_known=is_known)
    return PlainAnswer(host=host, is_known=is_known, problem=problem)


async def _head(address: str, port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(address, port, limit=LARGEST_HEAD_BYTES)
    try:
        writer.write(request)
        return await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.transport.abort()


def _request(url: str) -> bytes:
    parts = urlsplit(url)
    where = parts.netloc.rpartition("@")[2]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"GET {path} HTTP/1.1\r\nHost: {where}\r\nConnection: close\r\n\r\n".encode()


def _answer_of(head: bytes, url: str, *, is_known: bool) -> PlainAnswer:
    host = urlsplit(url).hostname or ""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split()
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdecimal():
        return PlainAnswer(host=host, is_known=is_known, problem="answers otherwise than HTTP")
    headers = dict(_headers(lines))
    status = int(words[1][:4])
    leads_to = _host_of(url, headers.get("location", "")) if 300 <= status < 400 else ""
    return PlainAnswer(
        host=host, status=status, leads_to=leads_to, is_known=is_known, date_ms=_date_ms(headers.get("date", ""))
    )


def _headers(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, found, value = line.partition(":")
        if found:
            yield name.strip().lower(), value.strip()


def _host_of(url: str, location: str) -> str:
    try:
        return urlsplit(urljoin(url, location)).hostname or ""
    except ValueError:
        return ""


def _date_ms(text: str) -> int | None:
    try:
        return round(parsedate_to_datetime(text).timestamp() * 1000) if text else None
    except (ValueError, OverflowError, TypeError):
        return None
