"""Every fault of the catalogue that the pilot board owns can be brought about here, and is then the one it raises."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path
from typing import Any

import pytest

import agent.core.faults
from firmware_sim.board_kind import kind_of, kind_words
from firmware_sim.breakage import WAYS
from firmware_sim.firmware import load_module
from firmware_sim.injections import INJECTIONS, Injection, Moment
from firmware_sim.pilot_board import PilotBoard
from firmware_sim.virtual_loop import run
from tests.firmware_sim.bench import Bench, bench

CATALOGUE = Path(agent.core.faults.__file__).with_name("faults.csv")
codes: Any = load_module("fault_codes")


def owned_by_board() -> dict[str, int]:
    with CATALOGUE.open() as rows:
        return {row["id"]: int(row["code"], 16) for row in csv.DictReader(rows) if row["owner"].startswith("mcu")}


OWNED = owned_by_board()


def judged(injection: Injection) -> set[int]:
    """Codes that a board of this injection's kind has a check for."""
    protection = load_module("protection")
    kind = kind_of(kind_words(tethered=not injection.socket, given=injection.kind))
    guards = protection.guards_of(kind, 0)
    return {check.code for checks in (protection.CHECKS, *(guard.checks for guard in guards)) for check in checks}


RAISED = sorted(name for name, injection in INJECTIONS.items() if name in OWNED and OWNED[name] in judged(injection))


def test_every_fault_of_the_board_has_its_injection() -> None:
    missing = set(OWNED) - set(INJECTIONS) - NEEDS_RESTARTS

    assert sorted(missing) == []
    assert [injection.way for injection in INJECTIONS.values() if injection.way not in WAYS] == []


NEEDS_RESTARTS = {"mcu.restarts"}
"""Three short lives in a row; told below."""


def test_the_board_has_a_check_for_every_injected_fault() -> None:
    assert sorted(set(INJECTIONS) - set(RAISED)) == []


class Story:
    """One injection on a bench, and every fault that the board raised meanwhile."""

    def __init__(self, at: Bench, injection: Injection) -> None:
        self._at = at
        self._injection = injection
        self.raised: set[int] = set()

    async def tell(self, wanted: int) -> None:
        moment = self._injection.moment
        if self._injection.expects_configuration:
            self._at.host.configuration = kind_of(self._at.world.boards[1].kind).mark()
        await asyncio.sleep(5)
        for _ in range(self._injection.times):
            if moment is Moment.PLUGGING:
                await self._break()
            if moment is not Moment.REST:
                await self._at.do("plug_in", current_a=16)
            if moment in (Moment.CHARGE, Moment.STOPPING):
                await self._at.do("wait", until="charging", timeout_s=60)
                await self._watch(3)
            if moment is not Moment.PLUGGING:
                await self._break()
            if moment is Moment.STOPPING:
                self._at.host.permit = False
                self._at.host.lock = False
            await self._watch(self._injection.within_s, wanted)
            if self._injection.times > 1:
                await self._leave()

    async def _break(self) -> None:
        for name in (self._injection.together_with, self._injection.way):
            if name is not None:
                given = self._injection.given if name == self._injection.way else {}
                await self._at.do("fault", name=name, connector=1, **given)

    async def _leave(self) -> None:
        await self._at.do("heal")
        await self._at.do("plug_out")
        await self._watch(40)

    async def _watch(self, for_s: float, wanted: int | None = None) -> None:
        """Look at the rules themselves: the line may be what is broken."""
        for _ in range(round(for_s / 0.1)):
            await asyncio.sleep(0.1)
            self.raised |= self._active()
            if wanted in self.raised:
                return

    def _active(self) -> set[int]:
        board = self._at.world.boards[1]
        assert isinstance(board, PilotBoard)
        return board.fault_codes()


@pytest.mark.parametrize("name", RAISED)
def test_breaking_it_raises_exactly_that_fault(name: str, tmp_path: Path) -> None:
    injection = INJECTIONS[name]

    async def main() -> set[int]:
        async with bench(tmp_path, socket=injection.socket, kind=injection.kind) as at:
            story = Story(at, injection)
            await story.tell(OWNED[name])
            at.rules.breaches.clear()  # a broken world keeps no rule of a whole one
            return story.raised

    allowed = {OWNED[name], *(OWNED[other] for other in injection.also)}
    raised = run(main())

    assert OWNED[name] in raised
    assert {codes.ID_BY_CODE.get(code, code) for code in raised - allowed} == set()


def test_a_board_that_restarts_again_and_again_says_so(tmp_path: Path) -> None:
    async def main() -> set[int]:
        async with bench(tmp_path) as at:
            for _ in range(3):
                await at.do("fault", name="mcu_reset", cause="power")
                await asyncio.sleep(5)
            board = at.world.boards[1]
            assert isinstance(board, PilotBoard)
            return board.fault_codes()

    assert codes.MCU_RESTARTS in run(main())
