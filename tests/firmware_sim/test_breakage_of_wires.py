"""Every way to break wires, meters, cars and the central system does what it says."""

from __future__ import annotations

import asyncio
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import breakage, modbus_frames
from firmware_sim.arguments import NotNow
from firmware_sim.firmware import load_module
from firmware_sim.virtual_loop import run
from tests.firmware_sim.bench import Bench, Misbehaving, at_a_charge, at_rest, bench

codes: Any = load_module("fault_codes")

VOLTAGES = struct.pack(">BHH", 4, 0, 6)


# --- serial lines


def test_link_cut_silences_the_line_both_ways(tmp_path: Path) -> None:
    async def story(at: Bench) -> int:
        await at.do("fault", name="link_cut", connector=1)
        heard = len(at.host.statuses)
        await asyncio.sleep(5)
        return len(at.host.statuses) - heard

    assert at_rest(tmp_path, story) == 0


@pytest.mark.parametrize("wire", ["pilot", "meter", "reader"])
def test_link_gone_takes_the_port_away_and_brings_it_back(tmp_path: Path, wire: str) -> None:
    async def main() -> tuple[bool, bool]:
        async with bench(tmp_path) as at:
            path = {
                "pilot": at.world.boards[1].wire,
                "meter": at.world.meter_wires[1],
                "reader": at.world.readers[0].wire,
            }[wire].path
            await at.do("fault", name="link_gone", connector=1, wire=wire)
            await asyncio.sleep(1)
            gone = not path.exists()
            await at.do("heal")
            return gone, path.resolve().is_char_device()

    assert run(main()) == (True, True)


