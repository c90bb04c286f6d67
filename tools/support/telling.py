"""Words and pages of evse-support: ages, confirmations, a page as evsectl prints it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from agent.control.render import Page, duration, printable, wrapped
from tools.support.failures import WrongUse

HEAD = ("boot_id", "seq", "t_mono_ms", "time_quality", "time")
"""Members of every message of a charger."""


def age_words(age_s: float | None) -> str:
    """ "12 s", "3 h 5 min"; "?" where nobody knows."""
    return "?" if age_s is None else duration(age_s)


def now_ms() -> int:
    """By the wall clock of this computer."""
    return round(time.time() * 1000)


def dated(utc_ms: int) -> str:
    """A moment by the clock and the zone of this computer."""
    return datetime.fromtimestamp(utc_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def without_head(body: Mapping[str, Any]) -> dict[str, Any]:
    """What one message says that not every message does."""
    return {name: one for name, one in body.items() if name not in HEAD}


def counted(count: int, noun: str) -> str:
    """ "1 port", "2 ports"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def page() -> Page:
    """Coloured where a terminal reads it."""
    return Page(colour=has_colour(), rows=_size()[1])


def _size() -> tuple[int | None, int | None]:
    """Columns and rows of the terminal that this is read at; None where it is a pipe."""
    found = shutil.get_terminal_size() if sys.stdout.isatty() else None
    return (found.columns, found.lines) if found else (None, None)


def has_colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def printed(shown: Page) -> None:
    """All its lines."""
    columns, _ = _size()
    for line in shown.lines:
        for part in wrapped(line, columns):
            print(part)


def printed_line(text: str) -> None:
    """Of the answer, whoever the words in it came from."""
    print(printable(text), flush=True)


def printed_json(body: Mapping[str, Any]) -> None:
    """One line; what would steer a terminal stands as an escape, which is the same text to a reader of JSON."""
    print("".join(_escaped(one) for one in json.dumps(body, ensure_ascii=False)), flush=True)


def _escaped(letter: str) -> str:
    return letter if letter.isprintable() else json.dumps(letter)[1:-1]


def beside(lines: Iterable[str]) -> None:
    """Not part of the answer, so that what is piped stays the answer."""
    sys.stderr.write("".join(f"{printable(line)}\n" for line in lines))
    sys.stderr.flush()


def note(text: str) -> None:
    """A sentence beside the answer; its own line breaks stay, those of a charger are told (`answers.reason_of`)."""
    beside(f"evse-support: {text}".split("\n"))


def confirmed(lines: list[str], question: str) -> bool:
    """Whether the person says yes. Raises WrongUse where none is there to say it."""
    beside(f"  {line}" for line in lines)
    if not sys.stdin.isatty():
        raise WrongUse("this asks a person, and there is no terminal; look at what is above, then write --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
