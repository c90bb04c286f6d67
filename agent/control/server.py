"""The local control socket: one request a connection, answers that may stream, and callers that cannot do harm."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from pathlib import Path

from agent.control.dispatch import Dispatcher
from agent.control.endpoint import listening_socket
from agent.control.peer import Caller, Socket, caller_of
from agent.control.ports import StationPort
from agent.control.wire import (
    REQUEST_MAX_BYTES,
    Ask,
    Body,
    Done,
    Part,
    Piece,
    RefusalKind,
    Refused,
    Reply,
    decode_answer,
    decode_request,
    encode_reply,
)
from agent.errors import BadRequest, Busy

log = logging.getLogger(__name__)

CALLERS_MAX = 16
TURNED_AWAY_MAX = 16
"""Callers beyond that who are told so; still more are cut off without a word."""
REQUEST_TIMEOUT_S = 5.0
"""From connecting to the end of the request line."""
READ_TIMEOUT_S = 5.0
"""A caller that does not read what it was sent for so long is dropped."""
PERSON_TIMEOUT_S = 300.0
"""For a person to answer a question."""
GARBAGE_REPORT_S = 60.0
PIECE_BYTES = 32 << 10
"""Small enough to be read, and written as text, in the loop: half a millisecond."""
SOCKET_AGAIN_S = 10.0


class ControlServer:
    """Answers at `path` for as long as `run` runs. `identify` tells who is at the other end of a connection."""

    def __init__(self, station: StationPort, path: Path, *, identify: Callable[[Socket], Caller] = caller_of) -> None:
        self._dispatcher = Dispatcher(station)
        self._path = path
        self._identify = identify
        self._callers = 0
        self._garbage = _Garbage()

    @property
    def garbage(self) -> int:
        """Requests so far that made no sense."""
        return self._garbage.count

    async def run(self) -> None:
        """Listen until cancelled. Where the socket cannot be had, say why and try again: a charger works without."""
        bound = await self._bound()
        async with asyncio.TaskGroup() as tasks:
            await self._accept(bound, tasks)

    async def _bound(self) -> socket.socket:
        why = ""
        while True:
            try:
                return listening_socket(self._path)
            except Busy as error:
                if str(error) != why:
                    why = str(error)
                    log.error("control socket cannot be had", extra={"why": why})  # noqa: TRY400 the sentence says it all
                await asyncio.sleep(SOCKET_AGAIN_S)

    async def _accept(self, bound: socket.socket, tasks: asyncio.TaskGroup) -> None:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if self._callers >= CALLERS_MAX + TURNED_AWAY_MAX or bound.fileno() < 0:
                writer.transport.abort()
                return
            self._callers += 1
            tasks.create_task(self._serve(reader, writer), name="control caller")

        server: asyncio.Server | None = None
        try:
            server = await asyncio.start_unix_server(connected, sock=bound, limit=REQUEST_MAX_BYTES)
            await asyncio.get_running_loop().create_future()
        finally:
            # Before any caller's end is waited for: the next agent may take the name from here on.
            (server or bound).close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(reader, writer)
        try:
            await self._answer(connection, self._identify(writer.get_extra_info("socket")))
        except ConnectionError as error:
            log.debug("caller of the control socket went away", extra={"why": str(error)})
            writer.transport.abort()
        finally:
            self._callers -= 1
            writer.close()

    async def _answer(self, connection: _Connection, caller: Caller) -> None:
        try:
            line = await connection.request()
            if not line:
                return
            request = decode_request(line)
            if self._callers > CALLERS_MAX:
                # Only after the request was read: a socket closed with something unread takes the answer with it.
                await connection.send(Refused(RefusalKind.BUSY, "too many callers at once; try again in a moment"))
                return
        except BadRequest as error:
            self._garbage.met(str(error), caller.uid, asyncio.get_running_loop().time())
            await connection.send(Refused(RefusalKind.BAD_REQUEST, str(error)))
            return
        ended = await self._dispatcher.carry_out(request, caller, connection)
        if isinstance(ended.reply, Done) and ended.reply.file is not None:
            why = await _hand_over(ended.reply.file, connection)
            if why:
                await connection.send(Refused(RefusalKind.FAILED, why))
                return
        await connection.send_line(ended.line)


async def _hand_over(file: Path, connection: _Connection) -> str:
    """Send a file piece by piece; the answer is why it could not be read, "" where it was sent.

    Read here and not by a thread: it was written a moment ago, so it lies in memory still.
    """
    try:
        with file.open("rb") as opened:
            while octets := opened.read(PIECE_BYTES):
                await connection.send(Piece(octets))
    except ConnectionError:
        raise
    except OSError as error:
        return f"the answer was made, but its file {file.name} cannot be read any more ({error.strerror}); ask again"
    return ""


class _Connection:
    """One caller's two directions; every wait has its bound."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        # `drain` then means that the kernel has it all: a caller that does not read is noticed at its first reply.
        writer.transport.set_write_buffer_limits(high=0)

    async def request(self) -> bytes:
        """The first line, b"" where the caller said nothing. Raises BadRequest and ConnectionError."""
        try:
            return await self._line(REQUEST_TIMEOUT_S)
        except TimeoutError as error:
            raise BadRequest(f"no whole line came within {REQUEST_TIMEOUT_S:g} s") from error

    async def say(self, body: Body) -> None:
        await self.send(Part(body))

    async def ask(self, question: str, *, instead: str = "", within_s: float | None = None) -> str:
        await self.send(Ask(question, instead))
        line = await self._line(PERSON_TIMEOUT_S if within_s is None else within_s)
        if not line:
            raise ConnectionResetError("the caller went away instead of answering")
        return decode_answer(line)

    async def send(self, reply: Reply) -> None:
        await self.send_line(encode_reply(reply))

    async def send_line(self, line: bytes) -> None:
        """Raises ConnectionError for a caller that is gone, or does not read."""
        self._writer.write(line)
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                await self._writer.drain()
        except TimeoutError as error:
            raise ConnectionAbortedError("the caller does not read") from error

    async def _line(self, timeout_s: float) -> bytes:
        try:
            async with asyncio.timeout(timeout_s):
                return (await self._reader.readuntil(b"\n")).rstrip(b"\r\n")
        except asyncio.IncompleteReadError as error:
            return error.partial
        except asyncio.LimitOverrunError as error:
            raise BadRequest(f"a line is too long; at most {REQUEST_MAX_BYTES} bytes") from error


class _Garbage:
    """Requests that made no sense: reported at once, then with a count at most once a minute."""

    def __init__(self) -> None:
        self.count = 0
        self._reported = 0
        self._quiet_until = 0.0

    def met(self, what: str, uid: int, now_s: float) -> None:
        """One more at `now_s`, by the loop's clock."""
        self.count += 1
        if self._reported and now_s < self._quiet_until:
            return
        fields = {"count": self.count - self._reported, "last": what[:120], "uid": uid}
        log.warning("requests at the control socket made no sense", extra=fields)
        self._reported, self._quiet_until = self.count, now_s + GARBAGE_REPORT_S
