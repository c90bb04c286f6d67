"""The HTML of a paper on a small screen: nothing is torn apart that belongs together."""

from __future__ import annotations

import pytest

from agent.papers.blocks import Cell, Paper, Table
from agent.papers.html import page


def page_of(text: str) -> str:
    return page(
        Paper(
            title="t",
            under="",
            foot="",
            page_word="",
            language="en",
            blocks=(Table(head=("h",), shares=(1.0,), rows=((Cell(text),),)),),
        )
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("≤ 300 ms", "≤~300~ms"),
        ("33 min 18 s", "33~min 18~s"),
        ("410 MΩ", "410~MΩ"),
        ("0.5 % at 6 mm²", "0.5~% at 6~mm²"),
        ("2 tests passed", "2 tests passed"),
        ("≥ 1 MΩ <3 s>", "≥~1~MΩ &lt;3~s&gt;"),
    ],
)
def test_a_number_stays_with_its_unit_and_a_bound_with_its_number(written: str, shown: str) -> None:
    assert f">{shown.replace('~', chr(0xA0))}</td>" in page_of(written)
