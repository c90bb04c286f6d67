"""The file that node_exporter reads: written whole or not at all, for everybody to read, again and again.

It holds nothing that anybody may not see (agent/core/exposition/table.py), and is written as often as it is read: it
belongs into memory (`/run`), where a power cut may take it and no flash wears out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from agent import whole_file
from agent.config.metrics import MetricsConfig
from agent.drivers.aside import Aside, StillBusy

log = logging.getLogger(__name__)

WITHIN_S = 5.0
"""Of memory it takes no time; a share of a network that hangs holds nothing up but this file."""
CONCLUDES_WITHIN_S = 1.0
"""What is being written then included."""


class TextFile:
    """One object a run. `text` is what is known now, `is_ending` whether somebody wants the program to end."""

    def __init__(
        self, config: MetricsConfig, text: Callable[[], Awaitable[str]], is_ending: Callable[[], bool]
    ) -> None:
        assert config.textfile is not None
        self._file: Path = config.textfile
        self._every_s, self._text, self._is_ending = config.every_s, text, is_ending
        self._aside = Aside()
        self._why = ""

    async def run(self) -> None:
        """Write it for ever. An end in order says that nothing is known any more; after another one its age tells."""
        from agent.station.exposition import text_of_the_end

        try:
            while True:
                await self._write(await self._text())
                await asyncio.sleep(self._every_s)
        except asyncio.CancelledError:
            # Of what failed without being asked to end nobody may read that it ended in order.
            if self._is_ending():
                await self._write(text_of_the_end(), is_last=True)
            raise

    async def _write(self, text: str, *, is_last: bool = False) -> None:
        # The last word waits for the one that is being written, which would stand after it otherwise.
        call, within_s = (self._aside.call_next, CONCLUDES_WITHIN_S) if is_last else (self._aside.call, WITHIN_S)
        why = ""
        try:
            await call(
                partial(whole_file.write, self._file, text, flush=False, mode=whole_file.FOR_EVERYBODY), within_s
            )
        except OSError as error:
            # TimeoutError is one of them, and says nothing.
            why = error.strerror or f"it took longer than {within_s:g} s"
        except StillBusy:
            why = self._why
        if why and why != self._why:
            log.warning("text for Prometheus was not written", extra={"file": str(self._file), "error": why})
        self._why = why
