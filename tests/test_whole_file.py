"""A file is replaced whole, for its owner alone, whatever an earlier try left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent import whole_file


@pytest.mark.parametrize("flush", [True, False])
def test_it_is_the_owners_alone_whatever_a_power_cut_left(tmp_path: Path, flush: bool) -> None:
    file = tmp_path / "key"
    file.write_text("old", encoding="utf-8")
    left = tmp_path / "key.new"
    left.write_text("half of someth", encoding="utf-8")
    left.chmod(0o644)

    whole_file.write(file, "new", flush=flush)

    assert file.read_text(encoding="utf-8") == "new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_what_could_not_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("old", encoding="utf-8")

    with pytest.raises(UnicodeEncodeError):
        whole_file.write(file, "half \ud800")

    assert file.read_text(encoding="utf-8") == "old"
