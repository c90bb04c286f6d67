"""Two users of one thing on a board, told with the line and the remedy before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.load import load
from agent.drivers import loader
from agent.errors import ConfigError
from tests.config.conftest import WriteSite

BOARDS = Path(__file__).parents[2] / "board_configs"
SITE = 'board = "board.toml"\n[site]\ncountry = "DE"\nsupply_current_a = 16\n'


def found(text: str, write_site: WriteSite, folder: Path) -> list[str]:
    (folder / "board.toml").write_text(text, encoding="utf-8")
    try:
        load(write_site(SITE), loader)
    except ConfigError as error:
        return [problem.removeprefix(f"{folder}/") for problem in error.problems]
    return []


def line_of(text: str, words: str, place: int = 1) -> int:
    """The number of the line that holds `words` for the `place`-th time."""
    return [number for number, line in enumerate(text.splitlines(), 1) if words in line][place - 1]


def board(name: str, *changes: tuple[str, str]) -> str:
    text = (BOARDS / f"{name}.toml").read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return text


@pytest.mark.parametrize("file", sorted(BOARDS.glob("*.toml")), ids=lambda file: file.stem)
def test_no_board_of_ours_shares_what_cannot_be_shared(file: Path, write_site: WriteSite, tmp_path: Path) -> None:
    assert found(file.read_text(encoding="utf-8"), write_site, tmp_path) == []


def test_two_connectors_on_one_controller_are_refused_at_pilot_and_contactor(
    write_site: WriteSite, tmp_path: Path
) -> None:
    text = board("sim_dual", ('bus = "pilot2"', 'bus = "pilot1"'))

    pilot, contactor = found(text, write_site, tmp_path)

    assert pilot == (
        f"board.toml:{line_of(text, 'bus = ', 5)}: connector.2.control_pilot.bus: "
        'bus "pilot1" has one control pilot, and connector.1.control_pilot has it; name a bus of its own'
    )
    assert 'bus "pilot1" has one contactor, and connector.1.contactor has it' in contactor


@pytest.mark.parametrize("kind", ["sim_openevse", "sim_simple_evse", "sim_phoenix_serial", "sim_bender"])
def test_every_controller_has_one_pilot(kind: str, write_site: WriteSite, tmp_path: Path) -> None:
    text = board(kind)
    second = text[text.index("[[connector]]") :].replace("id = 1", "id = 2")

    told = "\n".join(found(f"{text}\n{second}", write_site, tmp_path))

    assert "has one control pilot, and connector.1.control_pilot has it" in told
    assert "has one contactor, and connector.1.contactor has it" in told


def test_contactors_that_are_crossed_between_two_controllers_are_refused(write_site: WriteSite, tmp_path: Path) -> None:
    before = '[connector.contactor]\ndriver = "pilot_board"\nbus = "pilot'
    text = board("sim_dual", (f'{before}1"', f'{before}X"'), (f'{before}2"', f'{before}1"'), ("pilotX", "pilot2"))

    first, second = found(text, write_site, tmp_path)

    assert 'connector.1.contactor.bus: the controller on "pilot2" has connector.2.control_pilot' in first
    assert "name the bus of this connector's own control pilot" in first
    assert "connector.2.contactor.bus" in second


def test_a_port_has_one_user_whether_bus_or_driver(write_site: WriteSite, tmp_path: Path) -> None:
    text = board("sim_single", ('port = "sim:reader"', 'port = "sim:rs485"'))

    (problem,) = found(text, write_site, tmp_path)

    assert 'token_reader.port: "sim:rs485" is already the port of bus.rs485; name a port of its own' in problem
    assert problem.startswith(f"board.toml:{line_of(text, 'sim:rs485', 2)}: ")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('line = "ESTOP"', 'line = "MIRROR_1"', 'line "MIRROR_1" of bus gpio is already connector.1.contactor'),
        ('feedback_line = "MIRROR_1"', 'feedback_line = "RELAY_1"', "is already connector.1.contactor"),
    ],
)
def test_a_line_has_one_user_and_one_purpose(
    before: str, after: str, says: str, write_site: WriteSite, tmp_path: Path
) -> None:
    text = board("sim_gpio", (before, after))

    told = found(text, write_site, tmp_path)

    assert told
    assert all(says in problem for problem in told)


def test_an_input_of_a_relay_board_has_one_user_and_is_no_relay(write_site: WriteSite, tmp_path: Path) -> None:
    shared = board("sim_modbus_relay", ("feedback_input = 1", "feedback_input = 2"))
    beside = board("sim_modbus_relay", ("channel = 1\n", "channel = 2\n"))

    (problem,) = found(shared, write_site, tmp_path)

    assert "input 2 of bus relays is already" in problem
    assert found(beside, write_site, tmp_path) == []


def test_a_board_without_inputs_is_asked_for_none(write_site: WriteSite, tmp_path: Path) -> None:
    told = found(board("sim_modbus_relay", ("waveshare-inputs", "waveshare")), write_site, tmp_path)

    assert len(told) == 2
    assert all("this board has no inputs; name a family that has" in problem for problem in told)


def test_a_channel_that_the_relay_board_has_not_is_refused(write_site: WriteSite, tmp_path: Path) -> None:
    text = board("sim_modbus_relay", ("feedback_input = 1", "feedback_input = 20"), ("channel = 1\n", "channel = 30\n"))

    told = "\n".join(found(text, write_site, tmp_path))

    assert "connector.1.contactor.channel: there is no channel 30; this board has 1 to 8" in told
    assert "connector.1.contactor.feedback_input: there is no input 20; this board has 1 to 8" in told


@pytest.mark.parametrize(
    ("name", "before", "key"),
    [
        ("sim_single", 'port = "sim:rs485"', "bus.rs485.port"),
        ("sim_single", 'port = "sim:pilot"', "bus.pilot.port"),
        ("sim_single", 'port = "sim:reader"', "token_reader.port"),
        ("sim_openevse", 'port = "sim:evse"', "bus.evse.port"),
        ("sim_gpio", 'chip = "pinctrl-sim"', "bus.gpio.chip"),
        ("sim_single", 'vendor = "evse-agent"', "vendor"),
    ],
)
def test_an_empty_name_is_no_name(name: str, before: str, key: str, write_site: WriteSite, tmp_path: Path) -> None:
    text = board(name, (before, f'{before.partition(" ")[0]} = " "'))

    (problem,) = found(text, write_site, tmp_path)

    assert f'{key}: " " cannot be used; write' in problem


def notices(text: str, write_site: WriteSite, folder: Path) -> str:
    (folder / "board.toml").write_text(text, encoding="utf-8")
    return "\n".join(load(write_site(SITE), loader).notices)


def test_a_bus_that_nobody_uses_is_a_notice(write_site: WriteSite, tmp_path: Path) -> None:
    text = board("sim_single", ("[token_reader]", '[bus.spare]\nkind = "modbus_rtu"\nport = "sim:x"\n\n[token_reader]'))

    assert f"board.toml:{line_of(text, '[bus.spare]')}: nobody uses bus.spare" in notices(text, write_site, tmp_path)
    assert "nobody uses" not in notices(board("sim_single"), write_site, tmp_path)


def test_one_phase_of_three_that_is_measured_is_a_notice(write_site: WriteSite, tmp_path: Path) -> None:
    text = board("sim_single", ("eastron-sdm630", "eastron-sdm120"))

    assert "connector.1.meter measures one phase of three" in notices(text, write_site, tmp_path)
    one = text.replace("phases = 3", "phases = 1")
    assert "measures one phase" not in notices(one, write_site, tmp_path)
    assert "measures one phase" not in notices(board("sim_single"), write_site, tmp_path)


def test_the_laboratory_is_told_of_a_dead_program_only_where_it_leaves_the_power_on(
    write_site: WriteSite, tmp_path: Path
) -> None:
    opens = board("sim_single", ("phases = 3", "phases = 3\nlab_only = true"))

    assert "laboratory only" in notices(opens, write_site, tmp_path)
    assert "nothing ends the power" not in notices(opens, write_site, tmp_path)
    told = notices(board("sim_openevse"), write_site, tmp_path)
    assert "nothing ends the power" in told
    assert "connector.1.contactor" in told


def test_a_single_bracket_is_told_to_be_double(write_site: WriteSite, tmp_path: Path) -> None:
    text = board("sim_single", ("[[connector]]", "[connector]"))

    (problem,) = found(text, write_site, tmp_path)

    assert problem.endswith("connector: there may be several of them; write [[connector]] in place of [connector]")


def test_a_bus_without_its_kind_is_told_once(write_site: WriteSite, tmp_path: Path) -> None:
    (problem,) = found(board("sim_single", ('kind = "modbus_rtu"\n', "")), write_site, tmp_path)

    assert "bus.rs485.kind: is missing" in problem


def test_a_board_file_that_is_not_there_is_told_with_its_whole_path(write_site: WriteSite, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(write_site(SITE.replace("board.toml", "boards/mine.toml")), loader)

    assert f"board: there is no file {tmp_path}/boards/mine.toml" in raised.value.problems[0]
