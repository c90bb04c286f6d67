from __future__ import annotations

import codecs
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.config.boards import BOARD_FOLDERS, known_boards
from agent.config.load import load
from agent.config.model import Authorization, Commissioning, Outlet
from agent.core.identity import ConnectorId
from agent.drivers import loader
from agent.errors import ConfigError
from agent.secret import Secret
from tests.config.conftest import GOOD_SITE, WriteSite, load_good, problems_of


def test_a_good_site_gives_the_board_and_the_defaults(write_site: WriteSite) -> None:
    config = load_good(write_site(GOOD_SITE))

    assert config.board.board == "sim-dual"
    assert [connector.id for connector in config.board.connectors] == [1, 2]
    assert config.site.commissioning is Commissioning.REQUIRED
    assert config.site.authorization is Authorization.REQUIRED
    assert config.site.resume_after_restart
    assert config.ocpp is not None
    assert config.ocpp.endpoint == "ws://127.0.0.1:9000/ocpp/CP-0123"
    assert config.station.firmware_version


@pytest.mark.parametrize("board", known_boards())
def test_every_board_file_is_complete_and_its_drivers_accept_their_options(board: str, write_site: WriteSite) -> None:
    config = load(write_site(GOOD_SITE.replace("sim-dual", board)), loader)

    assert config.board.board == board
    for connector in config.board.connectors:
        assert {"control_pilot", "contactor", "meter"} <= connector.drivers.keys()
        assert (connector.outlet is Outlet.SOCKET) == ("lock" in connector.drivers)


def test_the_folder_of_boards_is_found_in_a_checkout() -> None:
    assert {"sim-single", "sim-dual", "sim-socket", "pi-pilot-single"} <= set(known_boards())
    assert (BOARD_FOLDERS[0] / "README.md").is_file()


def test_a_board_may_be_a_file_beside_the_site(write_site: WriteSite, tmp_path: Path) -> None:
    original = (BOARD_FOLDERS[0] / "sim_single.toml").read_text(encoding="utf-8")
    (tmp_path / "wires").mkdir()
    (tmp_path / "wires" / "board.toml").write_text(original.replace("sim:pilot", "/dev/pts/7"), encoding="utf-8")

    config = load_good(write_site(GOOD_SITE.replace("sim-dual", "wires/board.toml")))

    assert config.board_file == tmp_path / "wires" / "board.toml"
    assert config.board.buses[0].options["port"] == "/dev/pts/7"


