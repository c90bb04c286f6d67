"""`evsectl hardware` asked of a running agent in its world: what it tells, and that the charge does not notice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent.control.hardware_pages import show_test
from agent.control.render import Page
from agent.control.wire import REPLY_MAX_BYTES, Argument, Done, Part, Request, decode_reply, encode_request
from firmware_sim import board_file
from firmware_sim.openevse import OpenEvse
from tests.simulation.stage import Charger, tell


async def asked(charger: Charger, verb: str, **arguments: Argument) -> tuple[dict[str, Any], bool]:
    """The joined body at the agent's own socket, and the verdict."""
    socket = charger.agent.config.control.socket
    reader, writer = await asyncio.open_unix_connection(str(socket), limit=REPLY_MAX_BYTES)
    writer.write(encode_request(Request(verb, arguments)))
    joined: dict[str, Any] = {}
    while True:
        reply = decode_reply((await reader.readline())[:-1])
        assert isinstance(reply, Part | Done), reply
        for name, value in reply.body.items():
            joined[name] = [*joined.get(name, []), *value]
        if isinstance(reply, Done):
            writer.close()
            return joined, reply.passed


async def device(charger: Charger, name: str) -> dict[str, Any]:
    body, _ = await asked(charger, "hardware test", name=name)
    (found,) = body["devices"]
    return dict(found)


def test_every_device_of_a_charging_charger_tells_its_readings_and_nothing_fails() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(30.0)

        body, passed = await asked(charger, "hardware test")

        assert passed
        seen = {one["name"]: one for one in body["devices"]}
        assert list(seen) == [
            "connector.1.control_pilot", "connector.1.contactor", "connector.1.meter", "connector.1.indicator",
            "connector.1.lock", "token_reader", "input.1", "bus.pilot", "bus.gpio", "bus.rs485",
        ]  # fmt: skip
        meter = seen["connector.1.meter"]["readings"]
        assert meter["power_w"] == pytest.approx(3 * 230 * 16, rel=0.02)
        assert meter["voltages_v"] == pytest.approx([230, 230, 230], abs=2)
        assert meter["age_s"] <= 1.5
        assert seen["connector.1.control_pilot"]["readings"]["state"] == "C"
        assert seen["connector.1.contactor"]["readings"]["live_phases"] == ["L1", "L2", "L3"]
        assert seen["connector.1.lock"]["readings"] == {"state": "locked", "cable_a": 32.0}
        unit = seen["bus.rs485"]["readings"]["unit 1 on rs485"]
        assert unit["requests"] > 30
        assert unit["timeouts"] == unit["damaged"] == 0
        assert 0 < unit["mean_answer_s"] < 0.2

    tell(story, board="sim-socket")


def test_temperature_sensors_tell_what_they_measured_and_a_broken_one_what_to_check() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(10.0)
        body, passed = await asked(charger, "hardware test", name="temperature_sensor")

        assert passed
        assert len(body["devices"]) == 4
        for sensor in body["devices"]:
            assert 0 < sensor["readings"]["measured_celsius"] < 60
            assert sensor["readings"]["age_s"] <= 6

    tell(story, board="sim-cabinet")


def test_an_emergency_stop_is_seen_at_its_own_wire_and_the_door_is_not_blamed() -> None:
    async def story(charger: Charger) -> None:
        async def levels() -> list[tuple[bool, str]]:
            body, _ = await asked(charger, "hardware test", name="input")
            return [(one["readings"]["active"], one["verdict"]) for one in body["devices"]]

        await charger.passes(10.0)
        assert await levels() == [(False, "ok"), (False, "ok")]
        await charger.world("press", what="estop", for_s=20)
        await charger.passes(5.0)
        assert await levels() == [(True, "ok"), (False, "ok")]

    tell(story, board="sim-gpio")


def test_a_cut_meter_wire_is_told_with_the_bus_and_what_to_check() -> None:
    async def story(charger: Charger) -> None:
        charger.stage.rig.world.meter_wires[1].is_cut = True
        await charger.passes(60.0)

        meter, bus = await device(charger, "meter"), await device(charger, "bus.rs485")

        assert (meter["verdict"], bus["verdict"]) == ("FAIL", "FAIL")
        assert "check" in meter["check"].lower()
        assert bus["says"] == "unit 1 on rs485 does not answer"
        assert not (await asked(charger, "hardware test"))[1]

    tell(story)


def test_a_board_that_is_unplugged_fails_and_is_fine_again_once_it_is_back() -> None:
    async def story(charger: Charger) -> None:
        wire = charger.stage.rig.world.boards[1].wire
        wire.vanish()
        await charger.passes(10.0)
        gone = await device(charger, "control_pilot")
        wire.appear()
        await charger.passes(30.0)
        back = await device(charger, "control_pilot")

        assert gone["verdict"] == "FAIL"
        assert gone["check"]
        assert (back["verdict"], back["readings"]["state"]) == ("ok", "A")

    tell(story)


def test_a_name_may_be_an_interface_a_connector_or_a_bus() -> None:
    async def story(charger: Charger) -> None:
        async def names(name: str) -> list[str]:
            body, _ = await asked(charger, "hardware test", name=name)
            return [one["name"] for one in body["devices"]]

        assert await names("meter") == ["connector.1.meter", "connector.2.meter"]
        assert await names("rs485") == ["bus.rs485"]
        assert all(name.startswith("connector.2.") for name in await names("connector.2"))
        assert await names("connector.2.meter") == ["connector.2.meter"]

    tell(story, board="sim-dual")


