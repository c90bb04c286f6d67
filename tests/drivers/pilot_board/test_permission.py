"""For which plug a permission counts, with the firmware itself at the other end of the line."""

from __future__ import annotations

import asyncio

from agent.core.control_pilot import ContactorState, PilotState
from agent.drivers.watching import until
from tests.drivers.pilot_board.bench import BoardBench
from tests.drivers.pilot_board.linked import on_a_board, state_of


def test_a_permission_at_an_empty_outlet_counts_there_and_never_for_the_next_plug() -> None:
    """That is how a self-test sees the lock, also after a plug was in."""

    async def plug_in_twice(bench: BoardBench) -> None:
        bench.plug_in()
        await until(bench.pilot.states(), lambda reading: reading.state is PilotState.B)
        bench.plug_out()
        await until(bench.pilot.states(), lambda reading: reading.state is PilotState.A)
        await bench.contactor.permit(True)
        await bench.pilot.offer(16)
        await asyncio.sleep(2)
        report = bench.pilot.report()
        assert report is not None
        assert report.waits_for == "car"
        assert bench.is_permitted()

        bench.plug_in()
        for _ in range(300):
            await asyncio.sleep(0.01)
            assert not bench.site.outlet.is_live

        assert not bench.is_permitted()
        assert state_of(bench).contactor is ContactorState.OPEN

    on_a_board(plug_in_twice)
