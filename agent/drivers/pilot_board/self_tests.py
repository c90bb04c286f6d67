"""The board's part in the charger's self-tests: steps asked for one by one, and what was measured meanwhile.

The board ends by itself whatever is begun here (docs/pilot-board-protocol.md, section 9).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from agent.drivers.board_service import Drive, Quantity, ResidualTestOutcome, Travel
from agent.drivers.pilot_board import contents
from agent.drivers.pilot_board.asking import DONE, BoardDesk, result_of
from agent.drivers.pilot_board.messages import STEADY_DUTY, TEST_STEPS, Answer, Test
from agent.errors import DriverImplausible, DriverRejected, DriverUnavailable, WrongProof

Content = TypeVar("Content")
Found = TypeVar("Found")

LEAST_PERCENT, MOST_PERCENT = 3, 97
AGAIN_S = 0.05
NOT_YET_S = 1.0
"""What a look at an empty outlet takes: F lasts 0.3 s, and readings count another third of a second after it."""
SHOWN_WITHIN_S = 5.0
"""F ends, then three seconds of x1, then PWM."""
RESIDUAL_LOOK_S = 0.2
RESIDUAL_WITHIN_S = 25.0
"""Two attempts: five seconds until the unit is quiet, one until it trips, two until it releases."""

STEPS: Mapping[Drive, str] = {
    Drive.RELEASE: "release",
    Drive.X1: "drive_x1",
    Drive.F: "drive_f",
    Drive.PWM: "drive_pwm",
    Drive.CUT: "cut",
}
NOT_NOW: Mapping[str, str] = {
    "begin": "the contactor must be open, no fault present that stops, and no other test under way",
    "cut": "an adapter or a plug must be in, nothing permitted, the contactor open, and no fault present that stops",
    "residual": "nothing may be plugged in, the contactor must be open, and no trip and no other test under way",
    "stop_alive": "this is part of a test with power, and none is under way",
    "hang": "this is part of a test with power, and none is under way",
}
NOT_NOW_ON_THE_PILOT = "nothing may be plugged in or permitted, the contactor must be open, and no fault may be present"
OTHERWISE: Mapping[tuple[str, str], str] = {
    ("begin", "refused"): "this board holds no local key, so no test with power can be proven to it",
    ("begin", "bad_signature"): "the proof does not fit: another unit's key, or an older challenge",
    ("residual", "unknown"): "this board has no residual current unit",
}


class SelfTests:
    """Steps of one board. `driver` is what messages call it. Everything raises DriverError."""

    def __init__(self, driver: str, desk: BoardDesk) -> None:
        self._driver = driver
        self._desk = desk

    async def step(self, step: str, *, proof: bytes = b"") -> None:
        """Ask for one of TEST_STEPS. Raises DriverRejected with what it would need."""
        result, answer = await self._ask(step, proof=proof)
        if result != DONE:
            raise self._refusal(step, result, answer)

    async def drive(self, what: Drive, duty_percent: float) -> None:
        """Returns once the board says that it is driven."""
        step = STEPS[what]
        if what is Drive.PWM and not LEAST_PERCENT <= duty_percent <= MOST_PERCENT:
            bounds = f"{LEAST_PERCENT}…{MOST_PERCENT} %"
            raise DriverRejected(self._driver, f"duty_percent: {duty_percent} is outside {bounds}, which cars know")
        duty = round(duty_percent * 100) if what is Drive.PWM else 0
        result, answer = await self._patiently(step, duty)
        if result != DONE:
            raise self._refusal(step, result, answer)
        shows = {Drive.X1: STEADY_DUTY, Drive.F: 0, Drive.PWM: duty}.get(what)
        if shows is not None:
            await self._until_shown(what, shows)

    async def _patiently(self, step: str, duty: int) -> tuple[str, Answer]:
        """Said again for a moment: right after a change the board cannot know yet that nobody is plugged in."""
        loop = asyncio.get_running_loop()
        gives_up_at = loop.time() + NOT_YET_S
        while True:
            result, answer = await self._ask(step, duty=duty)
            if result != "not_now" or step == "release" or loop.time() >= gives_up_at:
                return result, answer
            await asyncio.sleep(AGAIN_S)

    async def _until_shown(self, what: Drive, duty: int) -> None:
        loop = asyncio.get_running_loop()
        gives_up_at = loop.time() + SHOWN_WITHIN_S
        while self._duty() != duty:
            if loop.time() >= gives_up_at:
                told = f"the board agreed to {what.value} and does not drive it: something ended the test"
                raise DriverRejected(self._driver, told)
            await asyncio.sleep(AGAIN_S)

    def _duty(self) -> int:
        said = self._desk.link.said()
        if said is None:
            raise DriverUnavailable(self._driver, "the board fell silent")
        return said[0].duty

    async def test_residual(self) -> ResidualTestOutcome:
        """Start one and wait for what becomes of it."""
        await self.step("residual")
        loop = asyncio.get_running_loop()
        gives_up_at = loop.time() + RESIDUAL_WITHIN_S
        while (words := await self._words("residual_test")).get("state") == "running":
            if loop.time() >= gives_up_at:
                told = "the test of the residual current unit does not end: is the emergency stop pressed?"
                raise DriverRejected(self._driver, told)
            await asyncio.sleep(RESIDUAL_LOOK_S)
        return self._read(contents.residual_outcome_of, words)

    async def last_residual_test(self) -> ResidualTestOutcome | None:
        try:
            words = await self._words("residual_test")
        except DriverRejected:
            return None
        is_over = words.get("state") not in ("running", "untested")
        return self._read(contents.residual_outcome_of, words) if is_over else None

    async def travel(self) -> Travel:
        return self._read(contents.travel_of, await self._words("travel"))

    async def _words(self, what: str) -> Mapping[str, Quantity]:
        content = await self._desk.read(what)
        return self._read(contents.words_of, content)

    async def _ask(self, step: str, *, proof: bytes = b"", duty: int = 0) -> tuple[str, Answer]:
        answer = await self._desk.ask(Test(0, TEST_STEPS.index(step), proof, duty), step)
        return result_of(answer), answer

    def _refusal(self, step: str, result: str, answer: Answer) -> DriverRejected:
        if result == "not_now":
            needs = NOT_NOW.get(step, NOT_NOW_ON_THE_PILOT)
            return DriverRejected(self._driver, f"the board cannot do it now: {needs}")
        told = OTHERWISE.get((step, result))
        if told is not None and result == "bad_signature":
            return WrongProof(self._driver, told)
        return self._desk.refusal(answer, step) if told is None else DriverRejected(self._driver, told)

    def _read(self, read: Callable[[Content], Found], content: Content) -> Found:
        try:
            return read(content)
        except ValueError as error:
            raise DriverImplausible(self._driver, f"the board sent {error}") from error
