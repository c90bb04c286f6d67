"""The ordinary beginning of a charge on the bench."""

from __future__ import annotations

from agent.core.control_pilot import PilotState
from agent.core.session.events import TokenPresented
from tests.connector.fakes import CARD, Bench


async def charge(bench: Bench) -> None:
    """A car is plugged in, a card shown, and the car asks for power."""
    bench.board.pilot_shows(PilotState.B)
    await bench.passes(1.0)
    bench.connector.post(TokenPresented(CARD))
    await bench.passes(1.0)
    bench.board.pilot_shows(PilotState.C)
    await bench.passes(1.0)
