"""The person at the terminal of `evsectl`: what is written to them, and the line that they type. Runs in `evsectl`."""

from __future__ import annotations

import sys

from agent.errors import BadRequest

CLEARED = "\r\x1b[K"
"""On a terminal a line says what is awaited (`Page.awaited`); whatever comes next takes its place."""


def say(text: str) -> None:
    sys.stderr.write(f"{CLEARED}{text}" if sys.stderr.isatty() else text)
    sys.stderr.flush()


def line(prompt: str, *, is_fresh: bool = False) -> str:
    """What is typed, without its end. `is_fresh`: only what is typed from now on counts, an Enter of before does not.

    Raises BadRequest without a terminal, and KeyboardInterrupt where it was closed.
    """
    if not sys.stdin.isatty():
        raise BadRequest("this asks a person, and this is no terminal; call it from one")
    if is_fresh:
        _forget_what_was_typed()
    say(prompt)
    answer = sys.stdin.readline()
    if not answer:
        raise KeyboardInterrupt
    return answer.strip()


def _forget_what_was_typed() -> None:
    from termios import TCIFLUSH, error, tcflush

    try:
        tcflush(sys.stdin.fileno(), TCIFLUSH)
    except (error, OSError):
        return  # a terminal of another kind: there is nothing to forget
