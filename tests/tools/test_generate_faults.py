"""The table of faults is read whole, or not at all: its columns go out on the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.generate_faults import TABLE, read_table


def changed(folder: Path, words: str, into: str) -> Path:
    """The table with these words of it once more, and other."""
    text = TABLE.read_text(encoding="utf-8")
    assert words in text
    table = folder / "faults.csv"
    table.write_text(text.replace(words, into, 1), encoding="utf-8")
    return table


@pytest.mark.parametrize(
    ("words", "into", "why"),
    [
        (",plan replacement,", ",plan it, and soon,", "contactor.slow has not a cell for each column"),
        (",plan replacement,", ",", "contactor.slow has not a cell for each column"),
        ("\n0x0903,", "\n0x0902,", "column code names something twice"),
        (",storage.wear,", ",storage.low,", "column id names something twice"),
    ],
)
def test_a_row_that_is_not_what_it_seems_is_refused(tmp_path: Path, words: str, into: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_table(changed(tmp_path, words, into))


def test_words_with_a_comma_are_read_where_they_are_quoted(tmp_path: Path) -> None:
    rows = read_table(changed(tmp_path, ",plan replacement,", ',"plan it, and soon",'))

    assert [row["remedy"] for row in rows if row["id"] == "contactor.slow"] == ["plan it, and soon"]
