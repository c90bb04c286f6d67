"""`evsectl plan new` and `check`, as they are typed in an office."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.config.boards import known_boards
from agent.config.countries import known
from agent.control.cli import main


def typed(*words: str) -> int:
    return main(["plan", *words])


@pytest.mark.parametrize(("chargers", "every"), [("1", 2), ("40", 12)])
def test_a_new_plan_of_every_board_holds_as_it_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], chargers: str, every: int
) -> None:
    # Boards by turns: every one, and every country, and not each with each.
    for place, board in enumerate(known_boards()[::every]):
        country = [*known(), "FR"][place % (len(known()) + 1)]
        file = tmp_path / f"{board}.toml"

        assert typed("new", str(file), "--board", board, "--country", country, "--chargers", chargers) == 0
        passed = typed("check", str(file), "--json")

        told = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert passed == 0, (board, country, told)
        assert told["chargers"] == int(chargers)


def test_a_plan_that_is_there_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.toml"
    file.write_text("mine", encoding="utf-8")

    assert typed("new", str(file), "--board", "sim-dual") == 2

    assert "is there already" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_board_and_a_country_that_there_are_not_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("new", str(tmp_path / "a"), "--board", "sim-dul") == 2
    assert typed("new", str(tmp_path / "a"), "--board", "sim-dual", "--country", "Germany") == 2
    assert typed("new", str(tmp_path / "none" / "a"), "--board", "sim-dual") == 2

    told = capsys.readouterr().err
    assert 'did you mean "sim-dual"' in told
    assert 'country: "Germany" is no country; write two letters; with rules of its own: DE, GB, US' in told
    assert "cannot be written (No such file or directory)" in told


def test_a_check_shows_each_rule_with_value_and_limit_and_the_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.toml"
    typed("new", str(file), "--board", "sim-dual")
    capsys.readouterr()

    assert typed("check", str(file)) == 0

    told = capsys.readouterr().out
    assert "ok  current and breaker  32 A                 ≤ 32 A" in told
    assert f"at each charger: evsectl plan apply {file}" in told
    assert "a competent person signs" in told


def test_a_failed_check_names_line_reason_and_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.toml"
    typed("new", str(file), "--board", "sim-dual")
    text = file.read_text(encoding="utf-8")
    line = 1 + text[: text.index("cable_length_m")].count("\n")
    file.write_text(text.replace("cable_length_m = 15", "cable_length_m = 80"), encoding="utf-8")
    capsys.readouterr()

    assert typed("check", str(file)) == 1

    told = capsys.readouterr().out
    assert "FAIL  voltage drop" in told
    assert f"{file}:{line}: circuit.cable_length_m: 80 m of 6 mm² lose 4.17 % at 32 A, 3 % are allowed" in told
    assert "(DIN 18015-1" in told
    assert "1 thing to mend" in told


def test_a_plan_that_cannot_be_read_is_told_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.toml"
    file.write_text('board = "sim-dual"\n[site]\ncountry = "de"\n', encoding="utf-8")

    assert typed("check", str(file)) == 1
    assert typed("check", str(tmp_path / "none.toml")) == 1

    told = capsys.readouterr().out
    assert f'{file}:3: site.country: "de" cannot be used; write two capital letters, as "DE"' in told
    assert "none.toml:1: there is no such file; check the path" in told
