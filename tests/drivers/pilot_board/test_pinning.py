"""What the fault of a pinned configuration carries: the mark that is expected, and the one that was found."""

from __future__ import annotations

import asyncio

import pytest
from kind import Kind

from agent.drivers.interfaces import DeviceFault
from agent.drivers.pilot_board.control_pilot import BoardControlPilot
from agent.drivers.watching import first, until
from tests.drivers.pilot_board.served_board import HAS, NAME, Served, at_a_board

PINNED = "1a2b3c4d"
ITS_OWN = f"{Kind(has=HAS).mark():08x}"


def mismatch(faults: tuple[DeviceFault, ...]) -> DeviceFault:
    (fault,) = [fault for fault in faults if fault.id == "mcu.config_mismatch"]
    return fault


def test_a_board_that_is_not_the_pinned_one_tells_both_marks_at_once() -> None:
    async def story(at: Served) -> None:
        faults = await first(BoardControlPilot(NAME, at.link).faults())

        assert mismatch(faults).evidence == (("expected", PINNED), ("found", ITS_OWN))

    at_a_board(story, configuration=PINNED)


def test_a_board_that_tells_no_configuration_leaves_the_expected_mark() -> None:
    async def story(at: Served) -> None:
        at.board.knows_no.add("configuration")

        faults = await first(BoardControlPilot(NAME, at.link).faults())

        assert mismatch(faults).evidence == (("expected", PINNED),)

    at_a_board(story, configuration=PINNED)


def test_a_board_that_is_slow_with_it_holds_up_its_faults_for_a_second_and_once() -> None:
    async def story(at: Served) -> None:
        pilot = BoardControlPilot(NAME, at.link)
        at.board.loses = 1_000_000
        loop = asyncio.get_running_loop()
        began_at = loop.time()

        faults = await first(pilot.faults())

        assert mismatch(faults).evidence == (("expected", PINNED),)
        assert loop.time() - began_at <= 1.1
        at.board.loses = 0
        await first(pilot.faults())
        assert loop.time() - began_at <= 1.2

    at_a_board(story, configuration=PINNED)


def test_a_fault_beside_it_keeps_its_own_evidence() -> None:
    async def story(at: Served) -> None:
        at.board.hal.show("E")
        at.board.hal.high_mv = 0

        faults = await until(BoardControlPilot(NAME, at.link).faults(), lambda present: len(present) > 1)

        assert dict(mismatch(faults).evidence) == {"expected": PINNED, "found": ITS_OWN}
        assert all("expected" not in dict(fault.evidence) for fault in faults if fault != mismatch(faults))

    at_a_board(story, configuration=PINNED)


@pytest.mark.parametrize("written", [ITS_OWN, ITS_OWN.upper()])
def test_the_pinned_board_has_no_such_fault_however_the_mark_is_written(written: str) -> None:
    async def story(at: Served) -> None:
        assert await first(BoardControlPilot(NAME, at.link).faults()) == ()

    at_a_board(story, configuration=written)
