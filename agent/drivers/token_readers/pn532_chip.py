"""One question to a PN532 and its answer, over a serial line: acknowledged, in time, or aborted."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import Enum

from agent.drivers.token_readers.pn532_frames import ACK_FRAME, Control, Frame, FrameStream, frame_of
from agent.drivers.wire import Wire

ACK_WITHIN_S = 0.1
"""The chip needs at most 15 ms (UM0701-02 section 6.2.3); a USB adapter may sit on the bytes for 16 more."""
ANSWER_WITHIN_S = 0.5
"""Three tries to find a card, and what a card with a processor adds, are over in half of it."""
ABORTED_AFTER_S = 0.01
"""Directly after an abort the chip acknowledges nothing (nfc-tools/libnfc issue 167)."""


class Trouble(Enum):
    """What came instead of an answer."""

    SILENCE = "silence"
    GARBAGE = "garbage"
    ECHO = "echo"
    REFUSAL = "refusal"


class NoAnswer(Exception):
    """The chip did not answer; the line itself is there."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class Chip:
    """Whoever owns the wire asks one question at a time."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._stream = FrameStream()
        self._frames: deque[Frame] = deque()

    async def ask(self, command: bytes, *, before: bytes = b"") -> bytes:
        """What it answers, without the answer's code. `before` is sent ahead without a pause.

        Raises NoAnswer, with the command aborted, and WireLost.
        """
        self._forget()
        self._wire.write(before + frame_of(command))
        try:
            await self._acknowledgement()
            return await self._answer(command[0] + 1)
        except TimeoutError:
            trouble = self._what_came()
        except NoAnswer as refused:
            trouble = refused.trouble
        await self._abort()
        raise NoAnswer(trouble)

    async def _acknowledgement(self) -> None:
        async with asyncio.timeout(ACK_WITHIN_S):
            while (frame := await self._next_frame()) is not Control.ACK:
                # An answer ahead of the acknowledgement is a late one, to an earlier question.
                _object_to(frame)

    async def _answer(self, code: int) -> bytes:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while True:
                frame = await self._next_frame()
                _object_to(frame)
                if isinstance(frame, bytes) and frame[:1] == bytes((code,)):
                    return frame[1:]

    async def _next_frame(self) -> Frame:
        while not self._frames:
            received = await self._wire.read()
            self._frames.extend(self._stream.feed(received, asyncio.get_running_loop().time()))
        return self._frames.popleft()

    def _what_came(self) -> Trouble:
        if self._stream.echoes:
            return Trouble.ECHO
        return Trouble.GARBAGE if self._stream.garbage else Trouble.SILENCE

    async def _abort(self) -> None:
        self._wire.write(ACK_FRAME)
        await asyncio.sleep(ABORTED_AFTER_S)
        self._forget()

    def _forget(self) -> None:
        """What came before a question is no answer to it."""
        self._wire.discard()
        self._stream = FrameStream()
        self._frames.clear()


def _object_to(frame: Frame) -> None:
    if frame in (Control.NACK, Control.ERROR):
        raise NoAnswer(Trouble.REFUSAL)