def test_what_is_shown_to_a_person_is_the_verdict_the_reading_with_its_unit_and_the_answer_times() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(30.0)
        body, _ = await asked(charger, "hardware test")
        page = Page()
        show_test(body, page)
        shown = "\n".join(page.lines)

        assert " ok    connector.1.meter" in shown
        assert "W, voltages 230" in shown
        assert "unit 1 on rs485: requests " in shown
        assert "mean answer " in shown and " ms" in shown
        assert shown.endswith("Nothing failed.")

    tell(story)


def test_a_scan_through_the_agent_does_not_hold_up_the_meter_of_a_charge() -> None:
    async def story(charger: Charger) -> None:
        await charger.charge()
        await charger.passes(10.0)
        ages = []

        async def watch() -> None:
            while True:
                sample = charger.session().last_sample
                assert sample is not None
                ages.append(charger.agent.station.clock.now().since(sample.at))
                await asyncio.sleep(0.1)

        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(watch())
            body, _ = await asked(charger, "hardware scan", to=12)
            watching.cancel()

        assert [unit["what"] for unit in body["units"]] == [
            "address 1 (0x01): in the board file; see: evsectl hardware test rs485"
        ]
        assert len(ages) > 100
        assert max(ages) < 1.7
        assert charger.outlet()["contactor"] == "closed"
        assert (await device(charger, "bus.rs485"))["verdict"] == "ok"

    tell(story)


def test_a_scan_through_the_agent_finds_a_meter_that_the_board_file_does_not_know() -> None:
    async def story(charger: Charger) -> None:
        file = charger.stage.rig.board_path
        board = board_file.read(file)
        del board["connector"][1]
        file.write_text(board_file.emit(board))
        await charger.stage.charger.start()
        await charger.passes(5.0)

        body, _ = await asked(charger, "hardware scan", to=3)

        own, new = body["units"]
        assert own["what"].startswith("address 1 (0x01): in the board file")
        assert new["what"] == "address 2 (0x02): eastron-sdm630"
        assert new["write"][-2:] == ['map = "eastron-sdm630"', "address = 2"]
        assert {one["name"] for one in body["held"]} == {"bus pilot1", "bus pilot2", "bus rs485", "token_reader"}

    tell(story, board="sim-dual")


def test_a_quick_scan_sends_nothing_on_a_wire_of_the_agent() -> None:
    async def story(charger: Charger) -> None:
        await charger.passes(10.0)
        body, _ = await asked(charger, "hardware scan", quick=True)

        assert body["units"] == []
        assert body["held"]

    tell(story, board="sim-openevse")


def test_an_openevse_without_a_report_of_volts_is_seen_by_its_state() -> None:
    async def story(charger: Charger) -> None:
        assert isinstance(charger.stage.rig.world.boards[1], OpenEvse)
        pilot = await device(charger, "control_pilot")

        assert (pilot["verdict"], pilot["readings"]) == ("ok", {"state": "A", "offered_a": 0.0})

    tell(story, board="sim-openevse")


@pytest.mark.parametrize("board", ["sim-single", "sim-keyboard", "sim-pn532"])
def test_a_reader_that_is_pulled_out_fails_with_the_words_of_its_driver(board: str) -> None:
    async def story(charger: Charger) -> None:
        before = await device(charger, "token_reader")
        charger.stage.rig.world.readers[0].wire.vanish()
        await charger.passes(8.0)
        gone = await device(charger, "token_reader")

        assert before["verdict"] == "ok"
        assert gone["verdict"] == "FAIL"
        assert "check" in gone["says"]

    tell(story, board=board)


@pytest.mark.parametrize("board", ["sim-single", "sim-openevse", "sim-simple-evse"])
def test_the_bus_of_a_controller_that_is_gone_fails_with_why(board: str) -> None:
    async def story(charger: Charger) -> None:
        name = next(bus.name for bus in charger.agent.config.board.buses if bus.name not in ("rs485", "gpio"))
        before = await device(charger, f"bus.{name}")
        charger.stage.rig.world.boards[1].wire.vanish()
        await charger.passes(20.0)
        gone = await device(charger, f"bus.{name}")

        assert before["verdict"] == "ok"
        assert gone["verdict"] == "FAIL"
        assert "check" in gone["says"]

    tell(story, board=board)


def test_a_modbus_port_that_is_not_there_is_told_as_that_and_no_unit_is_blamed() -> None:
    async def story(charger: Charger) -> None:
        charger.stage.rig.world.meter_wires[1].vanish()
        await charger.passes(30.0)
        bus = await device(charger, "bus.rs485")

        assert bus["verdict"] == "FAIL"
        assert "unit" not in bus["says"]
        assert "check" in bus["says"]

    tell(story)


def test_a_lock_with_a_feedback_of_its_own_is_judged_by_that() -> None:
    async def story(charger: Charger) -> None:
        lock = await device(charger, "lock")

        assert (lock["verdict"], lock["readings"]) == ("ok", {"locked": False})

    tell(story, board="sim-motor-lock")
