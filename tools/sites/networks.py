"""The way to the central system of a site, whole or broken in one place: real sockets, real certificates."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tools.csms.tls import ServerTls
from tools.simulate.central_system import IDENTITY
from tools.simulate.clock import EPOCH_MS
from tools.simulate.run import Options
from tools.simulate.same_time import SameTime

try:
    import trustme
except ImportError as error:
    raise SystemExit("trustme, which makes certificates of practice sites, is not installed; see: make env") from error

HOST = "127.0.0.1"
PASSWORD = "a-password-of-this-bench"  # noqa: S105 - of a central system that lives for a second
Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
STATUSES = {"forbidden": 403, "not_found": 404, "unavailable": 503}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`url` None: the bench's central system itself."""

    options: Options
    url: str | None = None


async def laid(broken: str, options: Options, folder: Path, stack: AsyncExitStack) -> Way:
    """With TLS and a password, as profile 2 has it; `broken` names what is wrong, "" nothing."""
    authority, stranger = trustme.CA(), trustme.CA()
    root, password = folder / "root.pem", folder / "password"
    authority.cert_pem.write_to_path(root)
    password.write_text(PASSWORD)
    password.chmod(0o600)
    behaviour = options.behaviour or SameTime()
    behaviour.passwords[IDENTITY] = PASSWORD
    match broken:
        case "unauthorized":
            behaviour.passwords[IDENTITY] = "another password than the charger's"
        case "forbidden" | "not_found" | "unavailable":
            behaviour.refused_status = STATUSES[broken]
        case "pending" | "rejected":
            behaviour.boot_status = broken.capitalize()
        case "mute":
            behaviour.is_deaf = True
    chosen = replace(
        options,
        behaviour=behaviour,
        tls=_chain(broken, authority, stranger, folder),
        security_profile=2,
        more_ocpp=f'password_file = "{password}"\n',
        more_site=f'{options.more_site}\n[tls]\nca_file = "{root}"\n',
    )
    if broken == "portal":
        page = f'portal_check_url = "http://{HOST}:{await _login_page(stack)}/generate_204"\n'
        chosen = replace(chosen, more_ocpp=f"{chosen.more_ocpp}{page}")
    return Way(options=chosen, url=await _elsewhere(broken, stack))


def _chain(broken: str, authority: trustme.CA, stranger: trustme.CA, folder: Path) -> ServerTls:
    issuer = stranger if broken in ("unknown_root", "portal") else authority
    name = {"wrong_name": "another.example", "portal": "login.hotel.example"}.get(broken, HOST)
    how: dict[str, Any] = {}
    if broken == "expired":
        # By either clock: the charger's begins later than today's.
        today = min(datetime.now(UTC), datetime.fromtimestamp(EPOCH_MS / 1000, UTC))
        how["not_before"] = today - timedelta(days=400)
        how["not_after"] = today - timedelta(days=3)
    made = issuer.issue_cert(name, **how)
    chain, key = folder / "chain.pem", folder / "chain.key"
    chain.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    made.private_key_pem.write_to_path(key)
    return ServerTls(chain=chain, key=key)


async def _elsewhere(broken: str, stack: AsyncExitStack) -> str | None:
    match broken:
        case "name_unknown":
            return "wss://csms.nowhere.invalid/ocpp"
        case "port_closed":
            with socket.socket() as once:
                once.bind((HOST, 0))
                return f"wss://{HOST}:{once.getsockname()[1]}"
        case "port_silent":
            return f"wss://{HOST}:{await _silent(stack)}"
        case "no_tls":
            return f"wss://{HOST}:{await _plain(stack)}"
    return None


async def _silent(stack: AsyncExitStack) -> int:
    """Takes every connection, and never says a word."""

    async def listens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    return await _served(listens, stack)


async def _login_page(stack: AsyncExitStack) -> int:
    """Whatever is asked for, it leads to where guests log in."""

    async def leads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    return await _served(leads, stack)


async def _plain(stack: AsyncExitStack) -> int:
    """A server that speaks HTTP and no TLS."""

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    return await _served(answers, stack)


async def _served(peer: Peer, stack: AsyncExitStack) -> int:
    """The port."""
    server = await asyncio.start_server(peer, HOST, 0)
    stack.callback(server.close)
    return int(server.sockets[0].getsockname()[1])
