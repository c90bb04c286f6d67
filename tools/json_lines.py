"""Asks a program over its control socket: one JSON object a line there, one back. For `evse-sim` and `evse-csms`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

LONGEST_ANSWER_BYTES = 64 << 20
ANSWER_TIMEOUT_S = 90.0
"""Above the longest `wait` a caller may ask for."""


class Refused(Exception):
    """The program answered `ok: false`; the text is its reason."""


class JsonLines:
    """One connection. Requests of several tasks wait for each other, so a long `wait` needs a connection of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()
        self._last_id = 0

    @classmethod
    async def connected(cls, path: Path) -> JsonLines:
        """Raises OSError when nobody listens there."""
        return cls(*await asyncio.open_unix_connection(path, limit=LONGEST_ANSWER_BYTES))

    async def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """The answer to one request; raises Refused, TimeoutError and ConnectionError."""
        async with self._turn, asyncio.timeout(ANSWER_TIMEOUT_S):
            self._last_id += 1
            request = {"id": self._last_id, "do": verb, **arguments}
            self._writer.write(json.dumps(request).encode() + b"\n")
            await self._writer.drain()
            answer = await self._answer(verb)
        if not answer.get("ok"):
            raise Refused(f"{verb}: {answer.get('error', 'no reason given')}")
        return answer

    async def _answer(self, verb: str) -> dict[str, Any]:
        """The answer to the latest request; those of cancelled ones before it are passed over."""
        while line := await self._reader.readline():
            answer: dict[str, Any] = json.loads(line)
            if answer.get("id") == self._last_id:
                return answer
        raise ConnectionResetError(f"the program went away before it answered {verb}")

    def close(self) -> None:
        self._writer.close()
