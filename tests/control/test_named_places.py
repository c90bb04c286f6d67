"""A place for a file that the caller names is looked at before the agent is asked for what goes there."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.control.cli import Exit, main

Output = pytest.CaptureFixture[str]
TAKES_NO_FILE = "/proc/sys"
"""A folder in which nobody may make a file, root neither."""
SEEMS_TO_TAKE_ONE = "/proc"
"""Root may, by all that is said of the folder, and cannot, as on a disk that is full."""


def unheard(folder: Path, *words: str) -> int:
    """The exit code where no agent is there that could be asked."""
    return main(["--socket", str(folder / "no agent" / "c.sock"), *words])


@pytest.mark.parametrize(
    "words",
    [
        *(["evidence", "make", "--to"], ["bundle", "--to"], ["metrics", "export"]),
        *(["report", "export", "1"], ["signed", "show", "--xml"], ["handover", "pack"], ["uptime", "sessions", "--to"]),
        *(["board", "capture", "--csv"], ["board", "evidence", "--csv"]),
    ],
)
def test_a_place_that_takes_no_file_is_said_before_anybody_is_asked(
    tmp_path: Path, capsys: Output, words: list[str]
) -> None:
    """What is made once, and counted, would be made in vain."""
    assert unheard(tmp_path, *words, str(tmp_path)) == Exit.WRONG_USE
    assert f"{tmp_path} is a folder" in capsys.readouterr().err
    assert unheard(tmp_path, *words, str(tmp_path / "none" / "x")) == Exit.WRONG_USE
    assert "make it first: mkdir -p" in capsys.readouterr().err
    assert unheard(tmp_path, *words, f"{TAKES_NO_FILE}/x") == Exit.WRONG_USE
    assert "cannot be written by this user" in capsys.readouterr().err
    assert unheard(tmp_path, *words, f"{SEEMS_TO_TAKE_ONE}/x") == Exit.WRONG_USE
    assert f"{SEEMS_TO_TAKE_ONE}/x cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["evidence", "make", "--to"], ["bundle", "--to"], ["metrics", "export"]])
def test_a_file_that_is_there_is_told_before_anybody_makes_one_for_its_place(
    tmp_path: Path, capsys: Output, words: list[str]
) -> None:
    taken, dangling = tmp_path / "taken", tmp_path / "dangling"
    taken.write_text("kept")
    dangling.symlink_to(tmp_path / "nowhere")

    for place in (taken, dangling):
        assert unheard(tmp_path, *words, str(place)) == Exit.WRONG_USE
        assert f"{place} is there already" in capsys.readouterr().err
    assert taken.read_text() == "kept"
