"""Has a board that answers start anew, and waits until it is heard again (docs/pilot-board-protocol.md, section 9)."""

from __future__ import annotations

import asyncio

from agent.core.control_pilot import PilotState
from agent.drivers.pilot_board.asking import DONE, BoardDesk, result_of
from agent.drivers.pilot_board.contents import words_of
from agent.drivers.pilot_board.levels import BoardState
from agent.drivers.pilot_board.messages import TEST_STEPS, Test
from agent.errors import DriverRejected, DriverUnavailable

RETURNS_WITHIN_S = 20.0
"""From the answer to a status of the new start: one of an RP2040 takes some two seconds."""
LIVED_S = 60.0
"""A board does not end a life that is shorter."""
HELD = "mcu.restarts"
RESTS = ("idle", "confirmed", "fell_back")
"""States of an update in which nothing of it is under way."""
STILL_COUNTS = (
    "the board cannot start anew now, because it would forget what counts still: a closing of the last ten minutes, a "
    "fault that opened and ended within half a minute, or of the last 24 h a trip, a closing that failed, a car that "
    "drew too much or a reset by its watchdog (evsectl events); ask again later, or have its supply switched off and on"
)


class Restarting:
    """One board's. Raises DriverRejected with what stands against it, DriverUnavailable where nobody answers."""

    def __init__(self, desk: BoardDesk) -> None:
        self._desk = desk

    async def run(self) -> float | None:
        """Seconds until the board was heard again; None: it agreed, and was not within RETURNS_WITHIN_S."""
        before = self._board()
        self._refuse_held(before)
        await self._refuse_update()
        asked_at = self._now()
        try:
            answer = await self._desk.ask(Test(0, TEST_STEPS.index("restart"), b"", 0), "restart")
        except DriverUnavailable:
            # The answer may be what was lost: the board starts anew right behind it.
            back_at = await self._back_at(before)
            if back_at is None:
                raise
            return back_at - asked_at
        if result_of(answer) == "not_now":
            raise self._rejected(self._why_not(before))
        if result_of(answer) != DONE:
            raise self._desk.refusal(answer, "restart")
        back_at = await self._back_at(before)
        return None if back_at is None else back_at - asked_at

    def _board(self) -> BoardState:
        return self._desk.link.require_board(self._desk.driver)

    def _refuse_held(self, board: BoardState) -> None:
        if any(fault.id == HELD for fault in board.faults):
            raise self._rejected(
                "the board holds itself after three lives of less than a minute, and its next start holds it as well: "
                "find what ends them, its supply first; "
                f"then, at the charger: evsectl faults clear {HELD} --reason WHY"
            )

    async def _refuse_update(self) -> None:
        try:
            state = words_of(await self._desk.read("update")).get("state")
        except (DriverRejected, ValueError):
            return  # It cannot exchange its program.
        if state not in RESTS:
            raise self._rejected("a new firmware is on its way to the board, which starts by itself when that is done")

    def _why_not(self, before: BoardState) -> str:
        said, uptime_s = self._desk.link.said(), self._desk.link.uptime_s()
        if said is None or uptime_s is None:
            return STILL_COUNTS
        board = self._board()
        if board.pilot.board_boot_id != before.pilot.board_boot_id or uptime_s < LIVED_S:
            left_s = max(1.0, LIVED_S - uptime_s)
            return f"the board started {uptime_s:.0f} s ago and ends no life of less than a minute; in {left_s:.0f} s"
        if said[0].testing:
            return "a test with power is under way; let it end first"
        if board.pilot.plug is not None or board.pilot.state is not PilotState.A:
            seen = board.pilot.state.value
            return f"to the board the outlet is not empty (state {seen}); nobody may be plugged in for two seconds"
        return STILL_COUNTS

    async def _back_at(self, before: BoardState) -> float | None:
        try:
            async with asyncio.timeout(RETURNS_WITHIN_S):
                while not self._is_anew(before):
                    await self._desk.link.level.change()
        except TimeoutError:
            return None
        return self._now()

    def _is_anew(self, before: BoardState) -> bool:
        level = self._desk.link.level.value
        return isinstance(level, BoardState) and level.pilot.board_boot_id != before.pilot.board_boot_id

    def _rejected(self, why: str) -> DriverRejected:
        return DriverRejected(self._desk.driver, why)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
