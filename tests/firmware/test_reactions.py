"""Every protective function of the safety reference, section 3, measured in virtual time against its limit."""

import re

import pytest
from reactions import REACTIONS, Reaction

from tools.generate_reactions import PAGE, written

HARDWARE_OR_HOST = {27, 31, 32, 33}
"""A stopped loop is the chain's; enclosure and wear are the host's; the switching rate refuses and opens nothing
(`the_eleventh_closing_comes_ten_minutes_after_the_first_and_is_announced`)."""


@pytest.mark.parametrize("sparse", [False, True], ids=["every 5 ms", "when due"])
@pytest.mark.parametrize("reaction", REACTIONS, ids=lambda each: f"{each.function} {each.measure.__name__}")
def test_it_reacts_within_its_limit(reaction: Reaction, sparse: bool) -> None:
    assert reaction.measure(sparse) <= reaction.limit_ms


def test_no_function_of_the_microcontroller_is_left_out() -> None:
    measured = {int(number) for each in REACTIONS for number in re.findall(r"P(\d+)", each.function)}

    assert measured | HARDWARE_OR_HOST == set(range(1, 34))


def test_the_table_of_the_safety_case_is_what_was_measured() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert written(page) == page
