"""Devices that have a serial port to themselves: one question each, and who answers it as only they do.

Each question stands in a frame that no other of these devices understands, and changes nothing that lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from agent.drivers.openevse.rapi import Answer, LineError, LineSplitter, command_line, read_line
from agent.drivers.pilot_board.codec import decode, encode
from agent.drivers.pilot_board.frames import DELIMITER, FrameError, FrameSplitter, frame, unframe
from agent.drivers.pilot_board.messages import TABLE_HASH, Identify, Identity, Message, MessageError
from agent.drivers.scan.conversation import Guest
from agent.drivers.scan.finding import Finding
from agent.drivers.serial_device import LineSettings
from agent.drivers.token_readers import pn532_words
from agent.drivers.token_readers.pn532_frames import FrameStream, frame_of

PILOT_BAUD, RAPI_BAUD, PN532_BAUD = 460_800, 115_200, 115_200
ANSWERS_WITHIN_S = 0.6
ASKED_BY_A_SCAN = 1
"""Request number and sequence id, of a conversation that has no second sentence."""

Look = Callable[[str], Awaitable[Finding | None]]
"""At a port that nobody holds; None where another device is there, or none. Raises WireLost."""


async def pilot_board(port: str) -> Finding | None:
    """A pilot board tells who it is; that it was asked ends with the question."""
    question = DELIMITER + frame(encode(Identify(request=ASKED_BY_A_SCAN, table_hash=TABLE_HASH)))
    with Guest(LineSettings(port=port, baud=PILOT_BAUD)) as guest:
        found = await guest.ask(question, _identity, within_s=ANSWERS_WITHIN_S)
    if found is None:
        return None
    speaks = "" if found.table_hash == TABLE_HASH else "the board speaks another message table than this program; "
    return Finding(
        where=port,
        what=f"pilot board {found.board} {found.revision}, firmware {found.firmware_version}",
        write=("[bus.pilot]", 'kind = "pilot_board"', f'port = "{port}"'),
        check=f"{speaks}give it this release's firmware: evsectl board flash" if speaks else "",
    )


def _identity(heard: bytes) -> Identity | None:
    return next((message for message in board_messages(heard) if isinstance(message, Identity)), None)


def board_messages(heard: bytes) -> list[Message]:
    """What of these bytes only a pilot board can have said."""
    messages = []
    for piece in FrameSplitter().feed(heard):
        try:
            messages.append(decode(unframe(piece)))
        except (FrameError, MessageError):
            continue
    return messages


async def openevse(port: str) -> Finding | None:
    """An OpenEVSE tells its version (RAPI command GV)."""
    with Guest(LineSettings(port=port, baud=RAPI_BAUD)) as guest:
        versions = await guest.ask(command_line("GV", ASKED_BY_A_SCAN), _rapi_words, within_s=ANSWERS_WITHIN_S)
    if versions is None:
        return None
    firmware, *rapi = versions
    return Finding(
        where=port,
        what=f"OpenEVSE, firmware {firmware}" + (f", RAPI {rapi[0]}" if rapi else ""),
        write=("[bus.evse]", 'kind = "openevse"', f'port = "{port}"'),
    )


def _rapi_words(heard: bytes) -> tuple[str, ...] | None:
    for line in LineSplitter().feed(heard):
        try:
            said = read_line(line)
        except LineError:
            continue
        if isinstance(said, Answer) and said.ok and said.words:
            return said.words
    return None


async def pn532(port: str) -> Finding | None:
    """A PN532 tells its firmware. It answers nobody before its SAM is set to normal, which it forgets without power."""
    wake_up = pn532_words.WAKE_UP + frame_of(pn532_words.CONFIGURE_SAM)
    with Guest(LineSettings(port=port, baud=PN532_BAUD)) as guest:
        if await guest.ask(wake_up, _told_by(pn532_words.CONFIGURE_SAM), within_s=ANSWERS_WITHIN_S) is None:
            return None
        question, told = frame_of(pn532_words.GET_FIRMWARE_VERSION), _told_by(pn532_words.GET_FIRMWARE_VERSION)
        said = await guest.ask(question, told, within_s=ANSWERS_WITHIN_S)
    try:
        firmware = pn532_words.firmware_in(said or b"")
    except pn532_words.Garbled:
        return None
    return Finding(
        where=port,
        what=f"PN532 card reader, firmware {firmware.version}",
        write=("[token_reader]", 'driver = "pn532"', f'port = "{port}"'),
    )


def _told_by(command: bytes) -> Callable[[bytes], bytes | None]:
    """Finds the answer to this command: it begins with the command's code plus one."""

    def told(heard: bytes) -> bytes | None:
        for said in FrameStream().feed(heard, asyncio.get_running_loop().time()):
            if isinstance(said, bytes) and said[:1] == bytes((command[0] + 1,)):
                return said[1:]
        return None

    return told


LOOKS: tuple[Look, ...] = (pilot_board, openevse, pn532)
