"""The short commissioning of the demonstration, at a charger whose pilot runs too slowly; `make demo` goes well."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest

from tools.demo.screen import Screen
from tools.demo.short_commissioning import TESTS, commission_shortly
from tools.station import StationPlan, agent, bench, registered

pytestmark = pytest.mark.processes


def test_every_test_is_shown_and_those_that_did_not_pass_are_named(tmp_path: Path) -> None:
    shown = io.StringIO()

    async def story() -> list[str]:
        plan = StationPlan(folder=tmp_path, micropython="never")
        async with bench(plan) as running, agent(plan):
            await registered(plan)
            await running.ask_world.ask("fault", name="cp_frequency", hz=900)
            return await commission_shortly(running, Screen(shown))

    assert asyncio.run(story()) == ["ST203"]
    assert [test for test in TESTS if f"ok   {test} " not in shown.getvalue()] == ["ST203"]
    assert "runs at 900 Hz" in shown.getvalue()
