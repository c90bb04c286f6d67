"""Files of measurements: what a spreadsheet makes of them, and what is said where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.measurement_file import read_measurements
from agent.core.commissioning.papers import papers

HEADINGS = "name,value,unit,instrument,serial,calibrated,at"
PAGE = Path(__file__).parents[3] / "docs" / "measurements.md"


def answers(text: str, connector: int | None = None, encoding: str = "utf-8") -> dict[str, str]:
    found = read_measurements(text.encode(encoding))
    assert found.problems == ()
    return dict(found.answers(connector))


def problems(text: str) -> list[str]:
    return [str(one) for one in read_measurements(text.encode()).problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        'name,value,unit\ncontinuity,"0,25",Ω\n',
        "name;value;unit\r\ncontinuity;0,25;Ω\r\n",
        "sep=;\nName;Value;Unit\nContinuity;250;mOhm\n;;\n",
        "name\tvalue\ncontinuity\t0.25 Ω",
    ],
)
def test_what_spreadsheets_make_of_a_table_is_read(text: str, encoding: str) -> None:
    assert answers(text, encoding=encoding) == {"ST901.resistance_ohm": "0.25"}


def test_the_old_code_page_of_windows_is_read() -> None:
    assert answers("name;value;unit\nplace;Säule 3;", encoding="cp1252") == {"ST910.place": "Säule 3"}


def test_instruments_are_answers_too_and_the_oldest_calibration_counts() -> None:
    found = answers(
        f"{HEADINGS}\ncontinuity,0.2,Ω,Tester A,1,2026-03-01,\nzs_l1,0.4,Ω,Tester B,2,2025-12-01,2026-05-04 10:00\n"
        "leakage,0.4,mA,Clamp,77,,\n"
    )

    assert found["instrument.tester.make"] == "Tester A; Tester B"
    assert found["instrument.tester.serial"] == "1; 2"
    assert found["instrument.tester.calibrated"] == "2025-12-01"
    assert found["instrument.clamp.calibrated"] == "none"


def test_a_row_of_one_connector_counts_there_alone() -> None:
    text = "name,value,connector\ncontinuity,0.2,\nzs_l1,0.4,1\nzs_l1,0.5,2\n"

    assert answers(text, 1)["ST903.zs_l1_ohm"] == "0.4"
    assert answers(text, 2) == {"ST901.resistance_ohm": "0.2", "ST903.zs_l1_ohm": "0.5"}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("continuity,x,Ω,,,,", 'line 2, column 2 (value): "x" is no number; write one, as "0.25 Ω"'),
        ("continuity,300,mA,,,,", "line 2, column 3 (unit): mA is no unit of resistance; write it in Ω"),
        ("continuity,500,MΩ,,,,", "line 2, column 2 (value): 500 MΩ cannot be: it lies between 0 and 1000 Ω"),
        ("continuty,1,,,,,", 'line 2, column 1 (name): no measurement is called "continuty"'),
        ("polarity,maybe,,,,,", 'line 2, column 2 (value): "maybe" is none of yes, no; write one of these'),
        ("polarity,yes,Ω,,,,", "line 2, column 3 (unit): polarity has no unit; leave it empty"),
        ("continuity,1,Ω,,,03/04/26,", 'line 2, column 6 (calibrated): "03/04/26" is no date; write it as 2026-03-31'),
        ("continuity,1,Ω,,,2026-02-30,", 'line 2, column 6 (calibrated): there is no day "2026-02-30"'),
        ("continuity,1,Ω,,,,soon", 'line 2, column 7 (at): "soon" is no moment; write it as 2026-03-31 14:05'),
        ("continuity,1,Ω,,,,\ncontinuity,2,Ω,,,,", "line 3, column 1 (name): continuity stands in line 2 already"),
    ],
)
def test_every_problem_is_told_with_its_place_and_what_to_write(row: str, says: str) -> None:
    (problem,) = problems(f"{HEADINGS}\n{row}\n")

    assert problem.startswith(says)


def test_all_problems_are_told_at_once() -> None:
    assert len(problems(f"{HEADINGS},colour\ncontinuity,x,Ω,,,y,z,\nfoo,1\n")) == 5


def test_a_file_without_a_table_is_told_so() -> None:
    assert "the file is empty" in problems("")[0]
    assert 'the column "value" is missing' in problems("name,result\n")[1]


@given(content=st.binary(max_size=200) | st.text(alphabet='nameval,;"\n0.Ω\t', max_size=200).map(str.encode))
def test_no_file_at_all_breaks_it(content: bytes) -> None:
    found = read_measurements(content)

    assert {one.key for one in found.readings} <= set(papers())


def test_the_example_of_the_page_is_one() -> None:
    page = PAGE.read_text(encoding="utf-8")
    example = page.split("```csv\n")[1].split("```")[0]

    found = read_measurements(example.encode())

    assert found.problems == ()
    assert len(found.readings) == example.count("\n") - 1
    assert all(f"`{paper.name}`" in page for paper in papers().values())
