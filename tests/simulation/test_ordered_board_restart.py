"""A pilot board that starts anew by order from afar: what the board, the record and whoever ordered it know of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from agent.core.uptime.figures import figures_of
from agent.core.uptime.model import CauseClass
from firmware_sim.mqtt_broker import Broker
from tests.simulation.stage import Charger
from tests.simulation.test_orders import Support, site
from tests.simulation.test_wear_stories import BOARD, counts
from tests.telemetry.simulated import tell

ALLOW = '["restart board", "audit"]'
WHY: dict[str, Any] = {"reason": "it does not see the car"}


def ends(said: list[dict[str, Any]]) -> dict[str, Any]:
    return said[-1]


def test_it_is_heard_again_and_nobody_is_to_blame(tmp_path: Path) -> None:
    async def story(charger: Charger, broker: Broker) -> None:
        support = Support(charger, broker)
        await charger.passes(90.0)
        boots = charger.session().board_boot_id

        said = await support.orders("restart board", **WHY)

        assert [one["kind"] for one in said] == ["ack", "result"]
        assert ends(said)["passed"] and ends(said)["body"]["back_after_s"] < 2.0
        assert charger.session().board_boot_id != boots
        [ordered] = await charger.events("restart.ordered")
        [ended] = await charger.events("restart.ended")
        assert (ordered["what"], ended["what"], ended["outcome"]) == ("board", "board", "back")
        assert len(await charger.events("board.restarted")) == 1
        assert await charger.events("fault.raised") == []
        wear = counts(charger, BOARD)
        assert wear.get("restarts") == 1 and not wear.get("watchdog_resets") and not wear.get("silences")
        assert figures_of(await charger.agent.upkeep.service.records()).outages == ()
        trail = ends(await support.orders("audit", case="T-4711"))["body"]["commands"]
        assert any((row["verb"], row["case"]) == ("restart board", "T-4711") for row in trail)

        await charger.charge()
        await charger.passes(61.0)
        again = ends(await support.orders("restart board", **WHY))
        assert again["kind"] == "refused" and "a charge runs" in again["reason"]["text"]
        assert charger.session().transaction is not None

    tell(story, site=site(tmp_path, ALLOW))


def test_a_silence_that_was_ordered_is_the_programs_until_it_has_lasted_too_long(tmp_path: Path) -> None:
    async def story(charger: Charger, broker: Broker) -> None:
        support = Support(charger, broker)
        await charger.passes(90.0)
        loop, board = asyncio.get_running_loop(), charger.stage.rig.world.boards[1]
        loop.call_later(0.25, board.hang)

        said = await support.orders("restart board", 40.0, **WHY)
        await charger.passes(60.0)
        board.reset("power")
        await charger.passes(60.0)

        assert (ends(said)["kind"], ends(said)["passed"]) == ("result", False)
        [ended] = await charger.events("restart.ended")
        assert ended["outcome"] == "silent"
        first, second = figures_of(await charger.agent.upkeep.service.records()).outages
        assert (first.outage.cause.key, first.outage.cause.of) == ("board.restarted", CauseClass.CHARGER_SOFTWARE)
        assert (second.outage.cause.key, second.outage.cause.of) == ("board.silent", CauseClass.CHARGER_HARDWARE)
        assert 10.0 <= (first.at[1] - first.at[0]) / 1000 <= 30.0
        assert first.at[1] == second.at[0]

    tell(story, site=site(tmp_path, ALLOW))


def test_a_power_cut_between_order_and_answer_does_it_once(tmp_path: Path) -> None:
    async def story(charger: Charger, broker: Broker) -> None:
        support = Support(charger, broker)
        await charger.passes(90.0)
        stage, boards = charger.stage.charger, charger.stage.rig.world.boards
        before, payload = boards[1].boots, support.payload("restart board", **WHY)
        said = await support.sends(payload, 0.5)
        assert boards[1].boots == before + 1 or not boards[1].is_running, "it is on its way"
        await stage.kill(with_power=True)
        await charger.passes(20.0)
        await stage.start()
        await charger.passes(70.0)
        boots = boards[1].boots

        again = await support.sends(payload, 12.0)

        assert [one["kind"] for one in said] == ["ack"]
        assert (ends(again)["kind"], ends(again)["reason"]["key"]) == ("refused", "seen")
        assert boards[1].boots == boots
        assert charger.session().faults.faults == ()
        assert figures_of(await charger.agent.upkeep.service.records()).outages[-1].outage.cause.key == "power_cut"
        await charger.charge()

    tell(story, site=site(tmp_path, ALLOW))
