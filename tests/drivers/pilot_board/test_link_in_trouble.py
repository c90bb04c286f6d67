"""The link at the wire when the board is silent, another one than expected, or drowned in noise."""

from __future__ import annotations

import asyncio
import logging

import pytest

from agent.core.control_pilot import ContactorState, PilotState
from agent.drivers.pilot_board.frames import MAX_FRAME
from agent.drivers.pilot_board.levels import Absence
from agent.drivers.pilot_board.messages import TABLE_HASH
from agent.drivers.watching import becomes_unavailable, first
from agent.errors import DriverRejected, DriverUnavailable
from tests.drivers.pilot_board.bench import BUS, BoardBench
from tests.drivers.pilot_board.linked import absence_of, charges, on_a_board, state_of


def speak_another_table(bench: BoardBench, table_hash: str) -> None:
    """What an older or newer firmware answers."""
    bench.site.board._program.link._table_hash = table_hash  # type: ignore[attr-defined]


# --- silence


def test_a_board_that_hangs_is_silent_after_two_seconds() -> None:
    async def hang(bench: BoardBench) -> None:
        bench.site.board.hang()
        loop = asyncio.get_running_loop()
        hung_at = loop.time()

        reason = await becomes_unavailable(bench.pilot.states())

        assert 1.8 <= loop.time() - hung_at <= 2.0
        assert reason == (f"no word from the board on {bench.site.port(BUS)} for 2 s; check its power and its cable")
        with pytest.raises(DriverUnavailable):
            await bench.contactor.permit(True)

    on_a_board(hang)


def test_a_silent_port_is_opened_anew_every_now_and_then() -> None:
    async def hang(bench: BoardBench) -> None:
        bench.site.board.hang()
        await asyncio.sleep(120)

        counted = bench.link.statistics()["board"]
        assert 10 <= counted["openings"] <= 13
        assert counted["silences"] == 1
        assert counted["questions"] <= 140

        bench.site.board.reset("watchdog")
        await asyncio.sleep(3)
        assert [fault.id for fault in state_of(bench).faults] == ["mcu.watchdog_reset"]

    on_a_board(hang)


def test_a_cut_line_ends_the_permission_on_both_sides() -> None:
    async def cut(bench: BoardBench) -> None:
        await charges(bench)

        bench.site.board.wire.is_cut = True
        await asyncio.sleep(2.1)
        assert isinstance(bench.link.level.value, Absence)

        await asyncio.sleep(7)
        assert not bench.site.outlet.is_live

        bench.site.board.wire.is_cut = False
        await bench.contactor.permit(False)
        await asyncio.sleep(5)
        assert state_of(bench).contactor is ContactorState.OPEN
        assert not bench.is_permitted()

    on_a_board(cut)


# --- another table


def test_a_board_with_another_table_is_refused_in_words() -> None:
    async def meet(bench: BoardBench) -> None:
        await bench.is_away_and_back(lambda: speak_another_table(bench, "3f2a1b00"))

        with pytest.raises(DriverRejected) as raised:
            await first(bench.pilot.states())
        assert raised.value.what == f"board speaks 3f2a1b00, agent needs {TABLE_HASH}; run `evsectl board flash`"

    on_a_board(meet)


def test_a_board_with_another_table_is_a_fault_with_evidence_and_hears_no_wish() -> None:
    async def meet(bench: BoardBench) -> None:
        await bench.is_away_and_back(lambda: speak_another_table(bench, "3f2a1b00"))

        (fault,) = await first(bench.pilot.faults())
        assert fault.id == "mcu.firmware_mismatch"
        assert dict(fault.evidence)["board_speaks"] == "3f2a1b00"
        assert dict(fault.evidence)["agent_needs"] == TABLE_HASH
        with pytest.raises(DriverRejected):
            await bench.contactor.permit(True)
        assert bench.lease().sequence is None or not bench.is_permitted()

    on_a_board(meet)


def test_a_flashed_board_is_believed_again() -> None:
    async def flash(bench: BoardBench) -> None:
        await bench.is_away_and_back(lambda: speak_another_table(bench, "3f2a1b00"))
        assert absence_of(bench).mismatch is not None

        bench.site.board.reset()
        await asyncio.sleep(8)

        assert state_of(bench).faults == ()
        assert await first(bench.pilot.faults()) == ()

    on_a_board(flash)


# --- noise


def test_noise_is_counted_told_once_with_a_count_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    async def disturb(bench: BoardBench) -> None:
        bench.site.board.wire.flip_rate = 0.002
        await asyncio.sleep(300)
        bench.site.board.wire.flip_rate = 0.0
        await asyncio.sleep(5)

        counted = bench.link.statistics()["board"]
        assert counted["damaged_frames"] > 20
        assert state_of(bench).pilot.state is PilotState.A

    with caplog.at_level(logging.INFO):
        on_a_board(disturb)

    told = [record for record in caplog.records if record.getMessage() == "garbage on the link"]
    assert len(told) == 1
    assert told[0].__dict__["pieces"] > 0


def test_a_port_that_is_not_the_board_s_is_named_as_such() -> None:
    async def chatter(bench: BoardBench) -> None:
        bench.site.board.hang()
        wire = bench.site.board.wire
        for _ in range(100):
            wire.send(b"$GPGGA,123519,4807.038,N\r\n\x00$GPGSA,A,3,04,05\x00")
            await asyncio.sleep(0.2)

        assert "is not a pilot board's; check that the port is the board's" in absence_of(bench).why

    on_a_board(chatter)


def test_endless_bytes_without_an_end_take_no_memory() -> None:
    async def flood(bench: BoardBench) -> None:
        for _ in range(200):
            bench.site.board.wire.send(b"\x55" * 2000)
            await asyncio.sleep(0.01)
        splitter = bench.link._conversation._splitter
        assert len(splitter._pending) <= MAX_FRAME
        await asyncio.sleep(2)
        assert state_of(bench).pilot.state is PilotState.A

    on_a_board(flood)
