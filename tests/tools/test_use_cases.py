"""No claim without a test, and no number without a source: the tables of the use cases of OCPP 1.6."""

from __future__ import annotations

from collections import Counter

import pytest

from tools.use_cases import CHECKLIST, UseCase, is_there, octt_titles, proofs_of, use_cases

CASES = tuple(use_cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name[:60])
def test_every_test_that_a_use_case_names_is_there(case: UseCase) -> None:
    assert [test for test in case.tests if not is_there(test)] == []


def test_a_test_there_is_not_would_be_seen() -> None:
    assert is_there("tools/test_use_cases.py::test_a_test_there_is_not_would_be_seen")
    assert not is_there("tools/test_use_cases.py::test_of_something_else")
    assert not is_there("tools/test_nothing.py::test_a_test_there_is_not_would_be_seen")


def test_use_cases_and_the_numbers_that_were_seen_are_the_same_set() -> None:
    used = {number for case in CASES for number in case.octt}

    assert used == set(octt_titles())


def test_no_use_case_is_there_twice() -> None:
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []


def test_an_item_of_the_acceptance_list_is_proven_by_what_bears_its_number() -> None:
    assert "acceptance/test_ocpp16.py::test_14_has_24_cases" in proofs_of(14)
    assert all(is_there(test) for item in CHECKLIST for test in proofs_of(item))
