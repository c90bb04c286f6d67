"""The person at the terminal of `evsectl`: what is written to them, and the line that they type. Runs in `evsectl`."""

from __future__ import annotations

import errno
import os
import sys

from agent.errors import BadRequest

CLEARED = "\r\x1b[K"
"""On a terminal a line says what is awaited (`Page.awaited`); whatever comes next takes its place."""
NOT_TAKEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
"""What a file says that takes no more."""


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


def unwritten(error: OSError | None = None) -> str:
    """Why the standard output takes nothing more, as a sentence; "" where it does. What it did not take is given up.

    `error` is what has just ended the program's work: without a buffer nothing else tells of it.
    """
    if sys.stdout is None:
        # As the interpreter says that it was closed before the program began.
        return "the standard output is closed, so nothing was begun; call it with one, > /dev/null at the least"
    is_unbuffered = getattr(sys.stdout, "write_through", False)
    failed = error if error is not None and is_unbuffered and error.errno in NOT_TAKEN and not error.filename else None
    try:
        sys.stdout.flush()
    except OSError as still:
        failed = still
    if failed is None:
        return ""
    # The interpreter would try again when it ends, and complain once more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return (
        f"the answer could not be written to the standard output ({failed.strerror}), but what was asked for may be "
        "done; look at where the output goes"
    )