def test_a_file_that_a_board_names_lies_beside_the_board(write_site: WriteSite, tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    text = (BOARD_FOLDERS[0] / "sim_dual.toml").read_text().replace('"eastron-sdm630"', '"acme-pm3.toml"', 1)
    (tmp_path / "boards/mine.toml").write_text(text.replace('"eastron-sdm630"', '"/srv/acme-pm3.toml"', 1))

    config = load_good(write_site(GOOD_SITE.replace("sim-dual", "boards/mine.toml")))

    maps = [connector.drivers["meter"].options["map"] for connector in config.board.connectors]
    assert maps == [str(tmp_path / "boards/acme-pm3.toml"), "/srv/acme-pm3.toml"]


def test_drop_ins_win_in_the_order_of_their_names(write_site: WriteSite, tmp_path: Path) -> None:
    site = write_site(GOOD_SITE)
    folder = tmp_path / "site.toml.d"
    folder.mkdir()
    (folder / "20-late.toml").write_text("[site]\nsupply_current_a = 16\n", encoding="utf-8")
    (folder / "10-early.toml").write_text('[site]\nsupply_current_a = 20\nauthorization = "free"\n', encoding="utf-8")

    config = load_good(site)

    assert config.site.supply_current_a == 16
    assert config.site.authorization is Authorization.FREE
    assert config.site.country == "DE"
    assert config.origins["site.supply_current_a"] == f"{folder / '20-late.toml'}:2"


def test_every_problem_is_told_at_once_with_its_line(write_site: WriteSite) -> None:
    site = write_site(
        'board = "sim-dual"\n[site]\ncountry = "DE"\nsupply_current_a = 5\n'
        '[ocpp]\nversion = "2.0.1"\nulr = "wss://csms.example"\nurl = "wss://csms.example"\nidentity = "a b"\n'
    )

    assert problems_of(site) == [
        "site.toml:4: site.supply_current_a: 5 is below 6 A, too little for any car; look at the breaker again",
        "site.toml:5: ocpp.password_file: is missing; profile 2 logs in with a password, "
        "write the path of the file that holds it",
        'site.toml:6: ocpp.version: OCPP 2.0.1 is not spoken by this version of the agent yet; write "1.6"',
        'site.toml:7: ocpp.ulr: unknown key; did you mean "url"?',
        'site.toml:9: ocpp.identity: "a b" cannot be used; write 1 to 48 characters '
        "without space, colon, slash, question mark or number sign",
    ]


def test_problems_of_the_board_are_told_together_with_those_of_the_site(write_site: WriteSite, tmp_path: Path) -> None:
    original = (BOARD_FOLDERS[0] / "sim_single.toml").read_text(encoding="utf-8")
    (tmp_path / "board.toml").write_text(original.replace("rated_current_a = 32", "rated_current_a = 90"), "utf-8")

    problems = problems_of(write_site(GOOD_SITE.replace("sim-dual", "board.toml").replace('"DE"', '"Germany"')))

    assert [problem.split(": ")[1] for problem in problems] == ["site.country", "rated_current_a"]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (('outlet = "tethered"', 'outlet = "socket"'), "connector.1.outlet: a socket needs a lock"),
        (('bus = "rs485"', 'bus = "rs458"'), 'connector.1.meter.bus: there is no bus "rs458"; did you mean "rs485"?'),
        (("id = 1", "id = 2"), "connector.1.id: 2 breaks the order"),
        (("[connector.contactor]", "[connector.kontactor]"), "connector.1.kontactor: unknown key; did you mean"),
        (("sim:rs485", "sim:pilot"), 'bus.rs485.port: "sim:pilot" is already the port of bus.pilot'),
        (('driver = "modbus_map"', 'diver = "modbus_map"'), "connector.1.meter.driver: is missing"),
        (("phases = 3", "phases = 2"), "phases: 2 is not 1 or 3"),
        (("phases = 3", "phases = 3\n[site]\n"), "site: is about the site and belongs to site.toml"),
    ],
)
def test_a_wrong_board_is_explained(
    change: tuple[str, str], finding: str, write_site: WriteSite, tmp_path: Path
) -> None:
    original = (BOARD_FOLDERS[0] / "sim_single.toml").read_text(encoding="utf-8")
    (tmp_path / "board.toml").write_text(original.replace(*change, 1), encoding="utf-8")

    problems = problems_of(write_site(GOOD_SITE.replace("sim-dual", "board.toml")))

    assert any(finding in problem for problem in problems)


@pytest.mark.parametrize(
    ("written", "finding"),
    [
        ('"1a2b3c"', '"1a2b3c" cannot be used; write the eight digits that `evsectl board info` shows, as "1a2b3c4d"'),
        ('"0x1a2b3c"', '"0x1a2b3c" cannot be used; write the eight digits'),
        ("12345678", '12345678 is not text in "quotes"'),
    ],
)
def test_a_pinned_configuration_that_no_board_shows_is_refused_with_its_line(
    written: str, finding: str, write_site: WriteSite, tmp_path: Path
) -> None:
    file = board_that_pins(written, tmp_path)
    line = 1 + file.read_text(encoding="utf-8").splitlines().index(f"configuration = {written}")

    with pytest.raises(ConfigError) as raised:
        load(write_site(GOOD_SITE.replace("sim-dual", "board.toml")), loader)

    (problem,) = raised.value.problems
    assert problem.startswith(f"{file}:{line}: bus.pilot.configuration: {finding}")


