"""An indicator without a light: `driver = "log_only"`. What it would show stands in the log.

Wiring: none.

Quirks: none known.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from agent.core.session.effects import Signal
from agent.drivers.interfaces import Bus
from agent.values import frozen

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class Options:
    """There is nothing to choose."""


class LogIndicator:
    """An `Indicator`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._shown: Signal | None = None

    async def open(self) -> None:
        """Nothing to open."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def show(self, signal: Signal) -> None:
        """A line for each change."""
        if signal is not self._shown:
            self._shown = signal
            log.info("indicator changed", extra={"indicator": self.name, "signal": signal.value})


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> LogIndicator:
    """Needs no bus."""
    return LogIndicator(name)
