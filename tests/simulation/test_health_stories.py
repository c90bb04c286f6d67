"""What `evsectl health` says of a charger in its world: right when it is well, and when it is not; never too much."""

from __future__ import annotations

import json
import time
from datetime import UTC
from typing import Any

from agent.control.health_pages import show_health
from agent.control.render import Page
from agent.station.health import size_of
from tests.simulation.stage import BAD_CARD, CARD, Charger, tell
from tests.simulation.test_board_stories import body
from tests.simulation.test_orders import asks
from tests.telemetry.schemas import validator

HEAD = {"boot_id": "b", "seq": 0, "t_mono_ms": 0, "time_quality": "none"}
CANARY = "C4A9AE11B2C3D4"


async def healthy(charger: Charger) -> dict[str, Any]:
    """The document, which always keeps its schema and its bounds, and shows no card that was ever seen."""
    commits, began_s = charger.agent.station.store.writer.commits, time.perf_counter()
    document = await body(charger, "health")
    assert time.perf_counter() - began_s < 2.0
    assert charger.agent.station.store.writer.commits == commits
    assert size_of(document) < 64 << 10
    assert [f"{one.json_path} {one.message}" for one in validator("health").iter_errors(HEAD | document)] == []
    page = Page(zone=UTC)
    show_health(document, page)
    text = json.dumps(document) + "\n".join(page.lines)
    for card in (CARD, BAD_CARD, CANARY):
        assert card not in text
        assert card[-4:] not in text
    return document


def reasons(document: dict[str, Any]) -> list[str]:
    return [one["key"] for one in document["ports"][0]["reasons"]]


def test_a_charger_that_is_well_says_so_idle_charging_full_and_after_a_refused_card() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(120.0)
        idle = await healthy(charger)
        assert (idle["verdict"], reasons(idle), idle["ports"][0]["state"]) == ("ok", [], "Available")
        assert idle["ports"][0]["flexibility"] == {"shed_w": 0, "shed_to_minimum_w": 0, "raise_w": 0}
        await charger.plug_in()
        await charger.swipe(BAD_CARD)
        refused = await healthy(charger)
        assert (refused["verdict"], reasons(refused)) == ("ok", [])
        await charger.swipe(CANARY)
        await charger.world("wait", connector=1, until="charging", timeout_s=30)
        await charger.passes(60.0)
        charging = await healthy(charger)
        port = charging["ports"][0]
        assert (charging["verdict"], port["charging"], port["session_energy_wh"] > 100) == ("ok", True, True)
        assert port["flexibility"]["drawn_w"] == charging["flexibility"]["drawn_w"] > 1000
        assert [one["owner"] for one in port["limits"] if one["decides"]] == ["hardware"]
        assert port["contactor"]["operations"] == 1
        assert [one["reason"] for one in charging["boots"]] == ["first start"]
        await charger.world("suspend", connector=1)
        await charger.passes(60.0)
        assert (await healthy(charger))["verdict"] == "ok"

    tell(story)


def test_what_keeps_people_from_charging_is_the_first_thing_it_says() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(65.0)
        await charger.network("offline")
        await charger.passes(70.0)
        away = await healthy(charger)
        assert (away["verdict"], reasons(away)) == ("down", ["network.offline", "network.closed"])
        assert away["network"]["cause"]

        await charger.network("heal")
        await charger.passes(60.0)
        await charger.charge()
        await charger.world("plug_out", connector=1)
        await charger.network("offline")
        await charger.passes(90.0)
        knows_a_card = await healthy(charger)
        assert (knows_a_card["verdict"], reasons(knows_a_card)) == ("degraded", ["network.offline"])

        await charger.world("fault", name="meter_silent", connector=1)
        await charger.world("fault", name="link_cut", connector=1)
        await charger.passes(40.0)
        down = await healthy(charger)
        assert down["verdict"] == down["ports"][0]["verdict"] == "down"
        assert reasons(down)[0] == "board.silent"
        assert reasons(down)[-1] == "network.offline"

        await charger.network("heal")
        await charger.world("heal")
        await charger.passes(90.0)
        assert (await healthy(charger))["verdict"] == "ok"

    tell(story)


