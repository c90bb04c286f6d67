"""Outages over the health channel, from begin to end: one that lasts over a restart, and the program's own."""

from __future__ import annotations

from firmware_sim.mqtt_broker import Broker
from tests.simulation.stage import Charger
from tests.telemetry.simulated import BASE, documents, tell


def outages(broker: Broker) -> list[tuple[str, str]]:
    return [(body["edge"], body["cause"]) for one, body in documents(broker) if one.topic == f"{BASE}/outage"]


def test_an_outage_that_lasts_over_a_restart_is_told_as_one_and_one_of_the_program_itself_to_its_end() -> None:
    async def story(charger: Charger, broker: Broker) -> None:
        await charger.passes(60.0)
        await charger.world("fault", name="estop", connector=1)
        await charger.passes(60.0)
        await charger.stage.charger.start()
        await charger.passes(120.0)
        await charger.world("heal", name="estop", connector=1)
        await charger.passes(120.0)
        await charger.stage.charger.kill()
        await charger.stage.charger.start()
        await charger.passes(120.0)

        stop = "fault.safety.emergency_stop"
        lasted = [stop, "program.crashed"]
        assert outages(broker) == [(edge, cause) for cause in lasted for edge in ("begun", "ended")]

    tell(story)