@pytest.mark.parametrize("mark", ["1a2b3c4d", "1A2B3C4D"])
def test_a_configuration_may_be_pinned(mark: str, write_site: WriteSite, tmp_path: Path) -> None:
    board_that_pins(f'"{mark}"', tmp_path)

    config = load(write_site(GOOD_SITE.replace("sim-dual", "board.toml")), loader)

    assert config.board.buses[0].options["configuration"] == mark


def board_that_pins(written: str, folder: Path) -> Path:
    original = (BOARD_FOLDERS[0] / "sim_single.toml").read_text(encoding="utf-8")
    file = folder / "board.toml"
    file.write_text(original.replace('"sim:pilot"', f'"sim:pilot"\nconfiguration = {written}'), encoding="utf-8")
    return file


def test_two_meters_at_one_address_are_refused(write_site: WriteSite, tmp_path: Path) -> None:
    original = (BOARD_FOLDERS[0] / "sim_dual.toml").read_text(encoding="utf-8")
    (tmp_path / "board.toml").write_text(original.replace("address = 2", "address = 1"), encoding="utf-8")

    (problem,) = problems_of(write_site(GOOD_SITE.replace("sim-dual", "board.toml")))

    assert "connector.2.meter.address: 1 on bus rs485 is already connector.1.meter" in problem


def test_unknown_drivers_and_options_are_named_with_the_known_ones(write_site: WriteSite, tmp_path: Path) -> None:
    original = (BOARD_FOLDERS[0] / "sim_single.toml").read_text(encoding="utf-8")
    wrong = original.replace('driver = "serial_ascii"', 'driver = "serial_asci"').replace("address = 1", "adress = 1")
    (tmp_path / "board.toml").write_text(wrong, encoding="utf-8")

    with pytest.raises(ConfigError) as raised:
        load(write_site(GOOD_SITE.replace("sim-dual", "board.toml")), loader)

    text = str(raised.value)
    assert (
        'token_reader.driver: there is no driver "serial_asci" for a token_reader; did you mean "serial_ascii"?' in text
    )
    assert 'connector.1.meter.adress: unknown key; did you mean "address"?' in text
    assert "connector.1.meter.address: is missing" in text


def test_a_missing_board_is_named_with_the_nearest_one(write_site: WriteSite) -> None:
    (problem,) = problems_of(write_site(GOOD_SITE.replace("sim-dual", "sim-daul")))

    assert problem == 'site.toml:1: board: there is no board "sim-daul"; did you mean "sim-dual"?'


NO_COUNTRY = 'site.toml:1: site.country: is missing; under [site] write country = "DE" with the country of the charger'
NO_BREAKER = (
    "site.toml:1: site.supply_current_a: is missing; under [site] "
    "write supply_current_a = 32 with the amperes of the breaker"
)


def test_an_empty_file_is_told_everything_it_lacks_and_what_to_write(write_site: WriteSite) -> None:
    country, breaker, board = problems_of(write_site(""))

    assert (country, breaker) == (NO_COUNTRY, NO_BREAKER)
    assert board.startswith('site.toml:1: board: is missing; write board = "NAME"; known here: ')


def test_a_board_that_is_no_text_and_connectors_that_are_no_sections_are_told_beside_the_rest(
    write_site: WriteSite,
) -> None:
    problems = problems_of(write_site('board = 5\nconnector = "x"\n'))

    assert problems[:2] == [NO_COUNTRY, NO_BREAKER]
    assert problems[2].startswith('site.toml:1: board: is not text in "quotes"; write board = "NAME"; known here: ')
    assert problems[3:] == [
        "site.toml:2: connector: is not a section; write [connector.1], and so on for each connector"
    ]


def test_connectors_that_are_no_sections_are_refused_where_all_else_is_good(write_site: WriteSite) -> None:
    for written in ('connector = "x"\n', "connector = []\n"):
        [problem] = problems_of(write_site(written + GOOD_SITE))

        assert problem.startswith("site.toml:1: connector: is not a section; write [connector.1]")


