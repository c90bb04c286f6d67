"""A short commissioning before the first charge: what an installer's run finds within seconds, without an adapter.

Nothing rests on it: the charger of the demonstration charges untested (`commissioning = "lab"`). `make demo-commission`
goes the whole way.
"""

from __future__ import annotations

from typing import Any

from agent.control.registry import find
from agent.control.render import Page
from tools.demo.commissioning.automatic import AutomaticInstaller
from tools.demo.commissioning.hands import Hands
from tools.demo.screen import Screen
from tools.station import Bench

TESTS = ("ST101", "ST102", "ST201", "ST203", "ST804", "ST808")
"""Board, software, rails, frequency of the pilot; way to the central system, registration. None asks a person."""


async def commission_shortly(bench: Bench, screen: Screen) -> list[str]:
    """Shows each test with what it measured; returns those that did not pass, or were not done at all."""
    passed: set[str] = set()

    def show(part: dict[str, Any]) -> None:
        if "test" not in part:
            return
        if part["test"]["verdict"] == "pass":
            passed.add(part["test"]["test"])
        page = Page()
        find("commission").show(part, page)
        for line in page.lines:
            screen.message(line.strip())

    installer = AutomaticInstaller(bench=bench, hands=Hands(), on_part=show)
    await installer.commission("--only", ",".join(TESTS))
    return [test for test in TESTS if test not in passed]
