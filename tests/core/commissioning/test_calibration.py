"""Dates of calibration: how people write them, and what follows from them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.calibration import day_of, judged, oldest
from agent.core.commissioning.typed_number import NotTaken

DAY = date(2026, 3, 31)


def ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize("text", ["2026-03-31", "31.03.2026", "31.3.2026", "31 Mar 2026", "31-March-2026"])
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert day_of(text) == DAY


@pytest.mark.parametrize(
    ("text", "day"), [("03.2026", date(2026, 3, 1)), ("2026-03", date(2026, 3, 1)), ("none", None)]
)
def test_a_month_is_its_first_day_and_none_is_none(text: str, day: date | None) -> None:
    assert day_of(text) == day


def test_a_date_of_two_countries_is_refused() -> None:
    with pytest.raises(NotTaken, match="write it as 2026-03-31"):
        day_of("03/04/2026")


def test_a_calibration_counts_for_its_months_and_not_a_day_longer() -> None:
    assert judged("it", DAY, ms(date(2027, 3, 31)), 12).is_fine
    assert "ended on 2027-03-31" in judged("it", DAY, ms(date(2027, 4, 1)), 12).says


def test_without_a_clock_nobody_judges_it() -> None:
    found = judged("the tester", DAY, None, 12)

    assert not found.is_known
    assert "cannot be judged" in found.says


def test_no_date_and_a_date_to_come_are_told() -> None:
    assert "no date of calibration" in judged("it", None, ms(DAY), 12).says
    to_come = judged("it", date(2026, 5, 1), ms(DAY), 12)
    assert "today is 2026-03-31" in to_come.says
    assert to_come.is_to_come and not judged("it", None, ms(DAY), 12).is_to_come


@given(made=st.dates(date(2000, 1, 1), date(2090, 1, 1)), months=st.integers(1, 120), later=st.integers(0, 4000))
def test_once_it_ended_it_stays_so(made: date, months: int, later: int) -> None:
    def is_fine(days: int) -> bool:
        return judged("it", made, ms(made + timedelta(days=days)), months).is_fine

    assert is_fine(0)
    assert is_fine(later) or not is_fine(later + 1)
    assert not is_fine(months * 31 + 1)


def test_one_instrument_without_a_date_is_none_for_all() -> None:
    assert oldest([DAY, date(2025, 1, 1)]) == date(2025, 1, 1)
    assert oldest([DAY, None]) is None
    assert oldest([]) is None
