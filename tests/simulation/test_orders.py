"""Orders to a whole charger: over a broker with a key, and by its central system; seen from both ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from agent.core.orders.envelope import moment
from firmware_sim.mqtt_broker import Broker
from tests.control.remote.orders import keys_file, order, sealed
from tests.simulation.stage import CARD, Charger
from tests.simulation.stage import tell as tell_without_broker
from tests.simulation.test_board_stories import body
from tests.simulation.test_socket_stories import holds_plug
from tests.telemetry.simulated import BASE, documents, tell

BOARD = "sim-motor-lock"


class Support:
    """Somebody with the service key at a desk far away."""

    def __init__(self, charger: Charger, broker: Broker) -> None:
        self.charger, self.broker = charger, broker
        self.count = 0

    async def orders(self, verb: str, passes_s: float = 12.0, **args: Any) -> list[dict[str, Any]]:
        """What came back, oldest first."""
        self.count += 1
        return await self.sends(self.payload(verb, **args), passes_s)

    def payload(self, verb: str, **args: Any) -> bytes:
        now_ms = self.charger.agent.station.clock.now().utc_ms
        assert now_ms is not None
        issued, expires = moment(now_ms), moment(now_ms + 120_000)
        one = order(self.count, verb=verb, args=args, device="SIM-7", issued=issued, expires=expires, case="T-4711")
        return sealed(one)

    async def sends(self, payload: bytes, passes_s: float = 12.0) -> list[dict[str, Any]]:
        before = len(documents(self.broker))
        self.broker.publish(f"{BASE}/cmd", payload)
        await self.charger.passes(passes_s)
        return [body for one, body in documents(self.broker)[before:] if "/res/" in one.topic]


def site(folder: Path, allow: str) -> str:
    return f'[support]\norders = true\nkeys_file = "{keys_file(folder)}"\nallow = {allow}\n'


def test_support_sees_a_charger_lets_go_of_a_plug_and_leaves_a_trail(tmp_path: Path) -> None:
    async def story(charger: Charger, broker: Broker) -> None:
        support = Support(charger, broker)
        await charger.charge()

        looks = await support.orders("status")
        refused = await support.orders("unlock", connector=1)
        await charger.network("remote_stop")
        await charger.passes(30.0)
        await charger.world("plug_out", connector=1)
        await charger.passes(10.0)
        done = await support.orders("unlock", connector=1)
        trail = await support.orders("audit", case="T-4711")

        assert [one["kind"] for one in looks] == ["ack", "result"]
        assert looks[1]["body"]["connectors"][0]["status"] == "Charging"
        assert CARD[-4:] not in json.dumps(looks)
        assert refused[-1]["kind"] == "refused" and "a charge runs" in refused[-1]["reason"]["text"]
        assert done[-1]["body"] == {"connector": 1, "unlocked": True}
        assert not holds_plug(charger)
        assert [one["verb"] for one in trail[-1]["body"]["commands"]] == ["status", "unlock", "unlock"]
        assert [one["case"] for one in await charger.events("support.acted")] == ["T-4711"] * 4

    tell(story, site=site(tmp_path, '["status", "unlock", "audit"]'), board=BOARD)


def test_an_order_is_done_once_over_a_restart_that_it_ordered(tmp_path: Path) -> None:
    async def story(charger: Charger, broker: Broker) -> None:
        support = Support(charger, broker)
        support.count += 1
        payload = support.payload("restart service", reason="slow since yesterday")

        first = await support.sends(payload, passes_s=1.0)
        await charger.passes(60.0)
        again = await support.sends(payload)

        assert [one["kind"] for one in first] == ["ack", "result"]
        assert again[-1]["reason"]["key"] == "seen"
        assert [one["reason"] for one in await charger.events("restart.ordered")] == ["slow since yesterday"]

    tell(story, site=site(tmp_path, '["restart service"]'))


def test_a_restart_that_was_ordered_is_counted_over_itself(tmp_path: Path) -> None:
    async def story(charger: Charger, broker: Broker) -> None:
        support = Support(charger, broker)

        said = [(await support.orders("restart service", wait_s, reason="r"))[-1] for wait_s in (25.0, 40.0, 25.0)]

        assert [one["kind"] for one in said] == ["result", "refused", "result"]
        assert said[1]["reason"]["key"] == "too_often"
        assert len(await charger.events("restart.ordered")) == 2

    tell(story, site=site(tmp_path, '["restart service"]'))


def test_an_order_waits_at_the_broker_until_the_charger_is_back_or_it_ends(tmp_path: Path) -> None:
    async def story(charger: Charger, broker: Broker) -> None:
        support = Support(charger, broker)
        for away_s, expected in ((60.0, ["ack", "result"]), (130.0, ["refused"])):
            payload = support.payload("version")
            support.count += 1
            await charger.stage.charger.stop()
            waited = await support.sends(payload, away_s)
            assert waited == []

            before = len(documents(broker))
            await charger.stage.charger.start()
            await charger.passes(30.0)
            came = [body for one, body in documents(broker)[before:] if "/res/" in one.topic]

            assert [one["kind"] for one in came] == expected
        assert came[-1]["reason"]["key"] == "expired"

    tell(story, site=site(tmp_path, '["version"]'))


def test_live_samples_come_as_they_are_and_end(tmp_path: Path) -> None:
    async def story(charger: Charger, broker: Broker) -> None:
        await charger.charge()

        said = await Support(charger, broker).orders("live", connector=1, seconds=3, hz=4)

        assert [one["kind"] for one in said] == ["ack", *["progress"] * 3, "result"]
        samples = [sample for one in said[1:4] for sample in one["body"]["samples"]]
        assert len(samples) == said[-1]["body"]["looks"] == 12
        assert all(sample["state"] == "Charging" and 5.0 < sample["high_v"] < 7.0 for sample in samples)

    tell(story, site=site(tmp_path, '["live"]'))


async def asks(charger: Charger, verb: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    """The central system, by DataTransfer."""
    answer = (await charger.network("data_transfer", vendor="evse-agent", message=verb, text=json.dumps(arguments)))[
        "answer"
    ]
    return answer["status"], json.loads(answer.get("data", "{}"))


def test_the_central_system_reads_by_data_transfer_and_does_nothing_more_by_default() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()

        status, body = await asks(charger, "status", connector=1)
        refused, why = await asks(charger, "unlock", connector=1)
        unknown, _ = await asks(charger, "coffee")
        keys = (await charger.network("get_configuration", keys=["EvseAgentVerdict", "EvseAgentReason"]))["answer"]

        assert status == "Accepted" and body["connectors"][0]["status"] == "Charging"
        assert CARD[-4:] not in json.dumps(body)
        assert refused == "Rejected" and "data_transfer" in why["reason"]
        assert unknown == "UnknownMessageId"
        values = {one["key"]: one["value"] for one in keys["configurationKey"]}
        assert values["EvseAgentVerdict"] in ("ok", "degraded")

    tell_without_broker(story)


def test_a_restart_that_the_central_system_asked_for_is_counted_over_itself() -> None:
    async def story(charger: Charger) -> None:
        told = []
        for wait_s in (25.0, 40.0, 25.0):
            told.append(await asks(charger, "restart service", reason="r"))
            await charger.passes(wait_s)

        assert [status for status, _ in told] == ["Accepted", "Rejected", "Accepted"]
        assert "once a minute" in told[1][1]["reason"]

    tell_without_broker(story, more_site='[support]\ndata_transfer = "all"\nallow = ["restart service"]\n')


def test_the_central_system_sees_what_is_said_to_a_meter() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()

        _, pending = await asks(charger, "meter-trace", seconds=3)
        await charger.passes(4.0)
        status, body = await asks(charger, "result", id=pending["id"])

        assert pending["pending"] and status == "Accepted"
        times = [one["t_s"] for one in body["exchanges"]]
        assert len(times) >= 2 and times == sorted(times)
        assert len({(one["bus"], one["t_s"]) for one in body["exchanges"]}) == len(times)
        assert all(one["sent"] and one["heard"] and one["ended"] == "answered" for one in body["exchanges"])
        assert all(one["device"].startswith("unit ") for one in body["counters"])

    tell_without_broker(story, board="sim-single")


async def of_a_fault(charger: Charger) -> None:
    await charger.plug_in()
    await charger.world("fault", name="cp_short", connector=1, ohm=20.0)


async def of_a_limit(charger: Charger) -> None:
    await charger.charge()
    await charger.network("limit", amps=0, connector=1)


def without_ages(told: Any) -> Any:
    """What does not go on by itself from one door to the next."""
    if isinstance(told, list):
        return [without_ages(one) for one in told]
    if isinstance(told, dict):
        return {key: without_ages(one) for key, one in told.items() if key not in AGES}
    return told


AGES = ("since", "until", "age_s", "last_answer_s", "waits_another_s")


@pytest.mark.parametrize(
    ("comes", "key", "link"),
    [(of_a_fault, "fault.cp.short", "pilot"), (of_a_limit, "limit.network", "limit")],
    ids=["fault", "limit"],
)
def test_explain_is_the_same_by_every_door(
    tmp_path: Path, comes: Callable[[Charger], Awaitable[None]], key: str, link: str
) -> None:
    """Not its headline alone: each link, each reason with its evidence and next step, each change that would start."""

    async def story(charger: Charger, broker: Broker) -> None:
        await comes(charger)
        await charger.passes(15.0)

        at_the_socket, orders, (_, over_ocpp) = await asyncio.gather(
            body(charger, "explain"),
            Support(charger, broker).orders("explain", passes_s=1.0),
            asks(charger, "explain"),
        )

        (told,) = at_the_socket["connectors"]
        assert key in [one["key"] for one in told["reasons"]]
        assert link in [one["link"] for one in told["chain"] if one["state"] == "blocks"]
        assert told["would_start"]
        # Nothing of a card leaves the charger, not even its last letters.
        afar = json.loads(json.dumps(without_ages(at_the_socket)).replace(f"\\u2026{CARD[-4:]}", "a card"))
        assert without_ages(orders[-1]["body"]) == afar
        assert without_ages(over_ocpp) == afar

    tell(story, site=site(tmp_path, '["explain"]'))


@pytest.mark.parametrize("scope", ["off"])
def test_where_the_site_says_off_the_vendor_is_unknown(scope: str) -> None:
    async def story(charger: Charger) -> None:
        answer = await charger.network("data_transfer", vendor="evse-agent", message="status", text="")

        assert answer["answer"]["status"] == "UnknownVendorId"

    tell_without_broker(story, more_site=f'[support]\ndata_transfer = "{scope}"\n')
