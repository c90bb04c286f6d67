from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent.config.boards import BOARD_FOLDERS
from agent.config.layers import Layer, entries, explain_current
from agent.config.load import load
from agent.config.model import StationConfig
from agent.core.identity import ConnectorId
from agent.drivers import loader
from tests.config.conftest import GOOD_SITE, WriteSite, load_good


def test_the_smallest_limit_wins_and_tells_its_line(write_site: WriteSite) -> None:
    site = write_site(f"{GOOD_SITE.replace('32', '40')}[connector.1]\nfuse_current_a = 16\n")
    config = load_good(site)

    limits = explain_current(config, ConnectorId(1))

    assert [(limit.layer, limit.key, limit.current_a, limit.wins) for limit in limits] == [
        (Layer.BOARD, "rated_current_a", 32.0, False),
        (Layer.SITE, "site.supply_current_a", 40.0, False),
        (Layer.SITE, "connector.1.fuse_current_a", 16.0, True),
    ]
    assert limits[2].where == f"{site}:16"
    assert limits[0].where.endswith("sim_dual.toml:6")


def test_the_network_can_only_lower(write_site: WriteSite) -> None:
    config = load_good(write_site(GOOD_SITE))

    high = explain_current(config, ConnectorId(1), (("TxProfile 7", 63.0),))
    low = explain_current(config, ConnectorId(1), (("TxProfile 7", 10.0),))

    assert [limit.key for limit in high if limit.wins] == ["rated_current_a"]
    assert [limit.key for limit in low if limit.wins] == ["TxProfile 7"]


@given(st.lists(st.floats(0, 100), max_size=5))
def test_exactly_one_limit_wins_and_none_is_smaller(network: list[float]) -> None:
    config = _config()

    limits = explain_current(config, ConnectorId(1), tuple((f"profile {i}", a) for i, a in enumerate(network)))

    (winner,) = [limit for limit in limits if limit.wins]
    assert winner.current_a == min(limit.current_a for limit in limits)


def test_what_is_in_force_is_listed_with_owner_and_line_and_without_secrets(write_site: WriteSite) -> None:
    resume_not = GOOD_SITE.replace("[site]\n", "[site]\nresume_after_restart = false\n")
    config = load_good(write_site(f"{resume_not}[ocpp.settings]\nHeartbeatInterval = 300\n"))

    shown = {entry.key: entry for entry in entries(config, loader)}

    assert shown["site.country"].value == "DE"
    assert shown["site.country"].layer is Layer.SITE
    assert shown["site.commissioning"].layer is Layer.DEFAULT
    assert shown["site.resume_after_restart"].value == "false"
    assert shown["site.resume_after_restart"].layer is Layer.SITE
    assert shown["board.rated_current_a"].layer is Layer.BOARD
    assert shown["ocpp.settings"].value == "HeartbeatInterval=300"
    assert shown["ocpp.password"].value in ("", "…")


def test_every_key_of_the_board_s_buses_and_drivers_is_listed_with_its_line(write_site: WriteSite) -> None:
    shown = {entry.key: entry for entry in entries(load_good(write_site(GOOD_SITE)), loader)}

    port = shown["board.bus.pilot1.port"]
    assert (port.value, port.layer) == ("sim:pilot1", Layer.BOARD)
    assert "sim_dual.toml:" in port.where
    assert shown["board.bus.pilot1.kind"].value == "pilot_board"
    pin = shown["board.bus.pilot1.configuration"]
    assert (pin.value, pin.layer, pin.where) == ("", Layer.DEFAULT, "default")
    assert shown["board.bus.pilot1.baud"].value == "460800"
    assert shown["board.connector.2.outlet"].value == "tethered"
    assert shown["board.connector.2.meter.map"].layer is Layer.BOARD
    assert shown["board.token_reader.driver"].value == "serial_ascii"


def test_a_pin_in_an_inline_table_is_the_board_file_s(write_site: WriteSite, tmp_path: Path) -> None:
    original = (BOARD_FOLDERS[0] / "sim_single.toml").read_text(encoding="utf-8")
    bus = '[bus.pilot]\nkind = "pilot_board"\nport = "sim:pilot"\n'
    inline = 'bus.pilot = { kind = "pilot_board", port = "sim:pilot", configuration = "1a2b3c4d" }\n'
    assert bus in original
    file = tmp_path / "board.toml"
    file.write_text(inline + original.replace(bus, ""), encoding="utf-8")

    config = load(write_site(GOOD_SITE.replace("sim-dual", "board.toml")), loader)

    (pin,) = [one for one in entries(config, loader) if one.key == "board.bus.pilot.configuration"]
    assert (pin.value, pin.layer, pin.where) == ("1a2b3c4d", Layer.BOARD, f"{file}:1")


def _config() -> StationConfig:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site.toml"
        site.write_text(GOOD_SITE, encoding="utf-8")
        return load(site)
