"""The page's table is that of the metrics."""

from __future__ import annotations

from tools.generate_prometheus import MARK, PAGE, rows
from tools.marked_table import with_rows


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert with_rows(page, MARK, rows()) == page, "run python -m tools.generate_prometheus"
