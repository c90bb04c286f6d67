"""RAPI as an OpenEVSE speaks and hears it: characters gathered into a command, words put behind a dollar sign.

From the maker's description of the protocol (rapi_proc.h, firmware line 8). The controller's buffer holds 32
characters, a command ten words.
"""

from __future__ import annotations

from dataclasses import dataclass

BUFFER = 32
MOST_WORDS = 10
DOLLAR, RETURN = ord("$"), ord("\r")


@dataclass(frozen=True, slots=True)
class Heard:
    """A command, its name first. `ticket`: the two characters that the answer is to carry; None where there are none.

    `sound` is False where its checksum did not fit: the words mean nothing then.
    """

    words: tuple[str, ...]
    ticket: str | None = None
    sound: bool = True


class CommandBuffer:
    """One character after the other. Everything in front of a dollar sign, and what does not fit, is forgotten."""

    def __init__(self) -> None:
        self._text: str | None = None

    def put(self, character: int) -> Heard | None:
        """The command that this character completes."""
        if character == DOLLAR:
            self._text = "$"
        elif self._text is not None and character == RETURN:
            heard, self._text = understood(self._text), None
            return heard
        elif self._text is not None:
            self._text += chr(character)
            if len(self._text) >= BUFFER:
                self._text = None
        return None


def understood(text: str) -> Heard:
    """What stands between the dollar sign and the carriage return."""
    body, caret, digits = text.partition("^")
    if caret and digits.upper() != f"{exclusive_or(body):02X}":
        return Heard((), sound=False)
    words = body[1:].split(" ")
    if len(words) > MOST_WORDS:
        return Heard((), sound=False)
    ticket = words.pop()[1:3] if len(words) > 1 and words[-1].startswith(":") else None
    return Heard(tuple(words), None if ticket == "00" else ticket)


def exclusive_or(text: str) -> int:
    """Of all characters, in eight bits."""
    total = 0
    for character in text:
        total ^= ord(character) & 0xFF
    return total


def spoken(*words: str, ticket: str | None = None) -> bytes:
    """A line as the controller sends it."""
    text = "$" + " ".join(words) + (f" :{ticket}" if ticket is not None else "")
    return f"{text}^{exclusive_or(text):02X}\r".encode("latin-1")