def test_a_fault_is_told_with_its_evidence_and_its_remedy_and_is_gone_when_it_is() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.world("fault", name="overtemp", connector=1, sensor="board", celsius=75.0)
        await charger.passes(60.0)
        hot = await healthy(charger)
        assert hot["verdict"] == "degraded"
        assert {"fault.temp.board_derate", "limit.pilot_board"} & set(reasons(hot))

        await charger.world("heal", name="overtemp", connector=1)
        await charger.world("fault", name="weld", connector=1)
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        broken = await healthy(charger)
        assert broken["verdict"] == "down"
        assert reasons(broken)[0] == "fault.contactor.welded"
        [fault] = [one for one in broken["ports"][0]["faults"] if one["id"] == "contactor.welded"]
        assert fault["severity"] == "C"
        assert fault["remedy"]
        await charger.world("heal", name="weld", connector=1)
        await charger.passes(10.0)

    tell(story, may_break=("contactor",))


def test_each_end_of_the_program_is_told_by_the_start_after_it_and_three_crashes_are_a_loop() -> None:
    async def story(charger: Charger) -> None:
        await charger.stage.charger.kill(with_power=True)
        await charger.passes(60.0)
        await charger.stage.charger.start()
        for _ in range(3):
            await charger.passes(70.0)
            await charger.stage.charger.kill()
            await charger.stage.charger.start()
        await charger.passes(70.0)
        looping = await healthy(charger)
        assert reasons(looping) == ["crash_loop"]
        await charger.stage.charger.start()
        await charger.passes(10.0)
        later = await healthy(charger)
        told = [(one["reason"], one.get("ended")) for one in later["boots"]]
        assert told == [
            ("started", None),
            ("crash", "in order"),
            ("crash", "crash"),
            ("crash", "crash"),
            ("power cut", "crash"),
            ("first start", "power cut"),
        ]

    tell(story)


async def queues(charger: Charger) -> None:
    """A car at each connector, and 10 A for both: the second one's charge waits for its turn."""
    await charger.charge(1, current_a=32.0)
    await charger.plug_in(2)
    await charger.swipe(CANARY)
    await charger.passes(30.0)


def test_who_has_the_shared_supply_is_told_at_every_door_in_the_same_words() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(1.0)
        idle = await healthy(charger)
        assert [one["standing"] for one in idle["supply"]["parts"]] == ["none", "none"]
        await queues(charger)

        told = (await healthy(charger))["supply"]
        explained = (await body(charger, "explain", connector=2))["connectors"][0]
        current = (await body(charger, "explain", what="current", connector=2))["connectors"][0]
        _, afar = await asks(charger, "explain", connector=2)

        words = [one["what"] for one in told["parts"]]
        assert words == ["connector 1 charges with up to 10 A", "connector 2 has a charge, and waits for 6 A"]
        for supply in (explained["supply"], current["supply"], afar["connectors"][0]["supply"]):
            assert (supply["what"], supply["who"]) == (told["what"], "owner")
            assert [one["what"] for one in supply["connectors"]] == words
        assert afar["connectors"][0]["headline"] == explained["headline"]

    tell(story, board="sim-dual", supply_current_a=10)


def test_an_idle_connector_that_has_no_share_of_the_supply_does_not_look_broken() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge(1, current_a=32.0)
        await charger.passes(30.0)

        document = await healthy(charger)
        page = Page(zone=UTC)
        show_health(document, page)

        assert document["ports"][1]["headline"] == "not charging: no car is plugged in"
        (line,) = [one for one in page.lines if "no share now" in one]
        assert line.endswith("32 A shared by 2 connectors; connector 2 has no charge, and gets a share when one begins")

    tell(story, board="sim-dual")


def test_a_start_that_a_fault_kept_from_coming_about_is_told_until_one_comes_about() -> None:
    """The driver draws the plug, which ends the fault; the contactor is as dead as before."""

    async def story(charger: Charger) -> None:
        await charger.world("fault", name="no_close", connector=1)
        await charger.plug_in()
        await charger.swipe()
        await charger.passes(20.0)
        assert reasons(await healthy(charger)) == ["fault.contactor.no_close"]
        await charger.world("plug_out", connector=1)
        await charger.passes(60.0)
        left = await healthy(charger)
        assert (left["verdict"], reasons(left)) == ("degraded", ["start.failed"])
        assert "contactor.no_close" in left["reasons"][0]["text"]
        await charger.stage.charger.start()
        await charger.passes(60.0)
        assert reasons(await healthy(charger)) == ["start.failed"]

        await charger.world("heal")
        await charger.charge()
        await charger.passes(20.0)
        assert (await healthy(charger))["verdict"] == "ok"

    tell(story)
