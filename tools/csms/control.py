"""The control socket: JSON lines over a unix stream, answered in order on each connection."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from tools.csms.arguments import BadCommand
from tools.csms.dispatch import carry_out, read_request
from tools.csms.server import CentralSystem

LONGEST_LINE_BYTES = 4 << 20
"""A raw frame to be sent may be large."""


async def listen(system: CentralSystem, path: Path) -> asyncio.Server:
    """Opens the socket for the present user only; a stale one of an earlier run is replaced."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _serve(system, reader, writer)
        except (ConnectionError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    return await asyncio.start_unix_server(serve, sock=_private_socket(path), limit=LONGEST_LINE_BYTES)


def _private_socket(path: Path) -> socket.socket:
    """Bound and closed to other users before anybody can connect."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bound.bind(str(path))
    path.chmod(0o600)
    return bound


async def _serve(system: CentralSystem, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await _next_line(reader):
        answer = await _answer(system, line)
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    """The next line, empty at the end; raises LimitOverrunError for one that is too long."""
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        return error.partial


async def _answer(system: CentralSystem, line: bytes) -> dict[str, Any]:
    try:
        return await carry_out(system, read_request(line))
    except BadCommand as error:
        return {"id": None, "ok": False, "error": str(error)}
