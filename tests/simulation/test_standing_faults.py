"""A fault that stands while the program starts again and again is one, wherever somebody reads of it."""

from __future__ import annotations

import pytest

from agent.core.faults.model import Fault
from agent.security.events import SecurityEvent
from tests.simulation.stage import Charger, tell


def fault_of(charger: Charger, id: str) -> Fault:
    (session,) = charger.agent.station.sessions()
    found = session.faults.find(id)
    assert found is not None, f"{id} is not among {session.faults.ids}"
    return found


async def occurrences(charger: Charger, id: str, name: str = "fault.raised") -> int:
    """In the journal, after the batch that it writes."""
    await charger.passes(10.0)
    told = await charger.agent.station.store.logs.journal.named(name, 100)
    return sum(dict(news.fields)["id"] == id for news in told)


async def endings(charger: Charger, id: str) -> int:
    return await occurrences(charger, id, "fault.cleared")


async def restarts(charger: Charger, runs_s: float = 90.0) -> None:
    await charger.stage.charger.stop()
    await charger.passes(20.0)
    await charger.stage.charger.start()
    await charger.passes(runs_s)


@pytest.mark.parametrize(
    ("board", "breaks", "id", "part", "counter"),
    [
        ("sim-single", "meter_silent", "meter.comm", "meter:1", "errors"),
        ("sim-single", "weld", "contactor.welded", "contactor:1", "welds"),
        ("sim-gpio", "weld", "contactor.welded", "contactor:1", "welds"),
    ],
)
def test_restarts_add_no_occurrence_to_a_fault_that_stands(
    board: str, breaks: str, id: str, part: str, counter: str
) -> None:
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

    tell(story, board=board, may_break=("contacts still closed", "contactor"))


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


STOP, DOOR = "safety.emergency_stop", "enclosure.open"


def test_a_stop_that_is_pressed_anew_soon_after_a_restart_is_another() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        await charger.world("fault", name="estop", connector=1)
        await charger.passes(60.0)
        first = fault_of(charger, STOP)
        await charger.stage.charger.stop()
        await charger.world("heal")
        await charger.passes(20.0)
        await charger.stage.charger.start()
        await charger.passes(20.0)
        assert charger.session().faults.ids == ()
        assert await endings(charger, STOP) == 1

        await charger.world("fault", name="estop", connector=1)
        await charger.passes(10.0)

        again = fault_of(charger, STOP)
        assert (again.is_recalled, again.first_seen == first.first_seen) == (False, False)
        assert await occurrences(charger, STOP) == 2
        await charger.world("heal")
        await charger.passes(60.0)
        assert await endings(charger, STOP) == 2

    tell(story)


def test_a_door_that_was_closed_over_a_restart_is_tampered_with_when_it_opens() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        await charger.world("press", what="door", for_s=40)
        await charger.passes(20.0)
        assert await occurrences(charger, DOOR) == 1
        await restarts(charger, runs_s=10.0)
        assert charger.session().faults.ids == ()

        await charger.world("press", what="door", for_s=40)
        await charger.passes(10.0)

        assert charger.session().faults.ids == (DOOR,)
        assert await occurrences(charger, DOOR) == 2
        records = await charger.agent.station.store.logs.security.records()
        assert [one.event for one in records].count(SecurityEvent.TAMPER.value) == 2
        await charger.passes(60.0)

    tell(story, board="sim-gpio")


def test_a_door_that_stays_open_over_restarts_was_opened_once() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(60.0)
        await charger.world("press", what="door", for_s=400)
        await charger.passes(20.0)
        for _ in range(2):
            await restarts(charger)
            assert charger.session().faults.ids == (DOOR,)
        assert (await occurrences(charger, DOOR), await endings(charger, DOOR)) == (1, 0)

        await charger.passes(300.0)
        assert (charger.session().faults.ids, await endings(charger, DOOR)) == ((), 1)

    tell(story, board="sim-gpio")


def test_what_nobody_looks_for_is_told_as_over_after_a_while_and_once() -> None:
    """A reader that answers says nothing of how it was before."""

    async def story(charger: Charger) -> None:
        await charger.passes(30.0)
        await charger.world("fault", name="reader_dead", connector=1)
        await charger.passes(60.0)
        assert await occurrences(charger, "reader.failed") == 1
        await charger.stage.charger.stop()
        await charger.world("heal")
        await charger.passes(20.0)
        await charger.stage.charger.start()
        await charger.passes(50.0)
        assert await endings(charger, "reader.failed") == 0

        await charger.passes(30.0)
        assert await endings(charger, "reader.failed") == 1
        await restarts(charger)
        assert await endings(charger, "reader.failed") == 1

    tell(story, board="sim-pn532")
