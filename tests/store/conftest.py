"""A store in a folder of its own, in line and without flushes: durability is for the tests that cut the power."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.store.store import Store, open_store


@pytest.fixture
def run() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, inline=True, flush=False)
    yield opened
    opened.writer.drop()
