"""The generated catalogue fits its table, and the table fits itself."""

from __future__ import annotations

import pytest

from agent.core.faults.catalogue import CATALOGUE, ID_BY_CODE, fault_kind
from agent.core.faults.model import Reaction, Recovery, Severity
from tools import generate_faults


def test_nothing_generated_is_stale() -> None:
    assert generate_faults.stale() == [], "run `python -m tools.generate_faults`"


def test_every_row_of_the_table_is_in_the_catalogue() -> None:
    assert list(CATALOGUE) == [row["id"] for row in generate_faults.read_table()]


@pytest.mark.parametrize(
    ("text", "letter", "hold_s"),
    [("A", "A", 10), ("A(60 s)", "A", 60), ("A(A 2 s)", "A", 2), ("A(< 65 °C)", "A", 10), ("U", "U", 0), ("S", "S", 0)],
)
def test_recovery_of_the_table_is_read(text: str, letter: str, hold_s: float) -> None:
    assert generate_faults.recovery_and_hold(text) == (letter, hold_s)


def test_an_unknown_recovery_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown letter"):
        generate_faults.recovery_and_hold("X")


def test_critical_faults_open_at_once() -> None:
    critical = [kind for kind in CATALOGUE.values() if kind.severity is Severity.CRITICAL]

    assert critical
    assert all(kind.reaction is Reaction.OPEN for kind in critical)


def test_codes_and_ids_name_each_other() -> None:
    assert all(fault_kind(id).code == code for code, id in ID_BY_CODE.items())


def test_only_automatic_faults_have_a_hold_time() -> None:
    assert all((kind.hold_s > 0) is (kind.recovery is Recovery.AUTOMATIC) for kind in CATALOGUE.values())


def test_everything_has_advice_for_the_person_on_site() -> None:
    assert all(kind.meaning and kind.remedy for kind in CATALOGUE.values())
