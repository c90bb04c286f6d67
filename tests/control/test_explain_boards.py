"""What `explain` says of a board that is silent: nothing that this one does not do."""

from __future__ import annotations

import pytest

from agent.control.explain import explain
from agent.control.ports import NO_NETWORK
from agent.control.reason import Scene
from tests.control.test_explain import charging, explained, keys
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


def test_a_silent_board_of_the_laboratory_is_not_said_to_open_by_itself(station: RecordingStation) -> None:
    charging(station).board_falls_silent()

    scene = Scene(session=station.session, network=NO_NETWORK, now=station.now, opens_alone=False)

    headline = explain(scene).headline
    assert "opens the contactor" not in headline
    assert "may give power on: switch the supply off" in headline
