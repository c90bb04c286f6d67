"""Heat in a cabinet, seen by sensors of Linux: less current, full current again, and a sensor that is pulled out.

The pilot board of these stories has no sensors of its own, so that what is seen here is the host's doing.
"""

from __future__ import annotations

import pytest

from agent.core.limits import LimitSource
from agent.core.session.effects import Signal
from firmware_sim.parts.warmth import Place
from tests.drivers.indicators.watching_lamps import signal_shown
from tests.simulation.stage import Charger, tell
from tests.simulation.test_board_stories import body

BOARD = "sim-cabinet"
BLIND_BOARD = {"sensors": 0}
TERMINAL_SENSOR = "one_wire 28-000005e2fdc3"


def offered_a(charger: Charger) -> float:
    return float(charger.outlet()["pilot"]["offered_a"])


def place(charger: Charger, name: str) -> Place:
    return charger.stage.rig.world.outlets[1].parts.warmth.places[name]


async def warms(charger: Charger, name: str, celsius: float) -> None:
    """Slowly enough not to be a burning joint, with a head start to where that begins to count."""
    place(charger, name).force(58.0, 600.0)
    await charger.passes(75.0)
    place(charger, name).force(celsius, 9.0)


async def limit_reason(charger: Charger) -> str:
    """What `evsectl explain` says of the limit in force."""
    (connector,) = (await body(charger, "explain"))["connectors"]
    return next(str(reason["what"]) for reason in connector["reasons"] if reason["key"].startswith("limit."))


def test_a_terminal_that_warms_gets_less_current_and_all_of_it_once_it_is_cool_again() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        assert await signal_shown(charger.stage.rig.world.lamps[1]) is Signal.CHARGING
        await charger.passes(21.0)
        assert offered_a(charger) == pytest.approx(32, abs=0.1)

        await warms(charger, "terminal", 84)
        await charger.passes(270.0)
        assert offered_a(charger) == pytest.approx(26.8, abs=0.1)
        assert charger.session().faults.ids == ("temp.terminal_derate",)
        assert charger.session().limits.effective().source is LimitSource.THERMAL
        assert f"thermal decides: terminal at 84 °C ({TERMINAL_SENSOR})" in await limit_reason(charger)
        assert charger.outlet()["contactor"] == "closed"

        place(charger, "terminal").force(None)
        await charger.passes(420.0)
        assert offered_a(charger) == pytest.approx(32, abs=0.1)
        assert charger.session().faults.ids == ()
        assert charger.session().limits.named(LimitSource.THERMAL) is None
        assert len(charger.transactions()) == 1

    tell(story, board=BOARD, board_kind=BLIND_BOARD)


def test_a_terminal_that_burns_opens_the_contactor_and_nobody_charges_before_it_was_looked_at() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.world("fault", name="overtemp", connector=1, sensor="terminal", celsius=110, k_per_min=30)
        await charger.passes(150.0)
        assert charger.outlet()["contactor"] == "open"
        assert "temp.terminal_stop" in charger.session().faults.ids
        assert "HighTemperature" in [payload["errorCode"] for payload in charger.told("StatusNotification")]

        await charger.world("heal", name="overtemp", connector=1)
        await charger.passes(120.0)
        assert charger.outlet()["contactor"] == "open"

        charger.clear_fault("temp.terminal_stop")
        await charger.passes(30.0)
        assert charger.session().faults.ids == ()

    tell(story, board=BOARD, board_kind=BLIND_BOARD)


def test_a_sensor_that_is_pulled_out_halves_the_current_and_is_named() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.world("fault", name="sensor_gone", connector=1)
        await charger.passes(60.0)
        assert offered_a(charger) == pytest.approx(16, abs=0.1)
        assert charger.session().faults.ids == ("temp.sensor",)
        words = await limit_reason(charger)
        assert f"no temperature of the terminal: {TERMINAL_SENSOR}: no sensor 28-000005e2fdc3 answers" in words
        assert "check the plug of the sensor" in words
        (event,) = await charger.events("sensor.lost")
        assert (event["sensor"], event["place"], event["key"]) == (
            TERMINAL_SENSOR,
            "terminal",
            "connector.1.temperature_sensor.1",
        )

        await charger.world("heal", name="sensor_gone", connector=1)
        await charger.passes(150.0)
        assert offered_a(charger) == pytest.approx(17, abs=0.1)
        assert charger.session().faults.ids == ()
        assert len(await charger.events("sensor.returned")) == 1

    tell(story, board=BOARD, board_kind=BLIND_BOARD)


def test_one_of_two_sensors_at_a_place_costs_no_current_and_is_told() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await charger.world("fault", name="sensor_says", connector=1, place="connector", what="open")
        await charger.passes(60.0)

        assert offered_a(charger) == pytest.approx(32, abs=0.1)
        assert charger.session().faults.ids == ()
        (event,) = await charger.events("sensor.lost")
        assert event["sensor"] == "iio_ntc ads1015 voltage0"
        assert "a lead that is open" in str(event["detail"])

    tell(story, board=BOARD, board_kind=BLIND_BOARD)


def test_what_board_and_host_both_see_is_gone_when_both_say_so() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(current_a=32)
        await warms(charger, "connector", 78)
        await charger.passes(180.0)
        (fault,) = charger.session().faults.faults
        assert (fault.kind.id, len(fault.witnesses)) == ("temp.connector_derate", 2)

        place(charger, "connector").force(None)
        await charger.passes(90.0)
        assert charger.session().faults.ids == ()

    tell(story, board=BOARD)
