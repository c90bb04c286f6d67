"""RAPI's lines: a command becomes bytes, bytes become answers and notices. Pure.

A line is `$`, words parted by spaces, where wanted a sequence id ` :ss`, the check `^xx` and CR. The check is the XOR
of everything in front of `^`, the `$` included. An answer names the sequence id of its command, which is all that tells
a late answer from the one that is due; controllers do so from RAPI 3.0.0 on (OpenEVSE, rapi_proc.h).
"""

from __future__ import annotations

from functools import reduce
from operator import xor

from agent.values import frozen

START, END = b"$", b"\r"
MAX_COMMAND = 32
"""The controller's buffer; what is longer it drops without a word."""
MAX_LINE = 64
"""Of what comes back; the longest answer in use has 34 bytes."""
FIRST_SEQUENCE, LAST_SEQUENCE = 1, 255
"""0 is the controller's word for none."""
NOTICES = ("AB", "AT", "AN", "WF")
"""Told unasked, at any moment: boot, transition, button, a wish for wireless."""


class LineError(ValueError):
    """No line of RAPI: damaged, or something else that talks."""


@frozen
class Answer:
    """`$OK` or `$NK`, its words, and the sequence id of its command; None where the controller names none."""

    ok: bool
    words: tuple[str, ...]
    sequence: int | None


@frozen
class Notice:
    """A line that nobody asked for; `kind` is one of NOTICES."""

    kind: str
    words: tuple[str, ...]


@frozen
class Foreign:
    """A sound line that no controller says: a command, be it our own that comes back."""

    words: tuple[str, ...]


Line = Answer | Notice | Foreign


def check_of(text: bytes) -> int:
    """XOR of all bytes."""
    return reduce(xor, text, 0)


def command_line(command: str, sequence: int) -> bytes:
    """The bytes of a command such as "SC 16 V". Raises ValueError for one that the controller could not take."""
    if not FIRST_SEQUENCE <= sequence <= LAST_SEQUENCE:
        raise ValueError(f"sequence id {sequence} is outside {FIRST_SEQUENCE}…{LAST_SEQUENCE}")
    text = f"${command} :{sequence:02X}".encode("ascii")
    line = text + f"^{check_of(text):02X}".encode("ascii") + END
    if len(line) > MAX_COMMAND:
        raise ValueError(f"{command!r} makes a line of {len(line)} bytes; the controller takes {MAX_COMMAND}")
    return line


def next_sequence(sequence: int) -> int:
    """1, 2, … 255, 1."""
    return sequence % LAST_SEQUENCE + 1


def read_line(line: bytes) -> Line:
    """One line from `$` up to its CR, without that. Raises LineError."""
    text, mark, check = line.rpartition(b"^")
    if not mark or not text.startswith(START):
        raise LineError("a line without start or check")
    if _hexadecimal(check) != check_of(text):
        raise LineError("the check does not fit")
    try:
        words = text[1:].decode("ascii").split()
    except UnicodeDecodeError as error:
        raise LineError("bytes beyond ASCII") from error
    return _meaning(words)


class LineSplitter:
    """Bytes in whatever pieces, lines out. A `$` begins anew, as it does at the controller."""

    def __init__(self) -> None:
        self._line = bytearray()
        self.stray_bytes = 0
        """Outside any line, or in one that was broken off or too long."""

    def feed(self, received: bytes) -> list[bytes]:
        """The lines that `received` ends, without their CR."""
        lines = []
        for byte in received:
            if byte == START[0]:
                self._drop()
                self._line.append(byte)
            elif not self._line:
                # Some builds end a line by CR LF.
                self.stray_bytes += byte not in b"\r\n"
            elif byte == END[0]:
                lines.append(bytes(self._line))
                self._line.clear()
            elif len(self._line) < MAX_LINE:
                self._line.append(byte)
            else:
                self.stray_bytes += 1
                self._drop()
        return lines

    def _drop(self) -> None:
        self.stray_bytes += len(self._line)
        self._line.clear()


def _meaning(words: list[str]) -> Line:
    if not words:
        raise LineError("an empty line")
    head, *rest = words
    if head in NOTICES:
        return Notice(head, tuple(rest))
    if head not in ("OK", "NK"):
        return Foreign(tuple(words))
    sequence: int | None = None
    if rest and rest[-1].startswith(":"):
        sequence = _hexadecimal(rest.pop()[1:].encode("ascii"))
    return Answer(head == "OK", tuple(rest), sequence)


def _hexadecimal(digits: bytes) -> int:
    """Of exactly two digits; Python itself would take signs, blanks and underscores too."""
    if len(digits) != 2 or any(digit not in b"0123456789abcdefABCDEF" for digit in digits):
        raise LineError(f"{digits!r} are no two hexadecimal digits")
    return int(digits, 16)
