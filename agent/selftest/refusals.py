"""After a test has shown the board a wrong car: how fast it noticed, and whether it forgets with the plug."""

from __future__ import annotations

from collections.abc import Callable

from agent.drivers.board_service import TestedBoard
from agent.errors import DriverRejected
from agent.selftest.adapter import Adapter
from agent.selftest.bench import AdapterPosition, Bench
from agent.selftest.judging.trips import Row, reaction_ms

RECORD_AFTER_S = 0.7
"""The board's record ends half a second behind the fault."""
FRESH_S = 15.0
CLEARS_WITHIN_S = 15.0


async def reacted_ms(bench: Bench, board: TestedBoard, is_cause: Callable[[Row], bool]) -> int | None:
    """From the reading to the fault, by the board's record; None where it does not tell."""
    await bench.wait(RECORD_AFTER_S)
    try:
        record = await board.trip_record()
    except DriverRejected:
        return None
    return reaction_ms(record, is_cause) if record.age_s is not None and record.age_s <= FRESH_S else None


async def cleared(bench: Bench, adapter: Adapter, fault: str, setting: AdapterPosition | None = None) -> bool:
    """Back at A, and the fault is over."""
    await adapter.turn("A", setting)
    return await bench.until(lambda: fault not in bench.faults(), CLEARS_WITHIN_S) is not None
