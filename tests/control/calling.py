"""A charger with its control socket and callers, all in one virtual loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

from agent.control.peer import Caller, Socket
from agent.control.registry import find
from agent.control.render import Page
from agent.control.roles import Role
from agent.control.server import ControlServer
from agent.control.wire import (
    REPLY_MAX_BYTES,
    Argument,
    Ask,
    Done,
    Part,
    Refused,
    Reply,
    Request,
    decode_reply,
    encode_answer,
    encode_request,
)
from agent.core.control_pilot import PilotState
from agent.core.identity import ConnectorId
from agent.core.session.events import TokenPresented
from firmware_sim.virtual_loop import run
from tests.control.charger import Charger
from tests.core.session.station import CARD, RecordingStation

T = TypeVar("T")


def as_role(role: Role | None) -> Callable[[Socket], Caller]:
    """Everybody who calls has this role."""
    return lambda _: Caller(uid=1000, role=role)


class Line:
    """One connection as a caller sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, line: bytes) -> None:
        self.writer.write(line)

    async def reply(self) -> Reply:
        line = await self.reader.readline()
        if not line:
            raise ConnectionResetError("the agent hung up")
        return decode_reply(line[:-1])

    async def hangs_up(self) -> bool:
        """Whether the other end closes without one more word."""
        with suppress(ConnectionError):
            return await self.reader.read() == b""
        return True


class Desk:
    """A person at the socket of a charger."""

    def __init__(self, charger: Charger, server: ControlServer, path: Path) -> None:
        self.charger = charger
        self.server = server
        self.path = path

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        reader, writer = await asyncio.open_unix_connection(str(self.path), limit=REPLY_MAX_BYTES)
        try:
            yield Line(reader, writer)
        finally:
            writer.close()

    async def replies(self, verb: str, arguments: Mapping[str, Argument], answer: str = "") -> list[Reply]:
        """Everything that comes back, questions answered."""
        found: list[Reply] = []
        async with self.line() as line:
            line.send(encode_request(Request(verb, arguments)))
            while not found or not isinstance(found[-1], Done | Refused):
                found.append(await line.reply())
                if isinstance(found[-1], Ask):
                    line.send(encode_answer(answer))
        return found

    async def body(self, verb: str, **arguments: Argument) -> dict[str, Any]:
        """The joined body of an answer that must not be a refusal."""
        joined: dict[str, Any] = {}
        for reply in await self.replies(verb, arguments):
            assert isinstance(reply, Part | Done), reply
            for name, value in reply.body.items():
                joined[name] = [*joined.get(name, []), *value] if isinstance(value, list) else value
        return joined

    async def refusal(self, verb: str, *, answer: str = "", **arguments: Argument) -> Refused:
        """The refusal that must be the end."""
        last = (await self.replies(verb, arguments, answer))[-1]
        assert isinstance(last, Refused), last
        return last


@asynccontextmanager
async def desk(charger: Charger, path: Path, role: Role | None = Role.SERVICE) -> AsyncIterator[Desk]:
    """The server runs for as long as the block does."""
    server = ControlServer(charger, path, identify=as_role(role))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(server.run())
        await asyncio.sleep(0.01)
        try:
            yield Desk(charger, server, path)
        finally:
            running.cancel()


def line_of(**content: object) -> bytes:
    """A line that nobody checked."""
    return json.dumps(content).encode() + b"\n"


ONE, TWO = ConnectorId(1), ConnectorId(2)


def at_the_desk(
    charger: Charger, path: Path, ask: Callable[[Desk], Awaitable[T]], role: Role | None = Role.SERVICE
) -> T:
    async def main() -> T:
        async with desk(charger, path, role) as at:
            return await ask(at)

    return run(main())


def asked(charger: Charger, path: Path, verb: str, **arguments: Any) -> dict[str, Any]:
    return at_the_desk(charger, path, lambda at: at.body(verb, **arguments))


def refused(charger: Charger, path: Path, verb: str, *, role: Role | None = Role.SERVICE, **arguments: Any) -> Refused:
    return at_the_desk(charger, path, lambda at: at.refusal(verb, **arguments), role)


def shown(verb: str, body: dict[str, Any]) -> str:
    page = Page(zone=UTC)
    find(verb).show(body, page)
    return "\n".join(page.lines)


def charging(outlet: RecordingStation) -> None:
    outlet.plug_in()
    outlet.feed(TokenPresented(CARD))
    outlet.advance(1.0)
    outlet.pilot_is(PilotState.C)
    outlet.advance(60.0)
