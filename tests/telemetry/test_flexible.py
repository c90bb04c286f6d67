"""What could be shed or raised is told when it changes: seldom, never for noise, and to its last value."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.telemetry.flexible import differs
from agent.telemetry.profile import THRIFTY
from firmware_sim.mqtt_broker import Broker
from tests.simulation.stage import Charger
from tests.telemetry.charger import TOPICS, Scene, play
from tests.telemetry.schemas import misfits
from tests.telemetry.simulated import BASE, documents, tell

PAUSED_S = 900


def told(charger: Charger, broker: Broker) -> list[dict[str, Any]]:
    statuses = [(one, body) for one, body in documents(broker) if one.topic == f"{BASE}/port/1/status"]
    assert [what for message, body in statuses for what in misfits(message, body)] == []
    return [body for _, body in statuses]


def test_a_charge_and_its_pause_by_the_network_are_told_with_what_could_be_shed_raised_and_until_when() -> None:
    async def story(charger: Charger, broker: Broker) -> None:
        await charger.passes(60.0)
        assert "flexibility" not in told(charger, broker)[-1]

        await charger.charge(current_a=16)
        await charger.passes(60.0)
        flows = told(charger, broker)[-1]
        sample = charger.session().last_sample
        assert sample is not None
        drawn_w = sample.power_w or 0.0
        assert drawn_w > 3000
        assert abs(flows["flexibility"]["shed_w"] - drawn_w) < 500
        assert flows["flexibility"]["shed_to_minimum_w"] > 0
        count = len(told(charger, broker))
        await charger.passes(600.0)
        assert len(told(charger, broker)) == count

        ends_ms = (charger.agent.station.clock.now().utc_ms or 0) + PAUSED_S * 1000
        now = datetime.fromtimestamp(ends_ms / 1000 - PAUSED_S, UTC)
        profile = {
            "chargingProfileId": 7,
            "stackLevel": 0,
            "chargingProfilePurpose": "ChargePointMaxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "startSchedule": f"{now:%Y-%m-%dT%H:%M:%SZ}",
                "duration": PAUSED_S,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 0}],
            },
        }
        await charger.network(
            "call", action="SetChargingProfile", payload={"connectorId": 0, "csChargingProfiles": profile}
        )
        await charger.passes(120.0)
        paused = told(charger, broker)[-1]
        able = paused["flexibility"]
        assert (paused["charging"], able["shed_w"], able["raise_by"]) == (False, 0, "ChargePointMaxProfile")
        assert able["raise_w"] >= 0.9 * drawn_w
        assert abs(datetime.fromisoformat(able["until"]).timestamp() - ends_ms / 1000) < 3

        await charger.passes(PAUSED_S)
        again = told(charger, broker)[-1]
        assert again["flexibility"]["shed_w"] > 3000
        assert "until" not in again["flexibility"]
        await charger.world("plug_out", connector=1)
        await charger.passes(60.0)
        assert "flexibility" not in told(charger, broker)[-1]

    tell(story)


def draws(scene: Scene, watts: int, **more: object) -> None:
    scene.source.status[1] = {"flexibility": {"shed_w": watts, **more}}


def shed_w(scene: Scene) -> list[int]:
    bodies = scene.told(TOPICS.port_status(1))
    return [body["flexibility"]["shed_w"] for body in bodies if "flexibility" in body]


def test_a_step_is_told_once_it_has_settled_and_noise_never() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        steps = (1000, 4000, 7000, 11_000, *(11_000 + number % 7 * 150 for number in range(100)))
        for number, watts in enumerate(steps):
            draws(scene, watts, until=f"2027-01-01T00:00:0{number % 5}.000Z")
            await asyncio.sleep(5)
        assert len(shed_w(scene)) <= 2
        assert shed_w(scene)[-1] >= 11_000

        draws(scene, 11_000, until="2027-01-01T01:00:00.000Z")
        await asyncio.sleep(20)
        assert scene.told(TOPICS.port_status(1))[-1]["flexibility"]["until"] == "2027-01-01T01:00:00.000Z"

    play(story)


def test_a_car_that_never_settles_is_told_within_its_rate_and_at_last_as_it_is() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        for number in range(120):
            draws(scene, (2000, 11_000)[number % 2])
            await asyncio.sleep(60)
        assert 2 <= len(shed_w(scene)) <= THRIFTY.flexibility.burst + 7200 / THRIFTY.flexibility.every_s + 1

        draws(scene, 6000)
        await asyncio.sleep(THRIFTY.flexibility.every_s + 60)
        assert shed_w(scene)[-1] == 6000

    play(story, profile=THRIFTY)


def test_where_octets_are_dear_the_word_that_a_charge_began_waits_for_its_load_but_not_for_ever() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        begun = {"state": "Charging", "charging": True}
        scene.source.status[1] = {**begun, "flexibility": {"shed_w": 0}}
        await asyncio.sleep(8)
        scene.source.status[1] = {**begun, "flexibility": {"shed_w": 7000}}
        await asyncio.sleep(120)
        assert shed_w(scene) == [7000]

        scene.source.status[1] = {"state": "Faulted"}
        await asyncio.sleep(6)
        assert scene.told(TOPICS.port_status(1))[-1]["state"] == "Faulted"

        scene.source.status[1] = begun
        await asyncio.sleep(60)
        assert scene.told(TOPICS.port_status(1))[-1]["charging"]

    play(story, profile=THRIFTY)


watts = st.integers(0, 22_000)


@given(watts, watts)
def test_a_difference_is_one_both_ways_and_only_beyond_noise(one_w: int, other_w: int) -> None:
    one, other = {"shed_w": one_w}, {"shed_w": other_w}

    assert differs(one, other) == differs(other, one)
    assert not (differs(one, other) and abs(one_w - other_w) <= 500)
    assert differs(one, other) or abs(one_w - other_w) <= max(500, max(one_w, other_w) / 4)
    assert differs(one, None) and not differs(None, None)
    assert differs(one, one | {"raise_by": "TxProfile"})
