"""What `explain` says of a board that is silent: nothing that this one does not do."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.controllers import controller_of, ends_power_of
from agent.config.load import load
from agent.control.ports import NO_NETWORK
from agent.core.explain.explain import explain
from agent.core.explain.scene import Scene
from agent.core.identity import ConnectorId
from tests.core.explain.test_explain import charging, explained, keys
from tests.core.session.station import RecordingStation


@pytest.fixture
def station() -> RecordingStation:
    return RecordingStation()


def test_a_silent_board_is_said_once_and_first(station: RecordingStation) -> None:
    charging(station).board_falls_silent()

    found = keys(explained(station))

    assert found[0] == "board.silent"
    assert "fault.mcu.comm" not in found
    assert "it opens the contactor by itself" in explained(station).headline


def test_a_silent_controller_of_the_laboratory_is_called_by_its_name_and_not_said_to_open(
    station: RecordingStation,
) -> None:
    charging(station).board_falls_silent()

    scene = Scene(session=station.session, network=NO_NETWORK, now=station.now, controller="openevse", ends_power="")

    headline = explain(scene).headline
    assert "the openevse does not answer" in headline
    assert "opens the contactor" not in headline
    assert "may give power on: switch the supply off" in headline


@pytest.mark.parametrize(
    ("board", "controller", "ends_power"),
    [
        ("sim-single", "pilot board", "it opens the contactor by itself"),
        ("sim-bender", "bender", "it opens the contactor by itself"),
        ("sim-simple-evse", "simple-evse", "the cut-off in series with its contactor opens"),
        ("sim-openevse", "openevse", ""),
    ],
)
def test_what_is_said_of_a_silent_controller_is_what_its_board_file_makes_true(
    board: str, controller: str, ends_power: str, tmp_path: Path
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f'board = "{board}"\n[site]\ncountry = "DE"\nsupply_current_a = 32\n', encoding="utf-8")
    config = load(site).board

    assert controller_of(config, ConnectorId(1)) == controller
    assert ends_power_of(config, ConnectorId(1)) == ends_power
