"""What a scan finds at the wires of simulated chargers, and what it leaves as it was."""

from __future__ import annotations

import asyncio
import random
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent.drivers import loader
from agent.drivers.buses import modbus_rtu
from agent.drivers.meters.maps import known_maps
from agent.drivers.modbus.answers import Refused
from agent.drivers.modbus.line import Line
from agent.drivers.scan.finding import Finding
from agent.drivers.scan.modbus_units import FoundUnit, search
from agent.drivers.scan.strangers import at_port
from agent.drivers.serial_device import LineSettings, SerialDevice
from firmware_sim.modbus_frames import rtu_frame
from firmware_sim.rig import Rig
from firmware_sim.serial_wire import SerialWire
from firmware_sim.virtual_loop import run
from tests.drivers.world import Charger, LoopClock, charger
from tests.firmware_sim.bench import rig_of

ADDRESSES = range(1, 4)
SETTLED_S = 2.0


def in_a_world(folder: Path, board: str, look: Callable[[Rig], Awaitable[None]]) -> None:
    async def told() -> None:
        async with rig_of(folder, board=board) as rig:
            await asyncio.sleep(SETTLED_S)
            await look(rig)

    run(told())


async def found_at(port: Path | str) -> list[Finding]:
    return [finding async for finding in at_port(str(port), ADDRESSES) if finding is not None]


def table_of(finding: Finding) -> dict[str, object]:
    return tomllib.loads("\n".join(finding.write))


def test_a_pilot_board_that_talks_is_known_by_its_words_and_tells_who_it_is(tmp_path: Path) -> None:
    async def look(_: Rig) -> None:
        (finding,) = await found_at(tmp_path / "pilot")

        assert finding.what.startswith("pilot board pilot-board a, firmware ")
        assert finding.check == ""
        assert table_of(finding)["bus"] == {"pilot": {"kind": "pilot_board", "port": str(tmp_path / "pilot")}}

    in_a_world(tmp_path, "sim-single", look)


def test_a_pilot_board_is_left_as_it_was(tmp_path: Path) -> None:
    async def look(rig: Rig) -> None:
        outlet, board = rig.world.outlets[1], rig.world.boards[1]
        before = (outlet.contactor.main_closed, outlet.contactor.closings, board.boot_id, board.kept)

        await found_at(tmp_path / "pilot")
        await asyncio.sleep(60.0)

        assert (outlet.contactor.main_closed, outlet.contactor.closings, board.boot_id, board.kept) == before

    in_a_world(tmp_path, "sim-single", look)


def test_an_openevse_tells_its_firmware(tmp_path: Path) -> None:
    async def look(_: Rig) -> None:
        (finding,) = await found_at(tmp_path / "evse")

        assert finding.what.startswith("OpenEVSE, firmware ") and "RAPI 5" in finding.what
        assert table_of(finding)["bus"] == {"evse": {"kind": "openevse", "port": str(tmp_path / "evse")}}

    in_a_world(tmp_path, "sim-openevse", look)


def test_a_pn532_is_woken_and_tells_its_firmware(tmp_path: Path) -> None:
    async def look(_: Rig) -> None:
        (finding,) = await found_at(tmp_path / "reader")

        assert finding.what.startswith("PN532 card reader, firmware ")
        assert table_of(finding)["token_reader"] == {"driver": "pn532", "port": str(tmp_path / "reader")}

    in_a_world(tmp_path, "sim-pn532", look)


def test_a_card_reader_that_only_speaks_is_not_taken_for_anything(tmp_path: Path) -> None:
    async def look(_: Rig) -> None:
        assert await found_at(tmp_path / "reader") == []

    in_a_world(tmp_path, "sim-single", look)


