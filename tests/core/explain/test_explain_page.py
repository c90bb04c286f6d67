"""docs/explain.md says what the code has: links, reasons, changes, and who may make them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.core.explain.change import Kind
from agent.core.explain.fault_changes import OUT_FOR_S
from agent.core.explain.links import DOMAINS, REASONS, Link, Who

PAGE = Path(__file__).parents[3] / "docs" / "explain.md"


def rows(heading: str) -> Iterator[list[str]]:
    """The cells of the first table below that heading, without its head."""
    lines = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0].splitlines()
    table = [line for line in lines if line.startswith("|")]
    for line in table[2:]:
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


def test_every_link_stands_in_its_order() -> None:
    assert [cells[0] for cells in rows("The chain")] == [f"`{link.value}`" for link in Link]


def test_every_reason_stands_with_its_link() -> None:
    told = {cells[0].strip("`"): cells[1].strip("` ") for cells in rows("The reasons")}

    assert told == {key: link.value if link else "none" for key, link in REASONS.items()}


def test_every_change_stands_there_and_whoever_is_named_exists() -> None:
    table = list(rows("What would start it"))
    named = {who.value for who in Who} | {"see below", "by what it waits for", "by the source, `subject`"}

    assert {cells[0].strip("`") for cells in table} == {kind.value for kind in Kind}
    assert {part for cells in table for part in cells[1].split(" or ")} <= named


def test_the_domains_that_are_named_are_of_the_catalogue_and_a_plug_is_out_for_ten_seconds() -> None:
    text = PAGE.read_text(encoding="utf-8")
    domains = text.split("Faults by who goes first about them")[1].split("The table is")[0]

    assert set(domains.split("`")[1::2]) <= set(DOMAINS)
    assert OUT_FOR_S == 10.0
