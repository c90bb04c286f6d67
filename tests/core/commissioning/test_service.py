"""What a commissioning vouches for, and what ends it."""

from __future__ import annotations

import pytest

from agent.core.commissioning.model import Verdict
from agent.core.commissioning.service import differences, locked_out
from agent.core.identity import ConnectorId

MARKS = {
    "serial_number": "QE-1",
    "hardware": "a1",
    "supply_current_a": "32",
    "phases": "3",
    "country": "DE",
    "fuse_current_a of connector 1": "16",
}


def test_the_charger_that_was_tested_is_in_service() -> None:
    assert differences(MARKS, dict(MARKS)) == ()


@pytest.mark.parametrize(
    ("key", "now", "words"),
    [
        ("serial_number", "QE-2", "another charger"),
        ("hardware", "b2", "another hardware"),
        ("supply_current_a", "40", "40 is more"),
        ("phases", "1", "3 were commissioned"),
        ("country", "US", "limits of its own"),
        ("fuse_current_a of connector 1", "20", "20 is more"),
        ("fuse_current_a of connector 1", "", "none is more"),
    ],
)
def test_another_charger_circuit_or_hardware_ends_it_and_is_named(key: str, now: str, words: str) -> None:
    (why,) = differences(MARKS, MARKS | {key: now})

    assert words in why


@pytest.mark.parametrize("key", ["supply_current_a", "fuse_current_a of connector 1"])
def test_less_current_needs_no_new_commissioning(key: str) -> None:
    assert differences(MARKS, MARKS | {key: "10"}) == ()


def test_a_failure_under_power_locks_its_connector_until_it_has_passed() -> None:
    one, two = ConnectorId(1), ConnectorId(2)
    latest: dict[tuple[str, ConnectorId | None], Verdict] = {
        ("ST402", one): Verdict.FAIL,
        ("ST402", two): Verdict.PASS,
        ("ST501", two): Verdict.FAIL,
    }

    assert locked_out(latest, (one, two)) == {one: "ST402"}
    assert locked_out(latest | {("ST402", one): Verdict.PASS}, (one, two)) == {}


def test_an_rcd_that_fails_in_front_of_the_charger_locks_every_connector() -> None:
    one, two = ConnectorId(1), ConnectorId(2)

    assert locked_out({("ST904", None): Verdict.FAIL}, (one, two)) == {one: "ST904", two: "ST904"}
