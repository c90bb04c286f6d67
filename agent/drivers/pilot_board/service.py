"""What a person with tools may ask of a pilot board, over its link. Loaded when somebody asks, or after an opening."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from agent.core.faults.catalogue import ID_BY_CODE
from agent.drivers.board_service import (
    BoardDescription,
    Clearing,
    Drive,
    FlashOutcome,
    PilotCapture,
    Progress,
    Quantity,
    ResidualTestOutcome,
    Supply,
    Travel,
    TripRecord,
)
from agent.drivers.pilot_board import contents
from agent.drivers.pilot_board.asking import BoardDesk
from agent.drivers.pilot_board.levels import BoardState, capabilities_of
from agent.drivers.pilot_board.link import PilotLink
from agent.drivers.pilot_board.self_tests import SelfTests
from agent.errors import DriverImplausible, DriverRejected, DriverUnavailable

T = TypeVar("T")

LETS_GO_WITHIN_S = 20.0
"""A board restarts after a clearing: from the answer to a status of the new start."""
SIGNED_FORMAT = b"clear 1"


class PilotBoardService:
    """A `TestedBoard`. `name` is what messages call the board."""

    def __init__(self, name: str, link: PilotLink) -> None:
        self._name = name
        self._link = link
        self._desk = BoardDesk(name, link)
        self._tests = SelfTests(name, self._desk)

    async def describe(self) -> BoardDescription:
        self._link.require_board(self._name)
        measures = await self._known("measures", contents.measures_of)
        calibration = await self._known("calibration", contents.calibration_of)
        counters = await self._known("counters", contents.counters_of)
        update = await self._known("update", contents.words_of)
        configuration = await self._content("configuration") or b""
        pinned = self._link.wish.configuration
        said, uptime_s = self._link.said(), self._uptime_s()
        if said is None:
            raise DriverUnavailable(self._name, "the board fell silent")
        _, identity = said
        return BoardDescription(
            board=identity.board,
            revision=identity.revision,
            firmware_version=identity.firmware_version,
            boot_id=identity.boot_id,
            uptime_s=uptime_s,
            capabilities=capabilities_of(identity.capabilities),
            measures=measures,
            calibration=calibration,
            counters=counters,
            update=update,
            configuration=self._read(contents.configuration_of, configuration),
            mark=contents.mark_of(configuration),
            pinned="" if pinned is None else contents.MARK.format(pinned),
        )

    async def capture(self) -> PilotCapture:
        return self._read(contents.capture_of, await self._desk.read("capture"))

    async def trip_record(self) -> TripRecord:
        content = await self._desk.read("evidence")
        if not content:
            raise DriverRejected(self._name, "the board has had no trip since its start")
        uptime_ms = round(self._uptime_s() * 1000)
        return self._read(lambda content: contents.trip_record_of(content, uptime_ms), content)

    async def text_to_sign(self, fault: str, operator: str, reason: str) -> bytes:
        challenge = await self._desk.read("challenge")
        return signed_text(challenge, code_of(fault), operator, reason)

    async def clear(self, clearing: Clearing) -> None:
        try:
            await self._desk.clear(code_of(clearing.fault), clearing.operator, clearing.reason, clearing.signature)
        except DriverUnavailable:
            # The answer may be what was lost: the board restarts right behind it. Then the fault is gone.
            if not await self._is_let_go(clearing.fault):
                raise
            return
        if not await self._is_let_go(clearing.fault):
            what = f"the board took the clearing, and {clearing.fault} is present anew: its cause is still there"
            raise DriverRejected(self._name, what)

    async def confirm(self) -> None:
        await self._link.confirm(self._name)

    async def restart(self) -> float | None:
        from agent.drivers.pilot_board.restarting import Restarting

        return await Restarting(self._desk).run()

    async def flash(self, size: int, supply: Supply, progress: Progress) -> FlashOutcome:
        from agent.drivers.pilot_board.flashing import Flashing

        return await Flashing(self._desk).run(size, supply, progress)

    async def challenge(self) -> bytes:
        return await self._desk.read("challenge")

    async def begin_test(self, proof: bytes) -> None:
        await self._tests.step("begin", proof=proof)

    async def end_test(self) -> None:
        await self._tests.step("end")

    async def drive(self, what: Drive, duty_percent: float = 0.0) -> None:
        await self._tests.drive(what, duty_percent)

    async def test_residual(self) -> ResidualTestOutcome:
        return await self._tests.test_residual()

    async def last_residual_test(self) -> ResidualTestOutcome | None:
        return await self._tests.last_residual_test()

    async def travel(self) -> Travel:
        return await self._tests.travel()

    async def stop_alive(self) -> None:
        await self._tests.step("stop_alive")

    async def hang(self) -> None:
        await self._tests.step("hang")

    async def fall_silent(self, seconds: float) -> None:
        self._link.fall_silent(self._name, seconds)

    async def _is_let_go(self, fault: str) -> bool:
        """Whether the board is there without the fault, be it after its restart."""
        try:
            async with asyncio.timeout(LETS_GO_WITHIN_S):
                while not self._is_there_without(fault):
                    await self._link.level.change()
        except TimeoutError:
            return False
        return True

    def _is_there_without(self, fault: str) -> bool:
        level = self._link.level.value
        return isinstance(level, BoardState) and all(present.id != fault for present in level.faults)

    def _uptime_s(self) -> float:
        uptime_s = self._link.uptime_s()
        if uptime_s is None:
            raise DriverUnavailable(self._name, "the board fell silent")
        return uptime_s

    async def _known(self, what: str, read: Callable[[bytes], Mapping[str, Quantity]]) -> Mapping[str, Quantity]:
        """Empty where this board has no such thing."""
        content = await self._content(what)
        return {} if content is None else self._read(read, content)

    async def _content(self, what: str) -> bytes | None:
        """None where this board has no such thing."""
        try:
            return await self._desk.read(what)
        except DriverRejected:
            return None

    def _read(self, read: Callable[[bytes], T], content: bytes) -> T:
        try:
            return read(content)
        except ValueError as error:
            raise DriverImplausible(self._name, f"the board sent {error}") from error


def signed_text(challenge: bytes, code: int, operator: str, reason: str) -> bytes:
    """What a clearing is signed over: five lines (docs/pilot-board-protocol.md)."""
    return b"\n".join((SIGNED_FORMAT, challenge, str(code).encode(), operator.encode(), reason.encode(), b""))


def code_of(fault: str) -> int:
    """The number that the board knows a fault by. KeyError for one that is not in the catalogue."""
    return next(code for code, id in ID_BY_CODE.items() if id == fault)
