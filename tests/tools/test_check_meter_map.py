"""The tool that looks at a meter's map before a charger relies on it, on files, on frames and at the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.meters.maps import FOLDER, known_maps
from agent.drivers.modbus.block import Block
from firmware_sim.modbus_line import TcpGateway
from firmware_sim.virtual_loop import run
from tests.drivers.world import FIRST_WH, charger
from tests.vectors import FOLDER as VECTORS
from tests.vectors import load_vectors
from tools.check_meter_map import carry_out
from tools.meter_frames import BadFrames, exchange, frames_of, read_vectors

SDM630 = str(FOLDER / "eastron-sdm630.toml")
RECORDED = sorted({vector["meter"] for vector in load_vectors("meters")["vectors"]} & set(known_maps()))

Capture = pytest.CaptureFixture[str]


def check(*words: object) -> int:
    return run(carry_out([str(word) for word in words]))


def read(*words: object, meter: str = "eastron-sdm630", silent: bool = False, swapped: bool = False) -> int:
    """With a simulated meter on the line that the words name as PORT."""

    async def body() -> int:
        async with charger(meter) as site:
            site.meter.silent, site.meter.swapped = silent, swapped
            return await carry_out([site.port("rs485") if word == "PORT" else str(word) for word in words])

    return run(body())


def test_a_good_map_is_told_with_what_it_asks_for(capsys: Capture) -> None:
    assert check(FOLDER / "abb-b2x.toml") == 0

    told = capsys.readouterr().out
    assert "function 3, 0x8900 × 98     serial_number, firmware, model\n" in told
    assert "function 3, 0x5000 × 8      energy_import_total, energy_export_total\n" in told
    assert "Or, where it refuses that, for each reading:\n  function 3, 0x5B00 × 6      voltage_l1…l3\n" in told


@pytest.mark.parametrize("id", known_maps())
def test_every_map_of_ours_can_be_told(id: str) -> None:
    assert check(FOLDER / f"{id}.toml") == 0


def test_a_wrong_map_is_told_by_line(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(Path(SDM630).read_text().replace('"f32"', '"f23"', 1))

    assert check(file) == 1
    assert capsys.readouterr().err.startswith(f"{file}:")


@pytest.mark.parametrize("id", RECORDED)
def test_recorded_frames_are_decoded_to_what_was_recorded(id: str, capsys: Capture) -> None:
    assert check(FOLDER / f"{id}.toml", "--frames", VECTORS / "meters.json") == 0
    assert "All values are as recorded." in capsys.readouterr().out


def test_a_value_that_differs_is_named(tmp_path: Path, capsys: Capture) -> None:
    table = load_vectors("meters")
    vector = next(one for one in table["vectors"] if one["meter"] == "eastron-sdm630")
    vector["values"]["voltage_l2"] = 213.4
    frames = tmp_path / "frames.json"
    frames.write_text(json.dumps({"vectors": [vector]}))

    assert check(SDM630, "--frames", frames) == 1
    assert "WRONG: voltage_l2 should be 213.4 V" in capsys.readouterr().out


def test_a_meter_is_read_and_kept_and_what_was_kept_says_the_same(tmp_path: Path, capsys: Capture) -> None:
    kept = tmp_path / "kept.json"
    record = ("--record", kept, "--case", "idle", "--device", "SDM630, firmware 2")

    assert read(SDM630, "--port", "PORT", *record) == 0
    assert read(SDM630, "--port", "PORT", *record) == 0

    told = capsys.readouterr().out
    assert "SDM630-Modbus v2 answers." in told
    assert f"energy_import_total    {FIRST_WH} Wh" in told
    vectors = json.loads(kept.read_text())["vectors"]
    assert [vector["recorded_on"] for vector in vectors] == ["SDM630, firmware 2"] * 2
    assert vectors[0]["values"]["energy_import_total"] == FIRST_WH
    assert len(json.loads(kept.read_text())["identities"]["eastron-sdm630"]) == 1
    assert check(SDM630, "--frames", kept) == 0


def test_a_meter_behind_tcp_is_read_too(capsys: Capture) -> None:
    async def body() -> int:
        async with charger() as site:
            gateway = TcpGateway(site.world.timeline, [site.meter])
            port = await gateway.open()
            try:
                return await carry_out([SDM630, "--host", "127.0.0.1", "--tcp-port", str(port)])
            finally:
                gateway.close()

    assert run(body()) == 0
    assert f"energy_import_total    {FIRST_WH} Wh" in capsys.readouterr().out


def test_a_sunspec_meter_is_read_where_its_model_lies(capsys: Capture) -> None:
    assert read(FOLDER / "sunspec-meter.toml", "--port", "PORT", meter="sunspec-meter") == 0
    assert f"energy_import_total    {FIRST_WH} Wh" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "condition", "told"),
    [
        ((SDM630,), {"silent": True}, "check that A and B are not swapped, the baud rate, the address and the power"),
        ((SDM630,), {"meter": "abb-b2x"}, 'it looks like abb-b2x: check the address, or write map = "abb-b2x"'),
        ((SDM630,), {"swapped": True}, "voltages that are a mains only with their words swapped (230.2 V"),
        ((SDM630, "--record", "nowhere.json"), {"silent": True}, "no answer from address 1"),
    ],
)
def test_what_is_wrong_is_told_as_the_charger_would(
    words: tuple[str, ...], condition: dict[str, Any], told: str, capsys: Capture
) -> None:
    assert read(*words, "--port", "PORT", **condition) == 1
    assert told in capsys.readouterr().err
    assert not Path("nowhere.json").exists()


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    vector = next(one for one in load_vectors("meters")["vectors"] if one["meter"] == "eastron-sdm630")
    change(vector)
    return json.dumps({"vectors": [vector]})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "has not the form"),
        ('{"vectors": [{}]}', "has not the form"),
        ('{"vectors": []}', 'holds no vector of "eastron-sdm630"'),
        (changed(lambda one: one["frames"][0].update(request="01xx")), "vector 1: non-hexadecimal number"),
        (changed(lambda one: one["frames"][0].update(response="0104000000")), "has a wrong checksum"),
        (changed(lambda one: one["frames"][0].update(request="01030200017984")), "has 7 octets; one for registers"),
        (changed(lambda one: one["frames"][0].update(one["frames"][0], response="010302000179 84")), "answers another"),
        (changed(lambda one: one.pop("case")), "has not the form"),
    ],
)
def test_frames_that_cannot_be_used_are_told(text: str, told: str, tmp_path: Path, capsys: Capture) -> None:
    frames = tmp_path / "frames.json"
    frames.write_text(text)

    assert check(SDM630, "--frames", frames) == 1
    assert told in capsys.readouterr().err


def test_frames_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadFrames, match="cannot be read: No such file"):
        read_vectors(tmp_path / "none.json", "eastron-sdm630")


@given(
    unit=st.integers(1, 247),
    function=st.sampled_from([3, 4]),
    address=st.integers(0, 0xFF00),
    registers=st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=125).map(tuple),
)
def test_an_exchange_survives_its_frames(unit: int, function: int, address: int, registers: tuple[int, ...]) -> None:
    block = Block(function, address, len(registers))

    (frame,) = frames_of(unit, [(block, registers)])

    assert exchange(bytes.fromhex(frame["request"]), bytes.fromhex(frame["response"])) == (block, registers)


def test_a_map_is_known_by_the_name_of_its_file() -> None:
    assert {one.case for one in read_vectors(VECTORS / "meters.json", "abb-b2x")} >= {"importing 11 kW"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--host", "meter.local"), '"meter.local" is no numeric address; find it by: getent hosts meter.local'),
        (("--address", "7"), "say where it is: --port PATH or --host ADDRESS"),
        (("--record", "kept.json"), "say where it is: --port PATH or --host ADDRESS"),
    ],
)
def test_words_that_go_nowhere_are_wrong_use(words: tuple[str, ...], says: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        check(SDM630, *words)

    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_a_map_of_ours_is_known_by_its_name(capsys: Capture) -> None:
    assert check("eastron-sdm630") == 0
    assert capsys.readouterr().out.startswith(f"{SDM630} is good")
