"""What a board file with GPIO lines must say before it may leave the laboratory."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.load import load
from agent.drivers import loader
from agent.errors import ConfigError
from tests.config.conftest import WriteSite

BOARDS = Path(__file__).parents[2] / "board_configs"
LAB_ONLY = "lab_only = true\n"


def checked(text: str, write_site: WriteSite, tmp_path: Path) -> tuple[str, ...]:
    board = tmp_path / "board.toml"
    board.write_text(text)
    site = write_site(f'board = "{board}"\n[site]\ncountry = "DE"\nsupply_current_a = 16\n')
    try:
        load(site, loader)
    except ConfigError as error:
        return error.problems
    return ()


def test_a_contactor_on_a_line_is_for_the_laboratory_whatever_is_in_series(
    write_site: WriteSite, tmp_path: Path
) -> None:
    text = (BOARDS / "sim_gpio.toml").read_text()
    cut_off = '\n[connector.cut_off]\ndriver = "gpio_pulse"\nbus = "gpio"\nline = "PULSE_1"\n'
    assert LAB_ONLY in text

    assert checked(text, write_site, tmp_path) == ()
    (problem,) = checked(text.replace(LAB_ONLY, "") + cut_off, write_site, tmp_path)
    assert "gpio_relay is switched by Linux alone" in problem
    assert "write lab_only = true" in problem


def test_an_openevse_with_a_cut_off_leaves_the_laboratory_and_without_one_it_does_not(
    write_site: WriteSite, tmp_path: Path
) -> None:
    text = (BOARDS / "sim_openevse_cut_off.toml").read_text()
    head, cut_off, rest = text.partition("[connector.cut_off]")
    without = head + rest[rest.index("[connector.indicator]") :]
    assert cut_off
    assert LAB_ONLY not in text

    assert checked(text, write_site, tmp_path) == ()
    (problem,) = checked(without, write_site, tmp_path)
    assert "add [connector.cut_off]" in problem


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('feedback_line = "MIRROR_1"\n', "", "feedback_line: goes with feedback"),
        ('feedback = "normally_closed"\n', "", "feedback: is missing"),
        ('feedback = "normally_closed"\n', 'feedback = "none"\n', "feedback_line: goes with feedback"),
        ('line = "ESTOP"\n', 'line = "ESTOP"\ndebounce_ms = 2000\n', "debounce_ms: 2000 is above 1000 ms"),
        ('chip = "pinctrl-sim"\n', 'chip = "pinctrl-sim"\nlibrary = "not a name"\n', "library:"),
    ],
)
def test_what_does_not_go_together_is_said(
    write_site: WriteSite, tmp_path: Path, before: str, after: str, says: str
) -> None:
    text = (BOARDS / "sim_gpio.toml").read_text()
    assert before in text

    (problem,) = checked(text.replace(before, after), write_site, tmp_path)

    assert says in problem
