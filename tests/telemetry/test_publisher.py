"""What is told when: on change and by the clock, within rates, and what was held back is counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from agent.telemetry.profile import NORMAL, THRIFTY, Profile
from tests.telemetry.charger import TOPICS, HandMade, Scene, play
from tests.telemetry.schemas import misfits


def test_a_flapping_status_is_told_a_few_times_and_at_last_as_it_is() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        for number in range(240):
            scene.source.status[1] = {"state": ["Available", "Preparing"][number % 2]}
            await asyncio.sleep(5)
        scene.source.status[1] = {"state": "Faulted"}
        await asyncio.sleep(120)
        told = scene.told(TOPICS.port_status(1))

        assert len(told) <= 1 + NORMAL.status.burst + 1200 / NORMAL.status.every_s + 2
        assert told[-1]["state"] == "Faulted"

    play(story)


def test_a_storm_of_events_is_cut_and_the_next_one_says_how_many_are_missing() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        for _ in range(200):
            scene.source.tell("plug.inserted", port=1)
        await asyncio.sleep(300)
        scene.source.tell("fault.raised", port=1, id="f", severity="S")
        await asyncio.sleep(5)
        told = scene.told(TOPICS.event)

        assert len(told) == NORMAL.info.burst + 1
        assert told[-1]["lost"] == told[-1]["lost_to_rate"] == 200 - NORMAL.info.burst
        assert scene.client.figures().dropped == 200 - NORMAL.info.burst

    play(story)


def test_a_charge_is_told_however_many_orders_come() -> None:
    """Support asks a hundred times for its case, and somebody who may not asks, too."""

    async def story(scene: Scene) -> None:
        await scene.linked()
        for number in range(100):
            order = {"verb": "explain", "via": "mqtt", "id": f"{number:032x}", "key": "anna", "case": "T-1"}
            scene.source.tell("order.accepted", None, **order)
            scene.source.tell("order.done", None, **order, outcome="result", took_s=0.1)
            scene.source.tell("support.acted", case="T-1", verb="explain", outcome="result", took_s=0.1)
            scene.source.tell("order.refused", verb="unlock", why="role", via="mqtt")
        for name in ("transaction.stopped", "plug.removed", "plug.inserted"):
            scene.source.tell(name, port=1)
        scene.source.tell("fault.raised", port=1, id="f", severity="S")
        await asyncio.sleep(60)
        told = [str(one["event"]) for one in scene.told(TOPICS.event)]

        assert told[-4:] == ["transaction.stopped", "plug.removed", "plug.inserted", "fault.raised"]
        assert set(told[:-4]) == {"support.acted", "order.refused"}
        assert [what for message, body in scene.messages() for what in misfits(message, body)] == []

    play(story)


def test_what_is_missing_is_still_known_after_the_link_was_lost() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        for _ in range(NORMAL.info.burst + 5):
            scene.source.tell("plug.inserted", port=1)
        await asyncio.sleep(5)
        scene.broker.links["A-1"].hang_up()
        await scene.linked()
        scene.source.tell("fault.raised", port=1, id="f", severity="S")
        await asyncio.sleep(5)

        assert scene.told(TOPICS.event)[-1]["lost"] == 5
        assert scene.told(TOPICS.event)[-1]["lost_to_rate"] == 5

    play(story)


def test_meters_are_told_by_the_clock_and_at_both_ends_of_a_charge() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        await asyncio.sleep(60)
        scene.source.reading[1] = {"charging": True, "register_wh": 1000, "power_w": 7000}
        await asyncio.sleep(602)
        scene.source.reading[1] = {"charging": False, "register_wh": 2166}
        await asyncio.sleep(10)
        told = scene.told(TOPICS.port_meter(1))
        charging = [one for one in told if one["charging"]]

        assert 10 <= len(charging) <= 12
        assert told[-1] | {"charging": False, "register_wh": 2166} == told[-1]
        assert {message.qos for message, _ in scene.messages() if message.topic == TOPICS.port_meter(1)} == {0}

    play(story)


def test_health_is_told_at_birth_on_another_verdict_and_then_seldom() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        await asyncio.sleep(3600)
        assert len(scene.told(TOPICS.health)) == 1
        scene.source.told_verdicts = {"1": "down"}
        await asyncio.sleep(120)
        assert len(scene.told(TOPICS.health)) == 2
        await asyncio.sleep(NORMAL.health_s + 120)
        assert len(scene.told(TOPICS.health)) == 3

    play(story)


@pytest.mark.parametrize("profile", [NORMAL, THRIFTY])
def test_another_verdict_is_told_within_seconds_and_what_comes_together_in_one_document(profile: Profile) -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        await asyncio.sleep(1000)
        scene.source.told_verdicts = {"1": ["down", "fault.f"]}
        await asyncio.sleep(4)
        scene.source.told_verdicts = {"1": ["down", "fault.f", "meter.silent"]}
        await asyncio.sleep(12)
        assert len(scene.told(TOPICS.health)) == 2
        await asyncio.sleep(600)
        assert len(scene.told(TOPICS.health)) == 2

    play(story, profile=profile)


def test_a_verdict_that_does_not_settle_is_told_all_the_same() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        await asyncio.sleep(1000)
        for number in range(10):
            scene.source.told_verdicts = {"1": ["down", str(number)]}
            await asyncio.sleep(4.4)
        assert len(scene.told(TOPICS.health)) >= 2

    play(story)


def test_a_verdict_that_changes_while_its_document_is_drawn_is_told_in_another_one() -> None:
    class Slow(HandMade):
        async def health(self) -> Mapping[str, Any]:
            document = await super().health()
            if self.told_verdicts == {"1": "degraded"}:
                self.told_verdicts = {"1": "down"}
            return document

    async def story(scene: Scene) -> None:
        await scene.linked()
        scene.source.told_verdicts = {"1": "degraded"}
        await asyncio.sleep(60)
        assert len(scene.told(TOPICS.health)) == 3

    play(story, Slow())


def test_a_signal_that_is_another_one_each_time_is_told_with_a_document_and_causes_none() -> None:
    class OnTheAir(HandMade):
        looks = 0

        async def health(self) -> Mapping[str, Any]:
            self.looks += 1
            way = {"interface": "wlan0", "medium": "Wi-Fi", "address_kind": "private", "ip_version": 4}
            whole = dict(await super().health())
            return whole | {"network": {**whole["network"], "way": way | {"level_dbm": -60.0 - self.looks}}}

    async def story(scene: Scene) -> None:
        await scene.linked()
        await asyncio.sleep(2 * NORMAL.health_s + 120)
        told = scene.told(TOPICS.health)

        assert [one["network"]["way"]["level_dbm"] for one in told] == [-61.0, -62.0, -63.0]
        assert [what for message, body in scene.messages() for what in misfits(message, body)] == []

    play(story, OnTheAir())


def test_a_verdict_that_flaps_costs_no_more_than_its_rate() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        for number in range(240):
            scene.source.told_verdicts = {"1": number % 2}
            await asyncio.sleep(60)

        most = 1 + NORMAL.verdict.burst + 240 * 60 / NORMAL.verdict.every_s + 1
        assert len(scene.told(TOPICS.health)) <= most

    play(story)


def test_the_thrifty_profile_tells_what_matters_and_no_load() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        scene.source.tell("plug.inserted", port=1)
        scene.source.tell("fault.raised", port=1, id="f", severity="S")
        await asyncio.sleep(4 * 3600)

        assert [one["event"] for one in scene.told(TOPICS.event)] == ["fault.raised"]
        assert scene.told(TOPICS.load) == []

    play(story, profile=THRIFTY)


OF_ITS_END = ("began", "excluded_class", "excluded_by")
SESSION: dict[str, str | float] = {
    **{"attempt": 1, "energy_wh": 5, "peak_power_w": 11_040.0, "offered_a": 16.0, "start": "success", "end": "success"},
    **dict.fromkeys(("excluded", "failure_class", "code", "mrec", "stop_reason", "authorization"), ""),
}


def test_sessions_outages_and_loads_have_topics_and_schemas_of_their_own() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        outage = {"cause": "meter.silent", "class": "charger_hardware"}
        scene.source.tell("outage.begun", port=1, **outage, evidence="no reading")
        scene.source.tell("outage.ended", port=1, **outage, lasted_s=60, **dict.fromkeys(OF_ITS_END, ""))
        scene.source.tell("session.recorded", port=1, **SESSION, token="…B2C3")
        await asyncio.sleep(3600)

        assert [one["edge"] for one in scene.told(TOPICS.outage)] == ["begun", "ended"]
        assert scene.told(TOPICS.session)[0]["energy_wh"] == 5
        assert "token" not in scene.told(TOPICS.session)[0]
        assert len(scene.told(TOPICS.load)) == 1
        assert [what for message, body in scene.messages() for what in misfits(message, body)] == []

    play(story)


def test_a_home_that_starts_is_described_the_charger_and_told_everything_again() -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        config = scene.broker.retained.get("homeassistant/device/evse_A-1/config")
        assert config is not None
        told = json.loads(config.payload)
        before = len(scene.told(TOPICS.port_status(1)))
        scene.broker.publish("homeassistant/status", b"online")
        scene.broker.publish("homeassistant/status", b"online")
        await asyncio.sleep(60)

        assert told["device"]["serial_number"] == "A-1"
        assert {one["platform"] for one in told["components"].values()} == {"sensor", "binary_sensor"}
        assert len({one["unique_id"] for one in told["components"].values()}) == len(told["components"])
        topics = {one["state_topic"] for one in told["components"].values()}
        assert topics == {TOPICS.state, TOPICS.port_status(1), TOPICS.port_meter(1)}
        assert 1 <= len(scene.told(TOPICS.port_status(1))) - before <= 2
        assert len([one for one in scene.told(TOPICS.state) if one["online"]]) >= 2
        assert [body["seq"] for _, body in scene.messages()] == list(range(len(scene.messages())))

    play(story, home="homeassistant")


@pytest.mark.parametrize("word", [b"offline", b"", b"online please"])
def test_other_words_of_a_home_change_nothing(word: bytes) -> None:
    async def story(scene: Scene) -> None:
        await scene.linked()
        scene.broker.publish("homeassistant/status", word)
        await asyncio.sleep(30)

        assert len(scene.told(TOPICS.state)) == 1

    play(story, home="homeassistant")


def test_an_old_word_of_a_home_that_the_broker_kept_is_no_start_of_one() -> None:
    async def story(scene: Scene) -> None:
        scene.broker.publish("homeassistant/status", b"online", retain=True)
        await scene.linked()
        await asyncio.sleep(30)

        assert len(scene.told(TOPICS.state)) == 1

    play(story, home="homeassistant")
