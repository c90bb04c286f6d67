"""The prompt for a person: `verb name=value …` on a line, the answer printed below it."""

from __future__ import annotations

import asyncio
import json
import os
import select
import shlex
import sys
from collections.abc import AsyncGenerator
from typing import Any

from tools.csms.arguments import BadCommand
from tools.csms.dispatch import LISTED, carry_out
from tools.csms.server import CentralSystem

GREETING = f"type {LISTED} for the commands, an end of file (Ctrl-D) to stop"
READ_BYTES = 4096


async def converse(system: CentralSystem) -> None:
    """Carries out what is typed until the end of standard input."""
    print(GREETING, flush=True)
    async for line in typed_lines():
        if line.strip():
            print(await _reply(system, line), flush=True)


async def _reply(system: CentralSystem, line: str) -> str:
    try:
        request = parse(line)
    except BadCommand as error:
        return str(error)
    return rendered(await carry_out(system, request))


def parse(line: str) -> dict[str, Any]:
    """`limit amps=10` to `{"do": "limit", "amps": 10}`; a value that is no JSON is a text. Raises BadCommand."""
    try:
        name, *words = shlex.split(line)
    except ValueError as error:
        raise BadCommand(f"cannot read the line: {error}") from None
    request: dict[str, Any] = {"do": name}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or key in ("", "do", "id"):
            raise BadCommand(f"{word!r}: an argument is name=value")
        request[key] = value_of(text)
    return request


def value_of(text: str) -> Any:
    """A JSON value where the text is one, else the text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def rendered(answer: dict[str, Any]) -> str:
    """An answer for the eye: the reason of a refusal, or one line per item."""
    if not answer["ok"]:
        return f"not done: {answer['error']}"
    lines = [line for key, value in answer.items() if key not in ("id", "ok") for line in _lines(key, value)]
    return "\n".join(lines) or "done"


def _lines(key: str, value: Any) -> list[str]:
    match value:
        case list():
            return [f"{key}: none"] if not value else [f"{key}:", *(f"  {_words(item)}" for item in value)]
        case dict() if key == "verbs":
            return [f"  {name:22} {text}" for name, text in value.items()]
        case _:
            return [f"{key}: {_words(value)}"]


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{key} {item}" for key, item in value.items() if item not in (None, ""))
    return str(value)


async def typed_lines() -> AsyncGenerator[str, None]:
    """Lines of standard input as they come.

    Reads on readiness and leaves the descriptor blocking: on a terminal it is the same open file as standard output,
    and a non-blocking output loses lines.
    """
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    descriptor = sys.stdin.fileno()
    loop.add_reader(descriptor, ready.set)
    waiting = b""
    try:
        while True:
            await ready.wait()
            ready.clear()
            if not select.select([descriptor], [], [], 0)[0]:
                # The loop tells a level: it may have told it once more before the last read took everything.
                continue
            chunk = os.read(descriptor, READ_BYTES)
            *lines, waiting = (waiting + chunk).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace")
            if not chunk:
                return
    finally:
        loop.remove_reader(descriptor)
