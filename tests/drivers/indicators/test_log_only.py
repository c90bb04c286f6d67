"""The indicator without a light."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import pytest

from agent.core.session.effects import Signal
from agent.drivers.contract import IndicatorBench, IndicatorContract
from agent.drivers.indicators.log_only import LogIndicator, Options, create
from firmware_sim.virtual_loop import run


class LogBench(logging.Handler):
    """Reads the log as a person does."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.driver: LogIndicator = create("log_only", Options(), {})
        self._last: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self._last = record.__dict__["signal"]

    async def shown(self) -> Signal | None:
        return None if self._last is None else Signal(self._last)


class TestLogIndicator(IndicatorContract):
    def run(self, test: Callable[[IndicatorBench], Awaitable[None]], *, missing: bool = False) -> None:
        bench = LogBench()
        log = logging.getLogger("agent.drivers.indicators.log_only")
        before = log.level
        log.addHandler(bench)
        log.setLevel(logging.INFO)

        async def in_virtual_time() -> None:
            await bench.driver.open()
            await test(bench)

        try:
            run(in_virtual_time())
        finally:
            log.removeHandler(bench)
            log.setLevel(before)


def test_only_changes_are_lines(caplog: pytest.LogCaptureFixture) -> None:
    async def show() -> None:
        indicator = create("log_only", Options(), {})
        for signal in (Signal.AVAILABLE, Signal.AVAILABLE, Signal.CHARGING, Signal.CHARGING):
            await indicator.show(signal)

    with caplog.at_level(logging.INFO):
        run(show())

    assert [record.__dict__["signal"] for record in caplog.records] == ["available", "charging"]
