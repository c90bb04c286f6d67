"""One charger's websocket, with the log and the misbehaviour in between. Speaks text; knows no action's meaning."""

from __future__ import annotations

import asyncio
import json

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tools.csms.behaviour import Behaviour
from tools.csms.moments import utc_now
from tools.csms.narrate import line
from tools.csms.record import Record
from tools.csms.shape import Frame, FrameKind, garbage, read_frame

REMEMBERED_CALLS = 256


class RecordedConnection:
    """Reads and writes frames of one charger. The standing orders of `behaviour` apply to what leaves."""

    def __init__(
        self, identity: str, socket: ServerConnection, record: Record, behaviour: Behaviour, *, is_quiet: bool = False
    ) -> None:
        self.identity = identity
        self.socket = socket
        self._record = record
        self._behaviour = behaviour
        self._is_quiet = is_quiet
        self._actions: dict[tuple[str, str], str] = {}
        self._delayed: asyncio.TaskGroup | None = None
        self.is_torn = False

    def delay_with(self, tasks: asyncio.TaskGroup) -> None:
        """Where answers wait that are to be late; they must not hold up the reading."""
        self._delayed = tasks

    async def recv(self) -> str:
        """The next text frame. Raises websockets' ConnectionClosed; bytes count as garbage and are skipped."""
        while True:
            message = await self.socket.recv()
            if isinstance(message, str):
                return message
            self.note("from", garbage("a binary frame"), message.hex())

    async def read(self) -> tuple[Frame, str]:
        """The next frame, logged, with its text."""
        text = await self.recv()
        frame = read_frame(text)
        self.note("from", frame, text)
        await self._record.tell()
        return frame, text

    async def send(self, message: str) -> None:
        """Called by the package. Answers are withheld or late as ordered; our own CALLs always leave at once."""
        frame = read_frame(message)
        if frame.kind is FrameKind.CALL:
            await self.put(message)
        elif self._behaviour.is_silent:
            self.note("withheld", frame, message)
        elif self._behaviour.answer_delay_s and self._delayed is not None:
            self._delayed.create_task(self._send_late(message, self._behaviour.answer_delay_s))
        else:
            await self.put(message)

    async def _send_late(self, message: str, delay_s: float) -> None:
        try:
            async with asyncio.timeout(delay_s):
                await self.socket.wait_closed()
        except TimeoutError:
            pass
        await self.put(message)

    async def put(self, message: str | bytes) -> None:
        """Sends anything, whatever the standing orders; a frame that found the socket closed is logged as withheld."""
        text = message if isinstance(message, str) else message.hex()
        frame = read_frame(text)
        try:
            if not self.is_torn:
                await self.socket.send(message)
        except ConnectionClosed:
            self.is_torn = True
        self.note("withheld" if self.is_torn else "to", frame, text)
        await self._record.tell()

    async def refuse(self, message_id: str, code: str) -> None:
        """Answers a CALL with a CALLERROR of our choice."""
        await self.send(json.dumps([4, message_id, code, "ordered by the bench", {}]))

    def tear(self) -> None:
        """Ends the connection without a closing handshake, as a crash or a cut cable does."""
        self.is_torn = True
        self.socket.transport.abort()

    def freeze(self, is_frozen: bool) -> None:
        """Stops reading the TCP stream: half open, so not even a ping is answered."""
        transport = self.socket.transport
        if is_frozen:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def note(self, direction: str, frame: Frame, text: str) -> None:
        """Into the log and onto the screen."""
        action = self._action_of(direction, frame)
        self._record.frame(
            identity=self.identity,
            direction=direction,
            kind=frame.kind.value,
            message_id=frame.message_id,
            action=action,
            text=text,
        )
        if not self._is_quiet:
            time_text = f"{utc_now():%H:%M:%S.%f}"[:-3]
            arrow = {"from": "->", "to": "<-", "withheld": "x-"}[direction]
            print(line(frame, time_text=time_text, identity=self.identity, arrow=arrow, action=action, text=text))

    def _action_of(self, direction: str, frame: Frame) -> str:
        """The action of a CALL, or of the CALL this frame answers."""
        asked_by_charger = (direction == "from") == (frame.kind is FrameKind.CALL)
        key = ("charger" if asked_by_charger else "us", frame.message_id)
        match frame.kind:
            case FrameKind.CALL:
                self._actions[key] = frame.action
                if len(self._actions) > REMEMBERED_CALLS:
                    del self._actions[next(iter(self._actions))]
                return frame.action
            case FrameKind.RESULT | FrameKind.ERROR:
                return self._actions.get(key, "")
            case FrameKind.GARBAGE:
                return ""
