"""Each scenario to practise on: a commissioning names what it expects, and its text is complete."""

from __future__ import annotations

import pytest

from agent.core.faults.catalogue import CATALOGUE
from firmware_sim import training
from firmware_sim.__main__ import main
from tools.sites.play import play
from tools.training import site_of

WANTED = {
    *("welded-contactor", "swapped-phases", "meter-sign", "pilot-short", "expired-certificate", "portal"),
    "breaker-too-small",
}


@pytest.mark.parametrize("name", training.names())
def test_a_commissioning_names_what_the_scenario_expects(name: str) -> None:
    scenario = training.read(name)

    heard = play(site_of(scenario), "network" if scenario.network else "")

    assert heard.is_right, f"{heard.cause}: {heard.first} {heard.refused}"


def test_every_scenario_is_told_and_never_gives_itself_away_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(training.names()) == WANTED
    for name in training.names():
        scenario = training.read(name)
        assert set(scenario.causes) <= set(CATALOGUE)
        assert main(["scenarios", name]) == 0
        said = capsys.readouterr().out
        assert scenario.hints[0] not in said and scenario.solution[:30] not in said
        assert main(["scenarios", name, "--hints", "9", "--solution"]) == 0
        said = capsys.readouterr().out
        assert all(hint in said for hint in scenario.hints)
        assert scenario.causes[0] in said


def test_a_scenario_that_there_is_not_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "nowhere"]) == 2
    assert "welded-contactor" in capsys.readouterr().err


def test_fewer_hints_than_none_are_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["scenarios", "portal", "--hints", "-1"])

    assert ended.value.code == 2
    assert "write 0 or more" in capsys.readouterr().err
