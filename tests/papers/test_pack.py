"""The hand-over pack: the same in each language, two pages, nothing that does not fit, and no secret."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.countries import country_of, known
from agent.core.commissioning.handover import ITEMS
from agent.core.commissioning.report import Facts, report
from agent.core.session.effects import Signal
from agent.papers import blocks
from agent.papers.pack_page import later, owner_sheet, paper
from agent.papers.texts import languages, texts
from agent.security.sealed import Signer, sealed
from tests.commissioning_jobs import facts, job
from tests.papers.plain import page

CODE = "ABCD-EFGH-2345-6789"
LONG = "Stadtwerke Niederösterreichische Elektromobilitätsgesellschaft mbH & Co. KG"


def sealed_report(said: Facts | None = None, **answers: str) -> dict[str, Any]:
    before = job()
    told = replace(before, answers={**before.answers, **{f"handover.{key}": text for key, text in answers.items()}})
    return json.loads(sealed(report(told, said or facts()), Signer(why_not="a test")))  # type: ignore[no-any-return]


FILE = sealed_report()
TICKS = {item: {"utc": "2026-11-30T14:00:00.000Z"} for item in ITEMS}


def all_blocks(of: tuple[blocks.Block, ...]) -> Iterator[blocks.Block]:
    for block in of:
        yield block
        if isinstance(block, blocks.Columns):
            for side in block.sides:
                yield from all_blocks(side)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_keys_and_fills_in_the_same(language: str) -> None:
    english = texts("en")

    assert texts(language).keys() == english.keys()
    assert {key: fields(text) for key, text in texts(language).items()} == {k: fields(t) for k, t in english.items()}
    assert all(texts(language).values())


@pytest.mark.parametrize("language", languages())
def test_every_signal_and_every_item_has_words(language: str) -> None:
    known = texts(language)

    assert {f"lights.{signal.value}" for signal in Signal} <= known.keys()
    assert {f"lights.{signal.value}_means" for signal in Signal} <= known.keys()
    assert {f"checklist.{item}" for item in ITEMS} <= known.keys()


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    "answers", [{}, {"operator": LONG, "price": LONG * 2, "disconnection": LONG * 2, "cards": "…1234, " * 12}]
)
@pytest.mark.parametrize("light", [{}, {"lights": ()}, {"lights": (), "limits": {"light": "board"}}])
def test_it_has_two_pages_and_no_word_is_wider_than_its_place(
    language: str, answers: dict[str, str], light: dict[str, object], tmp_path: Path
) -> None:
    pdf = pytest.importorskip("agent.papers.pdf")
    made = paper(sealed_report(facts(**light), **answers), {"language": language, "ticks": TICKS})

    assert pdf.write(made, tmp_path / "pack.pdf") == 2
    assert list(too_wide(pdf, made)) == []


def too_wide(pdf: Any, made: blocks.Paper) -> Iterator[str]:
    """Paragraphs with a word that their cell has to break."""
    for block in made.blocks:
        for flowable in pdf.flowables(block, pdf.Room(pdf.WIDTH, made.scale)):
            yield from _wide_in(flowable)


def _wide_in(grid: Any) -> Iterator[str]:
    if not hasattr(grid, "_cellvalues"):
        return
    spans = {tuple(command[1]) for command in getattr(grid, "_spanCmds", [])}
    for at, row in enumerate(grid._cellvalues):
        for column, cell in enumerate(row):
            width = sum(grid._argW) if (0, at) in spans else grid._argW[column]
            for one in cell if isinstance(cell, list | tuple) else [cell]:
                if hasattr(one, "minWidth") and hasattr(one, "text") and one.minWidth() > width - 4:
                    yield one.text
                yield from _wide_in(one)


def test_what_is_not_known_is_a_line_to_write_on_and_never_made_up() -> None:
    nobody = replace(job(), answers={})
    empty = json.loads(sealed(report(nobody, facts(lights=(), upkeep={}, circuit={})), Signer(why_not="a test")))

    html = page(paper(empty, {"language": "en"}))

    assert html.count("____") >= 6
    assert "Quay Power GmbH" not in html


def test_only_a_station_with_a_light_speaks_of_one() -> None:
    dark = page(paper(sealed_report(facts(lights=())), {"language": "en", "ticks": TICKS}))
    on_board = page(paper(sealed_report(facts(lights=(), limits={"light": "board"})), {"language": "en"}))

    assert not re.search(r"light\b|\bred\b", re.sub(r"<[^>]*>", " ", dark.partition("</head>")[2]))
    assert "When it does not charge" in dark
    assert "see the manual of the station" in on_board
    assert "When it is red" in on_board


@pytest.mark.parametrize("country", ["IEC", *known()])
def test_the_source_of_a_countrys_upkeep_is_told_in_the_owners_language(country: str) -> None:
    upkeep = country_of(country).upkeep
    assert upkeep is not None
    keys = [key for key, text in texts("en").items() if key.startswith("sources.") and text == upkeep.source]
    file = sealed_report(facts(upkeep={"source": upkeep.source}))

    assert len(keys) == 1
    assert escape(texts("de")[keys[0]]) in page(paper(file, {"language": "de"}))


def test_an_unknown_serial_number_is_a_line_to_write_on_and_no_dash() -> None:
    unknown = replace(job(), answers={})
    file = json.loads(sealed(report(unknown, facts(charger={"model": "Dual"})), Signer(why_not="a test")))

    for made in (paper(file, {"language": "en"}), owner_sheet(file, {"language": "en", "code": CODE})):
        words = re.sub(r"<[^>]*>", "\n", page(made).partition("</head>")[2])
        assert not re.search(r"(^|\s)-\s*\.?\s*$", words, re.MULTILINE)


def test_an_incomplete_report_makes_a_pack_that_says_so_first() -> None:
    lacking = replace(job(), attempts=job().attempts[:-1], steps=job().steps[:3])
    made = paper(json.loads(sealed(report(lacking, facts()), Signer(why_not="a test"))), {"language": "de"})

    assert made.stamp == "UNVOLLSTÄNDIG"
    assert isinstance(made.blocks[0], blocks.Banner)


def test_only_a_country_that_asks_for_it_has_hours_and_a_delay() -> None:
    asked = facts(
        upkeep={"country": "Great Britain", "off_peak_outside": "8 to 11 and 16 to 22", "random_delay_s": 600}
    )
    british = page(paper(json.loads(sealed(report(job(), asked), Signer(why_not="a test"))), {"language": "en"}))

    assert "random delay of up to 10 minutes" in british
    assert "random delay" not in page(paper(FILE, {"language": "en"}))


def test_ticks_carry_their_day_and_the_others_an_empty_box() -> None:
    made = paper(FILE, {"language": "en", "ticks": {"cards": TICKS["charge"], "charge": TICKS["charge"]}})

    rows = [row for block in all_blocks(made.blocks) if isinstance(block, blocks.Ticks) for row in block.rows]

    assert [done for _, done in rows if done] == ["30 Nov 2026"]


def test_the_owners_code_is_on_its_own_sheet_and_nowhere_else() -> None:
    more = {"language": "en", "code": CODE, "ticks": TICKS}

    assert CODE in page(owner_sheet(FILE, more))
    assert CODE not in page(paper(FILE, more))
    assert not any(isinstance(block, blocks.Qr) for block in owner_sheet(FILE, more).blocks)


def test_the_qr_code_holds_serial_number_and_link_and_nothing_else() -> None:
    codes = [block.text for block in paper(FILE, {"language": "en"}).blocks if isinstance(block, blocks.Qr)]

    assert codes == ["QE-000123 https://support.quay-power.example/QE-000123"]


@given(st.dates(date(2020, 1, 1), date(2080, 12, 31)), st.integers(0, 240))
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(at: date, months: int) -> None:
    found = later(at, months)

    assert found is not None
    assert (found.year * 12 + found.month) - (at.year * 12 + at.month) == months
    assert found.day == at.day or (found.day < at.day and (found.toordinal() + 1) == later_first(found).toordinal())


def later_first(at: date) -> date:
    return date(at.year + at.month // 12, at.month % 12 + 1, 1)