@pytest.mark.parametrize("board", ["sim-dual", "sim-daul"])
def test_a_section_of_no_connector_is_told_with_and_without_a_board(board: str, write_site: WriteSite) -> None:
    site = write_site(f"{GOOD_SITE.replace('sim-dual', board)}[connector.x]\nfuse_current_a = 16\n")

    assert len([problem for problem in problems_of(site) if problem.startswith("site.toml:15: connector.x: ")]) == 1


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_byte_order_mark_and_the_line_ends_of_windows_are_read(line_end: str, tmp_path: Path) -> None:
    original = (BOARD_FOLDERS[0] / "sim_single.toml").read_text(encoding="utf-8")
    text = GOOD_SITE.replace("sim-dual", "board.toml")
    for name, content in (("site.toml", text), ("board.toml", original)):
        (tmp_path / name).write_bytes(content.replace("\n", line_end).encode("utf-8-sig"))

    config = load_good(tmp_path / "site.toml")

    assert config.origins["board"] == f"{tmp_path / 'site.toml'}:1"
    assert config.origins["site.country"] == f"{tmp_path / 'site.toml'}:7"


@given(good_lines=st.integers(0, 3000), mark=st.booleans())
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_text_in_another_encoding_is_told_with_its_line(good_lines: int, mark: bool, tmp_path: Path) -> None:
    before = (codecs.BOM_UTF8 if mark else b"") + b"# a line\n" * good_lines
    (tmp_path / "site.toml").write_bytes(before + "# Gerät\n".encode("latin-1") + b"# more\n" * 5)

    [problem] = problems_of(tmp_path / "site.toml")

    assert problem.startswith(f"site.toml:{good_lines + 1}: is not UTF-8 text")
    assert problem.endswith("save it as UTF-8")


def test_a_missing_file_is_one_problem(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path / "nowhere.toml")

    assert problem == "nowhere.toml:1: there is no such file; check the path"


def test_a_syntax_error_is_told_with_its_line(write_site: WriteSite) -> None:
    (problem,) = problems_of(write_site('board = "sim-dual"\n[site\ncountry = "DE"\n'))

    assert problem.startswith("site.toml:2: is not TOML: ")
    assert "mend this line, then check again" in problem


def test_a_board_file_with_a_syntax_error_lacks_nothing_beside_it(write_site: WriteSite, tmp_path: Path) -> None:
    original = (BOARD_FOLDERS[0] / "sim_dual.toml").read_text(encoding="utf-8")
    file = tmp_path / "board.toml"
    file.write_text(original.replace("phases = 3", "phases = "), encoding="utf-8")
    line = 1 + file.read_text(encoding="utf-8").splitlines().index("phases = ")

    (problem,) = problems_of(
        write_site(f"{GOOD_SITE.replace('sim-dual', 'board.toml')}[connector.2]\nfuse_current_a = 16\n")
    )

    assert problem.startswith(f"board.toml:{line}: is not TOML: ")


def test_a_drop_in_with_a_syntax_error_is_told_alone(write_site: WriteSite, tmp_path: Path) -> None:
    folder = tmp_path / "site.toml.d"
    folder.mkdir()
    (folder / "10-fuse.toml").write_text("[connector.2\n", encoding="utf-8")

    (problem,) = problems_of(write_site(f"{GOOD_SITE}[connector.1]\nfuse_current_a = 16\n"))

    assert problem.startswith("site.toml.d/10-fuse.toml:1: is not TOML: ")


def test_a_site_file_with_a_syntax_error_beside_good_drop_ins_is_told_alone(
    write_site: WriteSite, tmp_path: Path
) -> None:
    folder = tmp_path / "site.toml.d"
    folder.mkdir()
    (folder / "10-late.toml").write_text('board = "sim-dual"\n[site]\nphases = 1\n', encoding="utf-8")

    (problem,) = problems_of(write_site(f"{GOOD_SITE}fuse = \n"))

    assert "is not TOML" in problem


