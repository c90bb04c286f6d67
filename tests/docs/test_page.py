"""The reader of pages itself."""

from __future__ import annotations

import pytest

from tests.docs.page import Command, File, Page

SAYS = Command(("a",), "one\n…\nfour\n")


@pytest.mark.parametrize(
    ("printed", "fits"),
    [
        ("one\ntwo\nthree\nfour\n", True),
        ("one\nfour\n", True),
        ("one\ntwo\n", False),
        ("zero\none\nfour\n", False),
        ("one\nfour\nfive\n", False),
        ("one\ntwo four\n", False),
    ],
)
def test_three_dots_stand_for_lines_and_for_nothing_less(printed: str, fits: bool) -> None:
    assert SAYS.is_said_by(printed) is fits


def test_files_commands_and_tables_are_read_in_the_order_of_the_page() -> None:
    page = Page.__new__(Page)
    page.text = (
        "Text.\n\n```toml a.toml\nx = 1\n```\n\n```sh\nignored\n```\n\n"
        "```console\n$ one 'two three' \\\n    four\nsaid\n$ five\n```\n\n"
        "| A | B |\n|---|---|\n| 1 | `x\\|y` |\n\nEnd.\n"
    )

    assert page.steps() == [
        File("a.toml", "x = 1\n"),
        Command(("one", "two three", "four"), "said\n"),
        Command(("five",), ""),
    ]
    assert page.table("A") == [["1", "`x|y`"]]
