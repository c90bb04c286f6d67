"""The world's control socket: JSON lines over a unix stream, answered in order on each connection (contracts.md 3)."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from firmware_sim import verbs
from firmware_sim.arguments import BadArgument, NotNow
from firmware_sim.outcome import REFUSED, TIMED_OUT, WRONG_USE
from firmware_sim.world import World

LONGEST_LINE_BYTES = 64 << 10


@asynccontextmanager
async def listening(world: World, path: Path) -> AsyncIterator[None]:
    """Serve at `path`, for our own user only, as long as the block runs; a socket of a killed world is replaced."""
    clients: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
    async with asyncio.TaskGroup() as tasks:

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            clients[writer] = tasks.create_task(_serve(world, reader, writer))
            clients[writer].add_done_callback(lambda _done: clients.pop(writer))

        server = await asyncio.start_unix_server(accept, sock=_private_socket(path), limit=LONGEST_LINE_BYTES)
        try:
            yield
        finally:
            server.close()
            _remove(path)
            for client in clients.values():
                client.cancel()


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _private_socket(path: Path) -> socket.socket:
    """Bound and closed to other users before anybody can connect."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(path))
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"no control socket at {path} ({error}); a shorter --dir may help") from error
    path.chmod(0o600)
    return bound


async def _serve(world: World, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One client. It waits for its own answers only: who does not read them holds up nobody else."""
    try:
        async for line in _lines(reader):
            writer.write(json.dumps(await answer(world, line)).encode() + b"\n")
            await writer.drain()
    except ConnectionError:
        return
    finally:
        writer.close()


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Each line without its end; one that is too long comes as its beginning, the rest is dropped."""
    beginning = b""
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            if beginning or error.partial.strip():
                yield beginning or error.partial
            return
        except asyncio.LimitOverrunError as error:
            dropped = await reader.readexactly(error.consumed)
            beginning = beginning or dropped[: LONGEST_LINE_BYTES + 1]
            continue
        yield beginning or line
        beginning = b""


async def answer(world: World, line: bytes) -> dict[str, Any]:
    """The answer to one request line, whatever it holds."""
    identity: object = None
    try:
        request = _read(line)
        identity = _plain(request.pop("id", None))
        return {"id": identity, "ok": True, **await verbs.perform(world, _verb(request), request)}
    except NotNow as error:
        return _not_ok(identity, REFUSED, error)
    except ValueError as error:
        return _not_ok(identity, WRONG_USE, error)
    except TimeoutError as error:
        return _not_ok(identity, TIMED_OUT, error)
    except OSError as error:
        return _not_ok(identity, REFUSED, error)


def _not_ok(identity: object, kind: str, error: Exception) -> dict[str, Any]:
    return {"id": identity, "ok": False, "error": str(error), "kind": kind}


def _read(line: bytes) -> dict[str, object]:
    if len(line) > LONGEST_LINE_BYTES:
        raise BadArgument(f"the line is longer than {LONGEST_LINE_BYTES} bytes; nothing here needs that")
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        raise BadArgument('this is no JSON; write one object a line, for example {"id": 1, "do": "status"}') from None
    if not isinstance(request, dict):
        raise BadArgument('this is no object; write for example {"id": 1, "do": "status"}')
    return request


def _verb(request: dict[str, object]) -> str:
    name = request.pop("do", None)
    if not isinstance(name, str):
        raise BadArgument(f"do: is missing or no text; there are {', '.join(sorted(verbs.VERBS))}")
    return name


def _plain(identity: object) -> object:
    """What we give back as it came; anything else is no id."""
    return identity if isinstance(identity, int | str) else None