def test_the_password_is_read_from_its_file_and_never_shown(write_site: WriteSite, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("0123456789abcdef\n", encoding="utf-8")
    password.chmod(stat.S_IRUSR | stat.S_IWUSR)
    site = write_site(GOOD_SITE.replace("security_profile = 0", 'security_profile = 1\npassword_file = "password"'))

    config = load_good(site)

    assert config.ocpp is not None
    assert config.ocpp.password == Secret("0123456789abcdef")
    assert "0123456789abcdef" not in repr(config)


def test_a_password_that_everybody_can_read_or_that_is_too_short_is_refused(
    write_site: WriteSite, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("short", encoding="utf-8")
    password.chmod(0o644)
    site = write_site(GOOD_SITE.replace("security_profile = 0", 'security_profile = 1\npassword_file = "password"'))

    problems = problems_of(site)

    assert [problem.split(": ")[0] for problem in problems] == ["site.toml:15", "site.toml:15"]
    assert "has 5 characters; OCPP wants 16 to 40" in problems[0]
    assert "can be read by everybody; chmod 600 it" in problems[1]
    assert not any("short" in problem for problem in problems)


def test_first_values_of_settings_are_texts(write_site: WriteSite) -> None:
    site = write_site(
        f"{GOOD_SITE}[ocpp.settings]\nMeterValueSampleInterval = 60\nAuthorizeRemoteTxRequests = true\n"
        'MeterValuesSampledData = ["Voltage", "Current.Import"]\nAlignedDataCtrlr.Interval = 900\n'
    )

    config = load_good(site)

    assert config.ocpp is not None
    assert config.ocpp.settings == {
        "MeterValueSampleInterval": "60",
        "AuthorizeRemoteTxRequests": "true",
        "MeterValuesSampledData": "Voltage,Current.Import",
        "AlignedDataCtrlr.Interval": "900",
    }


def test_a_wrong_setting_is_told_beside_what_else_is_wrong(write_site: WriteSite) -> None:
    problems = problems_of(write_site(f"{GOOD_SITE}[ocpp.settings]\nHeartbeatInterval = 'abc'\n[other]\nx = 1\n"))
    assert {problem.split(": ")[1] for problem in problems} == {"ocpp.settings.HeartbeatInterval", "other"}


def test_relative_paths_are_meant_from_the_folder_of_the_site_file(write_site: WriteSite, tmp_path: Path) -> None:
    config = load_good(write_site(f'{GOOD_SITE}[storage]\npath = "state"\n'))

    assert config.storage.path == tmp_path / "state"
    assert config.control.socket == Path("/run/evse-agent/control.sock")


def test_a_lab_only_board_is_never_commissioned(write_site: WriteSite, tmp_path: Path) -> None:
    original = (BOARD_FOLDERS[0] / "sim_single.toml").read_text(encoding="utf-8")
    (tmp_path / "board.toml").write_text(f"lab_only = true\n{original}", encoding="utf-8")

    config = load_good(write_site(GOOD_SITE.replace("sim-dual", "board.toml")))

    assert config.site.commissioning is Commissioning.LAB
    assert not config.may_be_commissioned
    assert any("laboratory" in notice for notice in config.notices)


def test_a_site_that_waits_for_its_commissioning_is_told_that_it_gives_no_power(write_site: WriteSite) -> None:
    required = load_good(write_site(GOOD_SITE))
    lab = load_good(
        write_site(GOOD_SITE.replace("supply_current_a = 32", 'supply_current_a = 32\ncommissioning = "lab"'))
    )

    assert any("power once it was commissioned" in notice for notice in required.notices)
    assert not any("power once it was commissioned" in notice for notice in lab.notices)


def test_the_fuse_of_one_connector_limits_that_connector_only(write_site: WriteSite) -> None:
    config = load_good(write_site(f"{GOOD_SITE}[connector.2]\nfuse_current_a = 16\n"))

    assert config.connector_current_a(ConnectorId(1)) == 32
    assert config.connector_current_a(ConnectorId(2)) == 16