def test_serial_noise_damages_frames_both_ways_and_none_after_it(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[int, int, int]:
        await at.do("fault", name="serial_noise", connector=1, rate=0.005)
        await asyncio.sleep(60)
        await at.do("heal")
        await asyncio.sleep(1)
        damaged, refused = at.host.damaged, at.host.status["frame_errors"]
        await asyncio.sleep(60)
        return damaged, refused, at.host.damaged - damaged

    damaged, refused, later = at_rest(tmp_path, story)

    assert damaged > 10
    assert refused > 3
    assert later == 0


# --- meter


async def ask_meter(at: Bench) -> bytes:
    """What comes back within two seconds when the line is asked for the voltages."""
    loop = asyncio.get_running_loop()
    line = os.open(at.world.meter_wires[1].path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    heard = bytearray()
    loop.add_reader(line, lambda: heard.extend(os.read(line, 4096)))
    os.write(line, modbus_frames.rtu_frame(1, VOLTAGES))
    await asyncio.sleep(2)
    loop.remove_reader(line)
    os.close(line)
    return bytes(heard)


def answers(folder: Path, name: str, **arguments: object) -> tuple[bytes, bytes]:
    """To the same question: while it is broken, and mended."""

    async def story(at: Bench) -> tuple[bytes, bytes]:
        await at.do("fault", name=name, connector=1, **arguments)
        broken = await ask_meter(at)
        await at.do("heal")
        return broken, await ask_meter(at)

    return at_rest(folder, story)


def test_meter_silent_answers_nothing(tmp_path: Path) -> None:
    broken, whole = answers(tmp_path, "meter_silent")

    assert broken == b""
    assert len(whole) == 17


def test_meter_late_answers_when_nobody_waits_any_more(tmp_path: Path) -> None:
    broken, whole = answers(tmp_path, "meter_late", delay_s=3)

    assert broken == b""
    assert len(whole) >= 17


def test_meter_garbage_answers_octets_without_sense(tmp_path: Path) -> None:
    broken, whole = answers(tmp_path, "meter_garbage")

    assert len(broken) == len(whole)
    assert modbus_frames.crc16(broken) != b"\0\0"


def test_meter_swapped_sends_the_low_word_first(tmp_path: Path) -> None:
    broken, _ = answers(tmp_path, "meter_swapped")

    assert [230 <= volts < 231 for volts in _voltages(broken)] == [False] * 3
    assert [230 <= volts < 231 for volts in _voltages(broken, swapped=True)] == [True] * 3


def test_meter_zero_and_absent_values_are_well_formed_answers(tmp_path: Path) -> None:
    zero, _ = answers(tmp_path, "meter_zero")
    absent, _ = answers(tmp_path, "meter_absent_values")

    assert _voltages(zero) == [0, 0, 0]
    assert absent[3:-2] == b"\x7f\xc0\x00\x00" * 3
    assert modbus_frames.crc16(zero) == modbus_frames.crc16(absent) == b"\0\0"


def test_meter_frozen_answers_the_values_of_one_moment(tmp_path: Path) -> None:
    async def story(at: Bench) -> list[bytes]:
        await at.do("fault", name="meter_frozen", connector=1)
        first = await ask_meter(at)
        await at.do("mains", volts=240)
        return [first, await ask_meter(at)]

    first, second = at_rest(tmp_path, story)

    assert first == second
    assert 230 <= _voltages(first)[0] < 231


def test_meter_exchanged_counts_on_from_a_register_of_its_own(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[int, int]:
        await at.do("fault", name="meter_exchanged", connector=1, register_wh=7_000)
        first_wh = at.outlet.registers.total_wh()
        await asyncio.sleep(3600)
        return first_wh, at.outlet.registers.total_wh()

    first_wh, later_wh = at_a_charge(tmp_path, story)

    assert first_wh == 7_000
    assert later_wh == pytest.approx(7_000 + 16 * 3 * 230, abs=10)


def _voltages(frame: bytes, *, swapped: bool = False) -> list[float]:
    words = [frame[3 + 4 * place : 7 + 4 * place] for place in range(3)]
    ordered = [word[2:] + word[:2] if swapped else word for word in words]
    return [struct.unpack(">f", word)[0] for word in ordered]


# --- car


def test_car_gone_tears_the_plug_out_under_load(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[int, object]:
        await at.do("fault", name="car_gone", connector=1)
        await at.do("wait", connector=1, until="open", timeout_s=0.1)
        return at.outlet.unplugged_under_load, at.outlet.plugged

    assert at_a_charge(tmp_path, story) == (1, None)


def test_car_no_stop_is_cut_off_by_the_board_after_six_seconds(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[bool, bool, set[int]]:
        await at.do("fault", name="car_no_stop", connector=1)
        at.host.permit = False
        await asyncio.sleep(6)
        draws = any(at.outlet.phase_ma())
        await asyncio.sleep(1)
        return draws, any(at.outlet.phase_ma()), at.host.fault_codes

    assert at_a_charge(tmp_path, story) == (True, False, {codes.EV_NO_STOP})


def test_overcurrent_draws_more_than_offered(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[float, float]:
        await at.do("fault", name="overcurrent", connector=1, excess_a=4)
        await asyncio.sleep(5)
        return max(at.outlet.phase_ma()) / 1000, at.outlet.offered_a()

    current_a, offered_a = at_a_charge(tmp_path, story)

    assert current_a == pytest.approx(20, abs=0.01)
    assert offered_a < 17


def test_the_faults_of_a_car_leave_with_it(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[int, int]:
        for name in breakage.FAULTS_OF_CARS:
            await at.do("fault", name=name, connector=1)
        there = len(at.world.broken)
        await at.do("plug_out")
        return there, len(at.world.broken)

    assert at_a_charge(tmp_path, story) == (len(breakage.FAULTS_OF_CARS), 0)


# --- central system


def test_the_central_system_is_told_how_to_misbehave_and_to_behave_again(tmp_path: Path) -> None:
    async def story(at: Bench) -> tuple[list[object], list[object], list[str]]:
        csms = at.world.central_system = Misbehaving()
        await at.do("fault", name="csms_silent")
        await at.do("fault", name="csms_slow", delay_s=7)
        await at.do("fault", name="csms_gone")
        broken: list[object] = [csms.silent, csms.delay_s]
        await at.do("heal")
        await at.do("fault", name="csms_drop")
        await at.do("fault", name="csms_hostile", frames=3)
        return broken, [csms.silent, csms.delay_s], csms.told

    broken, whole, told = at_rest(tmp_path, story)

    assert broken == [True, 7]
    assert whole == [False, 0]
    assert told == ["refuse True", "refuse False", "close", "hostile 3"]


def test_healing_a_connector_leaves_the_central_system_as_it_is(tmp_path: Path) -> None:
    async def story(at: Bench) -> list[str]:
        at.world.central_system = Misbehaving()
        await at.do("fault", name="csms_silent")
        await at.do("fault", name="meter_silent")
        return list((await at.do("heal", connector=1))["healed"])

    assert at_rest(tmp_path, story) == ["meter_silent"]


def test_a_world_without_a_central_system_points_to_the_one_there_is(tmp_path: Path) -> None:
    async def story(at: Bench) -> None:
        await at.do("fault", name="csms_silent")

    with pytest.raises(NotNow, match="break evse-csms through its own control socket"):
        at_rest(tmp_path, story)
