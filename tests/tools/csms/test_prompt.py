"""The prompt reads what is typed and never holds up whom the central system serves."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time

import pytest

from tools.csms import prompt

RESCUED_AFTER_S = 2.0


class Typed:
    """Standard input that is a pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor


def test_between_two_lines_everybody_else_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(sys, "stdin", Typed(reading))
    # A read that blocks would hold up this test as it held up the chargers.
    rescue = threading.Timer(RESCUED_AFTER_S, os.write, (writing, b"rescued\n"))

    async def type_two_lines() -> float:
        lines = prompt.typed_lines()
        os.write(writing, b"chargers\n")
        assert await anext(lines) == "chargers"
        began = time.monotonic()
        following = asyncio.ensure_future(anext(lines))
        for _ in range(20):
            await asyncio.sleep(0)
            await asyncio.sleep(0.001)
        served_s = time.monotonic() - began
        os.write(writing, b"help\n")
        assert await following in {"help", "rescued"}
        await lines.aclose()
        return served_s

    rescue.start()
    try:
        assert asyncio.run(type_two_lines()) < RESCUED_AFTER_S / 2
    finally:
        rescue.cancel()
        rescue.join()
        os.close(reading)
        os.close(writing)
