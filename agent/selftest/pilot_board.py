"""What checks of pilot, residual current and contactor ask of the board: its parts, its readings, what it waits for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from agent.config.model import Outlet
from agent.core.commissioning.model import broken, not_applicable, skipped
from agent.core.control_pilot import PilotState
from agent.drivers.board_service import BoardDescription, Drive, Quantity, TestedBoard
from agent.drivers.interfaces import BoardReport, ReportingBoard
from agent.errors import DriverRejected
from agent.selftest.bench import Bench
from agent.selftest.ending import Ended
from agent.selftest.standing_faults import barring, of_fault
from agent.selftest.wired import wired

PHASES = ("l1", "l2", "l3")


def tested_board(bench: Bench) -> TestedBoard:
    """The board's tests. Ends the check where this controller has none."""
    board = bench.board
    if board is None:
        why = "The controller of this connector tests itself and tells nobody how: it takes no orders for such a test."
        raise Ended(skipped(why, "Do this test with the manufacturer's own tool, and put its record into the papers."))
    return board


def report(bench: Bench) -> BoardReport | None:
    """What the board says of itself now; None where it is silent, or no board that reports."""
    pilot = bench.drivers().get("control_pilot")
    return pilot.report() if isinstance(pilot, ReportingBoard) else None


def has(bench: Bench, part: str) -> bool:
    """Whether the board has that part, by its word ("rails", "socket", "residual_current", …)."""
    said = report(bench)
    return said is not None and part in said.capabilities


def has_not(bench: Bench, part: str) -> bool:
    """Whether the board says that it has no such part; a silent one says nothing."""
    return report(bench) is not None and not has(bench, part)


def needs_part(bench: Bench, part: str, lacking: str) -> None:
    """Ends the check where the board lacks the part, which `lacking` says. A silent board lacks nothing by that."""
    tested_board(bench)
    if report(bench) is None:
        why = "The board is silent, so nobody can tell what it has."
        raise Ended(broken(why, "Check its cable and its supply, and repeat."))
    if not has(bench, part):
        raise Ended(not_applicable(lacking))


def needs_socket(bench: Bench, lacking: str) -> None:
    """Ends the check at a tethered cable, and where nobody reads the proximity contact."""
    if wired(bench).outlet is Outlet.TETHERED:
        raise Ended(not_applicable(lacking))
    needs_part(bench, "socket", lacking)


async def measures(board: TestedBoard) -> Mapping[str, Quantity]:
    """All readings of its pins, as they are now."""
    return (await board.describe()).measures


def number(readings: Mapping[str, Quantity], name: str) -> float:
    """One of them. Ends the check where it is missing."""
    value = readings.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        why = f"The pilot board gave no reading of {name.replace('_', ' ')}."
        raise Ended(broken(why, "Repeat the test. If it stays so, check the board's firmware: evsectl board info."))
    return float(value)


def property_of(description: BoardDescription, name: str) -> str:
    """A word of the board's configuration; "" where it tells none."""
    return str(description.configuration.get(name, ""))


@asynccontextmanager
async def driven(bench: Bench) -> AsyncIterator[TestedBoard]:
    """The board while a test drives its pilot on an empty outlet; afterwards it decides again by itself."""
    board = tested_board(bench)
    if not await is_empty(bench):
        raise Ended(skipped("A plug is in; the pilot is driven on an empty outlet only.", "Take the plug out, repeat."))
    if fault := barring(bench):
        raise Ended(of_fault("The board drives nothing while a fault is present.", fault))
    try:
        yield board
    except DriverRejected:
        # Most of all a fault that the test itself has brought to light.
        if await bench.until(lambda: bool(barring(bench)), TOLD_WITHIN_S) is None:
            raise
        raise Ended(of_fault("The board ended the test.", barring(bench))) from None
    finally:
        await board.drive(Drive.RELEASE)
    if not await is_empty(bench):
        raise Ended(broken("A plug came in during the test.", "Take it out and repeat the test."))


async def is_empty(bench: Bench) -> bool:
    """Nobody is plugged in, or will not be within a moment: after F a board needs one until it knows."""
    return await bench.until(lambda: state_of(bench) is PilotState.A, EMPTY_WITHIN_S) is not None


EMPTY_WITHIN_S = 3.0
TOLD_WITHIN_S = 0.5


def state_of(bench: Bench) -> PilotState | None:
    reading = bench.pilot()
    return None if reading is None else reading.state


def high_v(bench: Bench) -> float | None:
    """The pilot's high level as the board told it last, to a millivolt where it does."""
    said, reading = report(bench), bench.pilot()
    if said is not None:
        return said.high_v
    return None if reading is None else reading.high_v
