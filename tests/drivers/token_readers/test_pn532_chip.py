"""Questions to a chip whose words are written down beforehand: which of them are answers."""

from __future__ import annotations

import asyncio

import pytest

from agent.drivers.token_readers.pn532_chip import Chip, NoAnswer, Trouble
from agent.drivers.token_readers.pn532_frames import ACK_FRAME, frame_of
from agent.drivers.token_readers.pn532_words import GET_FIRMWARE_VERSION, LIST_ONE_CARD
from agent.drivers.wire import Inbox
from firmware_sim.virtual_loop import run

ACK = bytes.fromhex("0000ff00ff00")
NACK = bytes.fromhex("0000ffff0000")
ERROR = bytes.fromhex("0000ff01ff7f8100")
NO_CARD = bytes.fromhex("0000ff03fdd54b00e000")
VERSION = bytes.fromhex("0000ff06fad50332010607e800")


class ScriptedWire:
    """A `Wire` that says the next of its words each time it is told something, and nothing to an abort."""

    is_open = True
    last_byte_at = 0.0

    def __init__(self, *words: bytes) -> None:
        self.told: list[bytes] = []
        self._words = list(words)
        self._inbox = Inbox()

    async def open(self) -> None: ...

    def write(self, frame: bytes) -> None:
        self.told.append(frame)
        if frame != ACK_FRAME and self._words:
            self._inbox.put(self._words.pop(0))

    async def read(self) -> bytes:
        return await self._inbox.take()

    def discard(self) -> int:
        return self._inbox.discard()

    def close(self) -> None: ...

    def late(self, words: bytes) -> None:
        """They come unasked."""
        self._inbox.put(words)


def asked(wire: ScriptedWire, command: bytes = GET_FIRMWARE_VERSION) -> bytes | Trouble:
    """The answer, or what came instead."""

    async def ask() -> bytes | Trouble:
        try:
            return await Chip(wire).ask(command)
        except NoAnswer as error:
            return error.trouble

    return run(ask())


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (ACK + VERSION, b"\x32\x01\x06\x07"),
        (b"\xfe\x17" + ACK + b"\x00\x00" + VERSION, b"\x32\x01\x06\x07"),
        # Late answers to an earlier question: before the acknowledgement, and behind it.
        (NO_CARD + ACK + VERSION, b"\x32\x01\x06\x07"),
        (ACK + NO_CARD + VERSION, b"\x32\x01\x06\x07"),
        (ACK + NO_CARD, Trouble.SILENCE),
        (VERSION, Trouble.SILENCE),
        (ACK, Trouble.SILENCE),
        (b"", Trouble.SILENCE),
        (NACK, Trouble.REFUSAL),
        (ERROR, Trouble.REFUSAL),
        (ACK + ERROR, Trouble.REFUSAL),
        (ACK + NACK, Trouble.REFUSAL),
        (b"\xfe\x80\x01", Trouble.GARBAGE),
        (ACK + b"\xfe" + VERSION[:-2], Trouble.GARBAGE),
        (frame_of(GET_FIRMWARE_VERSION), Trouble.ECHO),
        (frame_of(GET_FIRMWARE_VERSION) + ACK + VERSION, b"\x32\x01\x06\x07"),
    ],
)
def test_only_the_acknowledged_answer_to_this_question_counts(words: bytes, answer: bytes | Trouble) -> None:
    wire = ScriptedWire(words)

    assert asked(wire) == answer
    aborted = [] if isinstance(answer, bytes) else [ACK_FRAME]
    assert wire.told == [frame_of(GET_FIRMWARE_VERSION), *aborted]


def test_what_came_between_two_questions_is_no_answer_to_the_second() -> None:
    async def ask_twice() -> bytes:
        wire = ScriptedWire(ACK + VERSION, ACK + NO_CARD)
        chip = Chip(wire)
        await chip.ask(GET_FIRMWARE_VERSION)
        wire.late(ACK + bytes.fromhex("0000ff0cf4d54b01010004080404a35c1fac00"))
        return await chip.ask(LIST_ONE_CARD)

    assert run(ask_twice()) == b"\x00"


def test_an_answer_is_waited_for_half_a_second_and_an_acknowledgement_a_tenth() -> None:
    async def waited(words: bytes) -> float:
        try:
            await Chip(ScriptedWire(words)).ask(GET_FIRMWARE_VERSION)
        except NoAnswer:
            return asyncio.get_running_loop().time()
        raise AssertionError("it was answered")

    assert run(waited(b"")) == pytest.approx(0.1 + 0.01)
    assert run(waited(ACK)) == pytest.approx(0.5 + 0.01)
