"""A page that is drawn anew in place on a terminal, and the keys that turn it."""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from agent.control.render import Tone, printable
from tools.support.telling import has_colour

KEYS = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
    "\x1b[H": "home",
    "\x1b[F": "end",
    "\x1b[1~": "home",
    "\x1b[4~": "end",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "k": "up",
    "j": "down",
    " ": "page down",
    "b": "page up",
    "g": "home",
    "G": "end",
    "q": "quit",
    "Q": "quit",
    "\x03": "quit",
    "s": "sort",
    "r": "reverse",
}
Line = tuple[str, Tone]


class Screen:
    """Draws the whole page at once, so that nothing flickers. `keys` says which were pressed since."""

    def __init__(self) -> None:
        self._colour = has_colour()

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines of the terminal as it is now."""
        found = shutil.get_terminal_size((100, 30))
        return found.columns, found.lines

    def draw(self, lines: Sequence[Line]) -> None:
        """From the top; what stood below is gone. Never more lines than fit, nor wider ones."""
        columns, rows = self.size
        shown = [self._painted(printable(text)[:columns], tone) for text, tone in lines[:rows]]
        sys.stdout.write("\x1b[H" + "\r\n".join(f"{line}\x1b[K" for line in shown) + "\x1b[J")
        sys.stdout.flush()

    def keys(self, within_s: float) -> list[str]:
        """Names of keys, as soon as one is there or the time is over."""
        if not select.select([sys.stdin], [], [], within_s)[0]:
            return []
        return keys_of(os.read(sys.stdin.fileno(), 256).decode(errors="replace"))

    def _painted(self, text: str, tone: Tone) -> str:
        return f"\x1b[{tone.value}m{text}\x1b[0m" if self._colour and tone.value and text else text


def keys_of(typed: str) -> list[str]:
    """The keys in what a terminal sends; what is none is left out."""
    found, at = [], 0
    while at < len(typed):
        word = next((one for one in sorted(KEYS, key=len, reverse=True) if typed.startswith(one, at)), None)
        if word is not None:
            found.append(KEYS[word])
        at += len(word) if word else 1
    return found


def is_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def full_screen() -> Iterator[Screen]:
    """The terminal is ours while the block runs, and as it was afterwards, whatever happened."""
    before = termios.tcgetattr(sys.stdin)
    sys.stdout.write("\x1b[?1049h\x1b[?25l")
    try:
        tty.setcbreak(sys.stdin)
        yield Screen()
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        sys.stdout.write("\x1b[?25h\x1b[?1049l")
        sys.stdout.flush()


def scrolled(offset: int, keys: Sequence[str], *, rows: int, room: int) -> int:
    """Where the page begins after these keys."""
    steps = {"up": -1, "down": 1, "page up": -room, "page down": room, "home": -rows, "end": rows}
    for key in keys:
        offset += steps.get(key, 0)
    return max(0, min(offset, rows - room))
