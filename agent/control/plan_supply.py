"""What the agent asks for while a plan is applied: pieces of the plan, and a word of the person. Runs in `evsectl`."""

from __future__ import annotations

import sys
from base64 import b64encode
from functools import lru_cache
from pathlib import Path

from agent.config.plan_files import as_toml
from agent.config.plans import read_plan
from agent.control.plan_applying import ASKS_FOR, END, OF_BOARD, PIECE
from agent.control.terminal import say
from agent.errors import BadRequest, ConfigError


def piece(file: Path, asked: str) -> str | None:
    """In base64, from the byte that is asked for; END behind the last. None where something else is asked."""
    words = asked.split(" ", 2)
    if len(words) != 3 or words[0] != ASKS_FOR or not words[1].isdecimal():
        return None
    begin = int(words[1])
    part = _part(file, words[2], file.stat().st_mtime_ns).encode()[begin : begin + PIECE]
    return b64encode(part).decode() if part else END


@lru_cache(maxsize=1)
def _part(file: Path, serial: str, _: int) -> str:
    """What the charger's drop-in holds. The board is what hangs there, and no plan changes it."""
    from agent.drivers import loader

    try:
        charger = read_plan(file, loader, serial_number=serial).of(serial)
    except ConfigError as error:
        raise BadRequest(str(error)) from error
    settings = {key: value for key, value in charger.document.table.items() if key != "board"}
    return f"{OF_BOARD}{charger.config.board.board}\n{as_toml(settings)}"


def typed(question: str) -> str:
    """A line of the person at the terminal. Raises BadRequest where there is none."""
    if not sys.stdin.isatty():
        raise BadRequest("this asks a person, and this is no terminal; write --yes instead")
    say(question)
    return sys.stdin.readline().strip()
