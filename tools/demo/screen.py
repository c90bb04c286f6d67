"""What the demonstration shows: lines that stay, and below them, on a terminal, one line that lives."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TextIO

ERASE_LINE = "\r\x1b[K"
BOLD, DIM, RED, GREEN, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[0m"


class Screen:
    """Writes to a terminal or to anything else. Without a terminal: plain lines only, no colour, nothing erased."""

    def __init__(self, stream: TextIO, *, is_terminal: bool | None = None) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty() if is_terminal is None else is_terminal
        self._has_colour = self._is_terminal and "NO_COLOR" not in os.environ
        self._live = ""

    @property
    def is_live(self) -> bool:
        return self._is_terminal

    def headline(self, text: str) -> None:
        self._line(text, BOLD)

    def message(self, text: str) -> None:
        """Something another program said."""
        self._line(f"   {text}", DIM)

    def fact(self, text: str) -> None:
        self._line(text, "")

    def good(self, text: str) -> None:
        self._line(text, GREEN)

    def bad(self, text: str) -> None:
        self._line(text, RED)

    def live(self, text: str) -> None:
        """Replaces the living line; without a terminal an ordinary line."""
        if not self._is_terminal:
            self._line(f"   {text}", "")
            return
        self._live = text
        self._write(ERASE_LINE + self._clipped(text))

    def rest(self) -> None:
        """Takes the living line away."""
        if self._live:
            self._live = ""
            self._write(ERASE_LINE)

    def _line(self, text: str, colour: str) -> None:
        shown = self._clipped(text) if self._is_terminal else text
        if colour and self._has_colour:
            shown = f"{colour}{shown}{PLAIN}"
        erase = ERASE_LINE if self._live else ""
        self._write(f"{erase}{shown}\n{self._clipped(self._live) if self._live else ''}")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError as error:
            # Its window was closed. What began must still end in order, with nobody to tell.
            if error.errno != errno.EIO or not self._is_terminal:
                raise

    def _clipped(self, text: str) -> str:
        """A line that wraps could not be erased again."""
        width = shutil.get_terminal_size().columns - 1
        return text if len(text) <= width else text[: max(width - 1, 0)] + "…"