def test_both_meters_of_a_line_are_found_with_what_to_write_for_them(tmp_path: Path) -> None:
    async def look(_: Rig) -> None:
        first, second = await found_at(tmp_path / "rs485")

        assert first.what == "address 1 (0x01): eastron-sdm630"
        assert second.what == "address 2 (0x02): eastron-sdm630"
        table = table_of(second)
        assert table["bus"] == {"rs485": {"kind": "modbus_rtu", "port": str(tmp_path / "rs485"), "baud": 9600}}
        assert table["connector"] == {
            "meter": {"driver": "modbus_map", "bus": "rs485", "map": "eastron-sdm630", "address": 2}
        }

    in_a_world(tmp_path, "sim-dual", look)


def test_what_is_written_for_a_meter_is_taken_by_the_check_of_board_files(tmp_path: Path) -> None:
    async def look(_: Rig) -> None:
        (finding,) = await found_at(tmp_path / "rs485")
        table = table_of(finding)
        bus, meter = table["bus"]["rs485"], table["connector"]["meter"]  # type: ignore[index]

        assert loader.check_bus(bus.pop("kind"), bus) == ()
        assert loader.check_driver("meter", meter.pop("driver"), meter, "modbus_rtu") == ()

    in_a_world(tmp_path, "sim-single", look)


async def units_on(site: Charger) -> list[FoundUnit]:
    line = modbus_rtu.create("rs485", modbus_rtu.Options(port=site.port("rs485"), retries=0))
    try:
        return [unit async for unit in search(line, ADDRESSES) if unit is not None]
    finally:
        await line.aclose()


def with_a_meter(look: Callable[[Charger], Awaitable[None]], meter: str = "eastron-sdm630") -> None:
    async def told() -> None:
        async with charger(meter) as site:
            await look(site)

    run(told())


LOOKS_LIKE = {"eastron-sdm230": ("eastron-sdm120", "eastron-sdm230", "eastron-sdm630")}
"""It has no register for its model, and its voltage stands where its maker's others have theirs."""


@pytest.mark.parametrize("meter", known_maps())
def test_every_family_of_meters_is_recognised(meter: str) -> None:
    async def look(site: Charger) -> None:
        (unit,) = await units_on(site)

        assert unit.maps == LOOKS_LIKE.get(meter, (meter,))
        assert bool(unit.check) == (meter in LOOKS_LIKE)

    with_a_meter(look, meter)


def test_a_device_that_refuses_everything_is_there_and_is_no_meter() -> None:
    async def look(site: Charger) -> None:
        site.meter.answer = lambda pdu: bytes((pdu[0] | 0x80, 1))  # type: ignore[method-assign]  # another device

        (unit,) = await units_on(site)

        assert unit.words == "address 1 (0x01): a Modbus device that no meter map knows"
        assert unit.check.startswith("check its data sheet")

    with_a_meter(look)


def test_two_devices_with_one_address_are_told_as_damage_and_not_as_silence() -> None:
    async def look(site: Charger) -> None:
        site.meter.disturb = lambda frame: frame[:-1] + bytes((frame[-1] ^ 1,))  # type: ignore[method-assign]

        (unit,) = await units_on(site)

        assert unit.words == "address 1 (0x01): answers damaged"
        assert "two devices with this address" in unit.check

    with_a_meter(look)


def test_a_unit_that_is_not_there_leaves_no_device_behind_that_is_silent() -> None:
    async def look(site: Charger) -> None:
        line = modbus_rtu.create("rs485", modbus_rtu.Options(port=site.port("rs485"), retries=0))
        assert [unit async for unit in search(line, (7, 8))] == [None, None]

        assert line.statistics() == {}
        await line.aclose()

    with_a_meter(look)


@pytest.mark.parametrize("code", [0x0A, 0x0B])
def test_a_gateway_that_says_nobody_is_behind_it_is_believed(code: int) -> None:
    async def look(site: Charger) -> None:
        site.meter.answer = lambda pdu: bytes((pdu[0] | 0x80, code))  # type: ignore[method-assign]  # a gateway

        assert await units_on(site) == []

    with_a_meter(look)
    assert not Refused(code).is_permanent


