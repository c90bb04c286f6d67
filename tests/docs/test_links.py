"""Every page of the project leads where it says: to files that are there, and to headings of them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tools.code_shape import ROOT
from tools.hardware.markdown import anchor

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")])
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def links_of(page: Path) -> list[str]:
    """Those that stay inside the project."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return [target for target in LINK.findall(text) if "://" not in target]


@cache
def anchors_of(page: Path) -> frozenset[str]:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return frozenset(anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE))


def is_broken(page: Path, target: str) -> bool:
    path, _, heading = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return True
    return bool(heading) and heading not in anchors_of(file)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [target for target in links_of(page) if is_broken(page, target)] == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# The head\n[a](#the-head) [b](#another) [c](none.md) [d](page.md#the-head) [e](https://x.example)\n"
    )

    assert [target for target in links_of(page) if is_broken(page, target)] == ["#another", "none.md"]


@pytest.mark.parametrize("page", ["hardware.md", "add-a-meter.md", "add-a-board.md"])
def test_an_integrator_finds_the_page_from_where_people_begin(page: str) -> None:
    for start in (ROOT / "README.md", ROOT / "board_configs/README.md"):
        assert any(page in target for target in links_of(start)), start
