"""Every protective function of the safety reference, section 3, measured in virtual time against its limit."""

import re

import pytest
from reactions import REACTIONS, Reaction

from tools.generate_reactions import PAGE, slower_ms, written

HARDWARE_OR_HOST = {27, 31, 32, 33}
"""A stopped loop is the chain's; enclosure and wear are the host's; the switching rate refuses and opens nothing
(`the_eleventh_closing_comes_ten_minutes_after_the_first_and_is_announced`)."""


@pytest.mark.parametrize("reaction", REACTIONS, ids=lambda each: f"{each.function} {each.measure.__name__}")
def test_it_reacts_within_its_limit_and_as_the_safety_case_tells(reaction: Reaction) -> None:
    measured_ms = slower_ms(reaction)

    assert measured_ms <= reaction.limit_ms
    assert measured_ms == told_ms()[reaction.measure.__name__], "stale: python -m tools.generate_reactions"


def told_ms() -> dict[str, int]:
    """What the page says was measured, by the name of the measure."""
    rows = re.findall(r"\| (\d+) ms \| `(\w+)` \|\n", PAGE.read_text(encoding="utf-8"))
    return {measure: int(milliseconds) for milliseconds, measure in rows}


def test_no_function_of_the_microcontroller_is_left_out() -> None:
    measured = {int(number) for each in REACTIONS for number in re.findall(r"P(\d+)", each.function)}

    assert measured | HARDWARE_OR_HOST == set(range(1, 34))


def test_the_table_of_the_safety_case_has_these_rows_and_no_others() -> None:
    page, told = PAGE.read_text(encoding="utf-8"), told_ms()

    assert len(told) == len(REACTIONS)
    assert written(page, lambda each: told[each.measure.__name__]) == page