class Wiretap:
    """A port at whose other end somebody talks, and everything is heard that the scan says."""

    def __init__(self, folder: Path, says: bytes = b"") -> None:
        self.heard = bytearray()
        loop = asyncio.get_running_loop()
        self.wire = SerialWire(loop, folder / "port", self.heard.extend, random.Random(1))
        if says:
            for moment in range(20):
                loop.call_later(0.1 * moment, self.wire.send, says)


@pytest.mark.parametrize(
    "says", [rtu_frame(5, bytes((3, 0, 0, 0, 2))), b"04A1B2C3\r\n", b"\xff\x00\x13"], ids=["master", "card", "noise"]
)
def test_where_somebody_talks_already_nothing_is_said_at_all(tmp_path: Path, says: bytes) -> None:
    async def look() -> None:
        tap = Wiretap(tmp_path, says)
        (finding,) = await found_at(tmp_path / "port")
        tap.wire.vanish()

        assert bytes(tap.heard) == b""
        assert "so nothing was asked here" in finding.what
        assert "a second master on the line" in finding.check

    run(look())


def test_nothing_that_a_scan_says_writes_anything(tmp_path: Path) -> None:
    async def look() -> bytes:
        tap = Wiretap(tmp_path)
        assert await found_at(tmp_path / "port") == []
        tap.wire.vanish()
        return bytes(tap.heard)

    said = run(look())

    assert b"$GV" in said
    for address in ADDRESSES:
        for function in (5, 6, 15, 16):
            assert bytes((address, function, 0, 0)) not in said
    assert said.count(b"$") == 1


def test_a_port_that_another_program_holds_is_left_alone(tmp_path: Path) -> None:
    async def look() -> None:
        tap = Wiretap(tmp_path)
        holder = SerialDevice(LineSettings(port=str(tmp_path / "port")), lambda _: None, lambda _: None)
        holder.open()
        (finding,) = await found_at(tmp_path / "port")
        holder.close()
        tap.wire.vanish()

        assert finding.check == f"{tmp_path / 'port'} is used by another program; stop that program"
        assert bytes(tap.heard) == b""

    run(look())


def test_a_port_is_let_go_after_it_was_asked(tmp_path: Path) -> None:
    async def look(_: Rig) -> None:
        await found_at(tmp_path / "pilot")
        next_one = SerialDevice(LineSettings(port=str(tmp_path / "pilot")), lambda _: None, lambda _: None)
        next_one.open()

        assert next_one.is_open
        next_one.close()

    in_a_world(tmp_path, "sim-single", look)


def test_a_line_that_is_used_gives_its_users_their_turns_between_the_questions_of_a_search() -> None:
    """Each silent address takes a third of a second; whoever reads the meter meanwhile waits no longer than that."""

    async def look(site: Charger) -> None:
        line = modbus_rtu.create("rs485", modbus_rtu.Options(port=site.port("rs485")))
        assert isinstance(line, Line)
        meter = loader.create_driver(
            "meter", "modbus_map", {"bus": "rs485", "map": "eastron-sdm630", "address": 1}, {"rs485": line}, LoopClock()
        )
        await meter.read()  # type: ignore[attr-defined]
        waits = []
        loop = asyncio.get_running_loop()

        async def poll() -> None:
            while True:
                began = loop.time()
                await meter.read()  # type: ignore[attr-defined]
                waits.append(loop.time() - began)
                await asyncio.sleep(max(0.0, 1.0 - waits[-1]))

        async with asyncio.TaskGroup() as tasks:
            polling = tasks.create_task(poll())
            assert [unit async for unit in search(line, range(2, 12), rest_s=0.7)] == [None] * 10
            polling.cancel()
        await line.aclose()

        assert len(waits) > 10
        assert max(waits) < 0.8

    with_a_meter(look)
