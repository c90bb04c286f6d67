"""Board files as the simulator reads and writes them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import board_file
from firmware_sim.board_file import BOARD_CONFIGS, BoardUnusable
from firmware_sim.virtual_loop import run
from tests.firmware_sim.bench import rig_of

KEYS = st.text(min_size=1, max_size=8)
PLAIN = st.one_of(
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)
KEY = KEYS.filter(lambda key: not any("\ud800" <= sign <= "\udfff" for sign in key))
TABLES = st.recursive(
    st.dictionaries(KEY, st.one_of(PLAIN, st.lists(PLAIN, max_size=3)), max_size=4),
    lambda tables: st.dictionaries(KEY, st.one_of(PLAIN, tables, st.lists(tables, min_size=1, max_size=3)), max_size=4),
    max_leaves=12,
)


@given(TABLES)
def test_what_is_written_reads_back_the_same(table: dict[str, Any]) -> None:
    assert tomllib.loads(board_file.emit(table)) == table


@pytest.mark.parametrize("path", sorted(BOARD_CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_board_of_the_folder_becomes_a_world_with_its_ports_replaced(path: Path, tmp_path: Path) -> None:
    async def main() -> dict[str, Any]:
        async with rig_of(tmp_path, board=str(path)) as rig:
            return tomllib.loads(rig.board_path.read_text())

    written, original = run(main()), tomllib.loads(path.read_text())

    # A device on another bus has none of its own, and the port of a TCP device is a number.
    ports = [port for bus in written["bus"].values() if isinstance(port := bus.get("port"), str)]
    assert all(port.startswith(str(tmp_path)) for port in ports)
    assert _without_ports(written) == _without_ports(original)


PLACES = ("port", "host", "chip", "library", "device", "root", "thermal_root", "hwmon_root")
"""Where the simulator puts a wire, or the files that the kernel would have."""


def _without_ports(board: Any) -> Any:
    if isinstance(board, dict):
        return {key: _without_ports(value) for key, value in board.items() if key not in PLACES}
    return [_without_ports(each) for each in board] if isinstance(board, list) else board


def test_a_meter_on_tcp_listens_on_the_loopback(tmp_path: Path) -> None:
    text = board_file.find("sim-single").read_text()
    text = text.replace('kind = "modbus_rtu"\nport = "sim:rs485"\nbaud = 9600', 'kind = "modbus_tcp"\nhost = "x"')
    file = tmp_path / "tcp.toml"
    file.write_text(text)

    async def main() -> dict[str, Any]:
        async with rig_of(tmp_path / "world", board=str(file)) as rig:
            return dict(rig.board["bus"]["rs485"])

    bus = run(main())

    assert bus["host"] == "127.0.0.1"
    assert bus["port"] > 0


def test_a_name_stands_for_its_file() -> None:
    assert board_file.find("sim-dual") == BOARD_CONFIGS / "sim_dual.toml"


def test_an_unknown_board_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BoardUnusable, match=r"there is no .*known boards: .*sim-single"):
        board_file.find("sim-triple")


SINGLE = board_file.find("sim-single").read_text()

UNUSABLE = [
    ("[[connector]]", "[[other]]", "has no .*connector"),
    ("id = 1", "", "has no id"),
    ("id = 1", 'id = "one"', "id: 'one' is no whole number"),
    ("address = 1", "address = 0", "address: 0 is no whole number above 0"),
    ("baud = 9600", "baud = 0.5", "baud: 0.5 is no whole number above 0"),
    ("[token_reader]", "[[token_reader]]", "there is no table token_reader"),
    ("[connector.meter]\n", "[[connector.meter]]\n", "there is no table meter"),
    ('driver = "modbus_map"', 'driver = "pulse_input"', "meter is 'pulse_input'; only modbus_map"),
    ('map = "eastron-sdm630"', 'map = "nobody"', "no simulated meter 'nobody'; there are abb-b2x"),
    ('bus = "rs485"', 'bus = "rs486"', "bus 'rs486' is not in the file"),
    ('kind = "pilot_board"', 'kind = "modbus_rtu"', "bus pilot is 'modbus_rtu', not pilot_board"),
    ('[connector.contactor]\ndriver = "pilot_board"', '[connector.contactor]\ndriver = "gpio"', "contactor is 'gpio'"),
    ('driver = "serial_ascii"', 'driver = "crystal_ball"', "token_reader is 'crystal_ball'; only serial_ascii"),
]


@pytest.mark.parametrize(("there", "instead", "complaint"), UNUSABLE)
def test_what_cannot_be_simulated_is_refused_in_words(tmp_path: Path, there: str, instead: str, complaint: str) -> None:
    file = tmp_path / "board.toml"
    assert there in SINGLE
    file.write_text(SINGLE.replace(there, instead, 1))

    async def main() -> None:
        async with rig_of(tmp_path / "world", board=str(file)):
            pass

    with pytest.raises(BoardUnusable, match=complaint):
        run(main())


def test_a_file_that_is_no_toml_is_refused_with_its_name_and_line(tmp_path: Path) -> None:
    file = tmp_path / "board.toml"
    file.write_text('board = "x"\n= 3\n')

    with pytest.raises(BoardUnusable, match=r"board\.toml: .*line 2"):
        board_file.read(file)
