"""Numbers as people and instruments write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.papers import by_name, papers
from agent.core.commissioning.typed_number import FAMILIES, NotTaken, converted, number_of

UNITS = st.sampled_from([(one, other) for family in FAMILIES for one in family.factors for other in family.factors])


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("0,3", "Ω", 0.3),
        ("300 mOhm", "Ω", 0.3),
        ("> 999 MΩ", "MΩ", 999.0),
        ("500 kohm", "MΩ", 0.5),
        ("28.5", "ms", 28.5),
        ("0.3 s", "ms", 300.0),
        ("1.230", "Ω", 1.23),
        ("32A", "A", 32.0),
    ],
)
def test_a_number_is_taken_in_the_unit_that_is_wanted(text: str, unit: str, value: float) -> None:
    assert number_of(text, unit, 0, 1000) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit", "high", "says"),
    [
        ("", "Ω", 1000, "nothing was written"),
        ("good", "Ω", 1000, 'is no number; write one, as "0.25 Ω"'),
        ("30 mA", "Ω", 1000, "mA is no unit of resistance; write it in Ω"),
        ("500 MΩ", "Ω", 1000, "500 MΩ cannot be: it lies between 0 and 1000 Ω"),
        ("1200000", "MΩ", 100_000, 'if the instrument shows kΩ, write "1200000 kΩ"'),
        ("> 300", "ms", 1000, "is a bound and no reading"),
        ("1,230", "MΩ", 100_000, "can be read in two ways"),
        ("-1", "ms", 1000, "-1 ms cannot be"),
        ("1e400", "ms", 1000, "is no number"),
    ],
)
def test_what_cannot_be_is_refused_in_words(text: str, unit: str, high: float, says: str) -> None:
    with pytest.raises(NotTaken) as refused:
        number_of(text, unit, 0, high)

    assert says in str(refused.value)


@given(value=st.floats(1e-3, 1e6), units=UNITS)
def test_a_unit_there_and_back_is_the_same_value(value: float, units: tuple[str, str]) -> None:
    one, other = units

    assert converted(converted(value, one, other), other, one) == pytest.approx(value)


@given(text=st.text(max_size=12), unit=st.sampled_from(["Ω", "MΩ", "ms", "mA", "%", ""]))
def test_whatever_is_typed_a_number_within_the_bounds_comes_out_or_words(text: str, unit: str) -> None:
    try:
        assert 1 <= number_of(text, unit, 1, 50) <= 50
    except NotTaken as refused:
        assert str(refused)


def test_every_answer_of_the_table_has_a_name_of_its_own_and_bounds_where_it_is_a_number() -> None:
    assert len(by_name()) == len(papers())
    for paper in papers().values():
        assert paper.text, paper.key
        has_bounds = paper.low is not None and paper.high is not None and paper.low < paper.high
        assert bool(paper.unit) == has_bounds, paper.key
        assert not (paper.unit and paper.choices), paper.key


def test_a_unit_of_another_quantity_is_told_the_wanted_one_and_degrees_are_one() -> None:
    assert number_of("21,5 C", "°C") == number_of("21.5 °C", "°C") == 21.5
    with pytest.raises(NotTaken, match=r"V is no unit of temperature; write it in °C$"):
        number_of("21 V", "°C")
    with pytest.raises(NotTaken, match="months is no unit here; write it in years"):
        number_of("24 months", "years")
    with pytest.raises(NotTaken, match="mm² is no unit of current; write it in A "):
        number_of("40 mm2", "A")
