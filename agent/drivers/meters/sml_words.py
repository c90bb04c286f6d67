"""SML, the words: what a file of messages says of its meter. Pure.

Each word begins with its type and its length, which counts itself (BSI TR-03109-1, "Smart Message Language", section
6.2); a list tells how many words follow. Only the list of values is of interest. What stands beside the values is not
looked at: makers differ there, and Holley's DTZ541 leaves a part of its times out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TypeAlias

from agent.drivers.meters.obis import Code, Readout, readout

Word: TypeAlias = "bytes | int | tuple[Word, ...] | None"
"""None: left out, or a list's or file's padding."""

OCTETS, SIGNED, LIST = 0, 5, 7
WHOLE = (4, 6)
"""Truth values, and numbers without a sign."""
LONG = 0x80
"""The length goes on in the next byte."""
DEPTH_AT_MOST = 10
END_OF_MESSAGE = 0x00

MESSAGE_WORDS, BODY = 6, 3
LIST_RESPONSE = 0x0701
RESPONSE_WORDS, SERVER_ID, VALUES = 7, 1, 4
ENTRY_WORDS, NAME, UNIT, SCALER, VALUE = 7, 0, 3, 4, 5
ELECTRICITY = b"\x01\x00"
"""Medium and channel of an OBIS code; six bytes in all."""
SCALERS = range(-10, 11)

UNITS: Mapping[int, str] = {27: "W", 30: "Wh", 33: "A", 35: "V", 44: "Hz"}
"""Of DLMS (IEC 62056-62), those that are used."""


class BadWords(ValueError):
    """It came with a good checksum and cannot be read as SML."""


def readout_of(file: bytes) -> Readout | None:
    """What the meter tells in one file; None where it holds no list of values. Raises BadWords."""
    for message in _messages(file):
        body = message[BODY] if isinstance(message, tuple) and len(message) == MESSAGE_WORDS else None
        if isinstance(body, tuple) and len(body) == 2 and body[0] == LIST_RESPONSE:
            return _of_response(body[1])
    return None


def _of_response(response: Word) -> Readout:
    if not isinstance(response, tuple) or len(response) != RESPONSE_WORDS:
        raise BadWords("a list of values in another form")
    server_id, entries = response[SERVER_ID], response[VALUES]
    if not isinstance(entries, tuple):
        raise BadWords("a list of values without one")
    told = dict(found for entry in entries if (found := _entry(entry)) is not None)
    return readout(server_id.hex().upper() if isinstance(server_id, bytes) else "", told)


def _entry(entry: Word) -> tuple[Code, tuple[Decimal, str]] | None:
    """Code, number and unit of one entry; None where it is no number, or of something else than electricity."""
    if not isinstance(entry, tuple) or len(entry) != ENTRY_WORDS:
        return None
    name, unit, scaler, value = entry[NAME], entry[UNIT], entry[SCALER], entry[VALUE]
    if not isinstance(name, bytes) or len(name) != 6 or not name.startswith(ELECTRICITY):
        return None
    if not isinstance(value, int) or not isinstance(unit, int):
        return None
    exponent = scaler if isinstance(scaler, int) else 0
    if exponent not in SCALERS:
        return None
    return (name[2], name[3], name[4]), (Decimal(value).scaleb(exponent), UNITS.get(unit, ""))


def _messages(file: bytes) -> Iterator[Word]:
    place = 0
    while place < len(file):
        if file[place] == END_OF_MESSAGE:
            place += 1  # padding that was not told as such
            continue
        message, place = _word(file, place, DEPTH_AT_MOST)
        yield message


def _word(file: bytes, place: int, depth: int) -> tuple[Word, int]:
    """The word at `place`, and where the next one begins."""
    if place < len(file) and file[place] == END_OF_MESSAGE:
        return None, place + 1
    kind, length, content = _head(file, place)
    if kind == LIST:
        return _list(file, content, length, depth)
    end = place + length
    if end < content or end > len(file):
        raise BadWords("a word longer than its file")
    return _plain(kind, file[content:end]), end


def _list(file: bytes, place: int, length: int, depth: int) -> tuple[Word, int]:
    if not depth:
        raise BadWords("lists in lists without an end")
    words: list[Word] = []
    for _ in range(length):
        word, place = _word(file, place, depth - 1)
        words.append(word)
    return tuple(words), place


def _head(file: bytes, place: int) -> tuple[int, int, int]:
    """Kind and length of the word at `place`, and where its content begins."""
    if place >= len(file):
        raise BadWords("words that break off")
    kind, length = file[place] >> 4 & 0x07, file[place] & 0x0F
    while file[place] & LONG:
        place += 1
        if place >= len(file):
            raise BadWords("words that break off")
        length = length << 4 | file[place] & 0x0F
        if length > len(file):
            raise BadWords("a word longer than its file")
    return kind, length, place + 1


def _plain(kind: int, content: bytes) -> Word:
    if not content:
        return None
    if kind == OCTETS:
        return content
    if kind == SIGNED or kind in WHOLE:
        return int.from_bytes(content, "big", signed=kind == SIGNED)
    raise BadWords(f"a word of an unknown kind, {kind}")
