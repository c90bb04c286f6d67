"""An outlet that nobody can use says so to a car: state F at the wire, and a car that comes all the same."""

from __future__ import annotations

from typing import Any

from agent.core.identity import ConnectorId
from agent.core.session.events import FaultObserved
from tests.simulation.stage import Charger, tell
from tests.simulation.test_board_stories import body

LOOKS_WITHIN_S = 11.0
"""The board looks for a plug every ten seconds."""


def drive(charger: Charger) -> str:
    """What the generator at the wire does."""
    return str(charger.outlet()["pilot"]["drive"])


async def shown(charger: Charger) -> dict[str, Any]:
    (connector,) = (await body(charger, "status"))["connectors"]
    return dict(connector)


async def is_put(charger: Charger, *, operative: bool) -> None:
    answer = await charger.network("change_availability", operative=operative, connector=1)
    assert answer["answer"]["status"] == "Accepted"
    await charger.passes(1.5)


def test_an_empty_outlet_out_of_service_shows_f_and_a_car_that_came_charges_once_it_is_back() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(10.0)
        assert drive(charger) == "x1"
        await is_put(charger, operative=False)
        assert drive(charger) == "f"
        await charger.passes(1.0)
        connector = await shown(charger)
        assert (connector["pilot"], connector["status"]) == ("F", "Unavailable")
        assert connector["pilot_high_v"] < -11

        await charger.plug_in()
        await charger.passes(LOOKS_WITHIN_S)
        assert drive(charger) == "x1"
        assert (await shown(charger))["pilot"] == "B"
        await charger.swipe()
        await charger.passes(20.0)
        assert charger.transactions() == []

        await is_put(charger, operative=True)
        await charger.swipe()
        await charger.passes(30.0)
        assert charger.outlet()["contactor"] == "closed"
        assert charger.session().faults.ids == ()

    tell(story)


def test_a_car_that_charges_when_the_outlet_is_taken_out_of_service_ends_in_peace() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        answer = await charger.network("change_availability", operative=False, connector=1)
        assert answer["answer"]["status"] == "Scheduled"
        await charger.passes(30.0)
        assert (charger.outlet()["contactor"], drive(charger)) == ("closed", "x2")

        await charger.world("plug_out", connector=1)
        await charger.passes(8.0)

        assert drive(charger) == "f"
        assert len(charger.transactions()) == 1

    tell(story)


def test_water_in_the_housing_opens_without_waiting_for_the_car() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        connector = charger.agent.station.connectors[ConnectorId(1)]

        connector.post(FaultObserved(id="enclosure.water", present=True))
        await charger.passes(0.3)

        assert charger.outlet()["contactor"] == "open"
        assert charger.outlet()["pilot"]["drive"] == "x1"
        await charger.passes(30.0)
        assert charger.outlet()["contactor"] == "open"
        assert charger.session().faults.ids == ("enclosure.water",)

    tell(story)
