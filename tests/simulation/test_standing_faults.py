"""A fault that stands while the program starts again and again is one, wherever somebody reads of it."""

from __future__ import annotations

import pytest

from agent.core.faults.model import Fault
from tests.simulation.stage import Charger, tell


def fault_of(charger: Charger, id: str) -> Fault:
    (session,) = charger.agent.station.sessions()
    found = session.faults.find(id)
    assert found is not None, f"{id} is not among {session.faults.ids}"
    return found


async def occurrences(charger: Charger, id: str) -> int:
    """In the journal, after the batch that it writes."""
    await charger.passes(10.0)
    told = await charger.agent.station.store.logs.journal.named("fault.raised", 100)
    return sum(dict(news.fields)["id"] == id for news in told)


async def restarts(charger: Charger) -> None:
    await charger.stage.charger.stop()
    await charger.passes(20.0)
    await charger.stage.charger.start()
    await charger.passes(90.0)


@pytest.mark.parametrize(
    ("breaks", "id", "part", "counter"),
    [("meter_silent", "meter.comm", "meter:1", "errors"), ("weld", "contactor.welded", "contactor:1", "welds")],
)
def test_restarts_add_no_occurrence_to_a_fault_that_stands(breaks: str, id: str, part: str, counter: str) -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("fault", name=breaks, connector=1)
        await charger.passes(30.0)
        await charger.world("plug_out", connector=1)
        await charger.passes(300.0)
        before = fault_of(charger, id)

        for _ in range(3):
            await restarts(charger)

        after = fault_of(charger, id)
        assert (after.count, after.first_seen) == (before.count, before.first_seen)
        assert await occurrences(charger, id) == 1
        assert charger.agent.upkeep.wear.wear.part(part).counts[counter] == 1
        await charger.world("heal", name=breaks, connector=1)
        await charger.passes(10.0)

    tell(story, may_break=("contacts still closed", "contactor"))


def test_a_fault_that_went_and_comes_again_after_a_restart_is_another() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        await charger.world("fault", name="estop", connector=1)
        await charger.passes(60.0)
        first = fault_of(charger, "safety.emergency_stop")
        await charger.world("heal")
        await charger.passes(60.0)
        await restarts(charger)
        await charger.world("fault", name="estop", connector=1)
        await charger.passes(10.0)

        assert fault_of(charger, "safety.emergency_stop").first_seen.monotonic_s > first.first_seen.monotonic_s
        assert await occurrences(charger, "safety.emergency_stop") == 2
        await charger.world("heal")
        await charger.passes(60.0)

    tell(story)
