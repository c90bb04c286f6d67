"""A charger of a few lines against the whole central system, over loopback."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.tools.csms.charger import PATIENCE_S, bench, charger
from tools.csms import queries
from tools.csms.hostile import hostile_frames
from tools.csms.server import identity_of

BOOT = {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1.2.3"}


def test_a_boot_is_accepted_and_recorded(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one:
            answer = await one.call("BootNotification", BOOT)

            assert answer[2]["status"] == "Accepted"
            [row] = queries.chargers(csms.system.record)
            assert (row["vendor"], row["firmware_version"], row["boots"], row["is_connected"]) == ("V", "1.2.3", 1, 1)

    asyncio.run(scenario())


def test_a_whole_charge_is_recorded_with_its_energy(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one:
            transaction_id = (await one.start(meter_wh=100))["transactionId"]
            await one.stop(transaction_id, meter_wh=600)

            [row] = (await csms.do("transactions"))["transactions"]
            assert (row["id"], row["energy_wh"], row["stop_reason"]) == (transaction_id, 500, "Local")

    asyncio.run(scenario())


def test_a_start_told_again_after_a_torn_connection_gets_the_same_id(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms:
            await csms.do("drop", every=1)
            with pytest.raises(ConnectionClosed):
                async with charger(csms) as one:
                    await one.start()
            await csms.do("heal")
            async with charger(csms) as one:
                await one.start()

            [row] = (await csms.do("transactions"))["transactions"]
            assert row["starts"] == 2

    asyncio.run(scenario())


def test_a_silent_central_system_takes_in_and_does_not_answer(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one:
            await csms.do("silent")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(one.start(), 0.1)

            assert len((await csms.do("transactions"))["transactions"]) == 1
            assert (await csms.do("frames", direction="withheld"))["frames"][0]["action"] == "StartTransaction"

    asyncio.run(scenario())


def test_a_late_answer_does_not_hold_up_the_next_message(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one:
            await csms.do("slow", delay_s=30)
            await one.socket.send('[2,"late","Heartbeat",{}]')
            await csms.do("wait", until="message", action="Heartbeat", timeout_s=PATIENCE_S)
            await csms.do("heal")

            assert (await one.call("Heartbeat", {}))[0] == 3

    asyncio.run(scenario())


def test_new_connections_are_refused_with_the_ordered_status(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms:
            await csms.do("refuse", status=503)
            with pytest.raises(InvalidStatus) as refusal:
                async with charger(csms):
                    pass

            assert refusal.value.response.status_code == 503

    asyncio.run(scenario())


def test_offline_closes_the_port_and_heal_opens_the_same_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms:
            await csms.do("offline")
            with pytest.raises(OSError):
                async with charger(csms):
                    pass
            await csms.do("heal")

            async with charger(csms) as one:
                assert (await one.call("Heartbeat", {}))[0] == 3

    asyncio.run(scenario())


def test_a_newer_connection_replaces_the_older_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as older, charger(csms) as newer:
            await asyncio.wait_for(older.socket.wait_closed(), PATIENCE_S)

            assert (await newer.call("Heartbeat", {}))[0] == 3
            assert (await csms.do("wait", until="connected", charger="CP-1"))["ok"]

    asyncio.run(scenario())


def test_an_action_ordered_to_be_rejected_gets_its_error_code(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one:
            await csms.do("reject", action="MeterValues", code="GenericError")

            assert (await one.call("MeterValues", {"connectorId": 1, "meterValue": []}))[2] == "GenericError"

    asyncio.run(scenario())


def test_a_boot_is_held_pending_with_the_ordered_interval(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one:
            await csms.do("boot_answer", status="Pending", interval_s=7)
            answer = (await one.call("BootNotification", BOOT))[2]

            assert (answer["status"], answer["interval"]) == ("Pending", 7)

    asyncio.run(scenario())


def test_a_refused_token_is_refused_whichever_way_it_is_written(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one:
            await csms.do("refuse_token", token="cafebabe", status="Blocked")

            assert (await one.call("Authorize", {"idTag": "CAFEBABE"}))[2]["idTagInfo"]["status"] == "Blocked"
            assert (await one.start())["idTagInfo"]["status"] == "Blocked"

    asyncio.run(scenario())


def test_a_limit_reaches_the_charger_and_its_answer_comes_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one, asyncio.TaskGroup() as tasks:
            tasks.create_task(one.answer_one({"status": "Accepted"}))
            answer = await csms.do("limit", amps=10)

            assert answer == {"id": 1, "ok": True, "answer": {"status": "Accepted"}}
            [(action, payload)] = one.asked
            assert action == "SetChargingProfile"
            assert payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 10

    asyncio.run(scenario())


@pytest.mark.parametrize("amps", [-1, 1e308])
def test_a_limit_that_is_no_current_is_not_sent(tmp_path: Path, amps: float) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one:
            answer = await csms.do("limit", amps=amps)

            assert "is no current" in answer["error"]
            assert one.asked == []

    asyncio.run(scenario())


def test_an_answer_that_breaks_its_schema_is_told_and_recorded(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one, asyncio.TaskGroup() as tasks:
            tasks.create_task(one.answer_one({"status": "Perhaps"}))
            answer = await csms.do("clear_cache")

            assert "Perhaps" in answer["schema_problem"]
            assert len(queries.problems(csms.system.record)) == 1

    asyncio.run(scenario())


def test_a_command_to_a_charger_that_goes_away_ends_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one, asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(csms.do("clear_cache"))
            await asyncio.wait_for(one.socket.recv(), PATIENCE_S)
            await csms.do("drop")
            answer = await asyncio.wait_for(asked, PATIENCE_S)

            assert answer["error"] == "the connection ended before the answer to ClearCache"

    asyncio.run(scenario())


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(max_size=60) | st.binary(max_size=20), max_size=8))
def test_garbage_never_ends_the_connection(tmp_path: Path, garbage: list[str | bytes]) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one:
            for frame in garbage:
                await one.socket.send(frame)

            assert (await one.call("Heartbeat", {}))[0] == 3

    asyncio.run(scenario())


def test_the_system_survives_its_own_hostile_frames_coming_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms, charger(csms) as one:
            for frame in hostile_frames("all")[:-1]:
                await one.socket.send(frame)

            assert (await one.call("Heartbeat", {}))[0] == 3

    asyncio.run(scenario())


def test_a_charger_without_the_subprotocol_is_turned_away(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as csms:
            with pytest.raises(InvalidStatus):
                async with connect(f"{csms.url}/CP-1"):
                    pass

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("path", "identity"), [("/CP-1", "CP-1"), ("/a/b/CP%201/", "CP 1"), ("/CP-1?x=1", "CP-1"), ("/", "")]
)
def test_the_identity_is_the_last_part_of_the_path(path: str, identity: str) -> None:
    assert identity_of(path) == identity
