"""Every event has a level, and nothing that names a person leaves the charger."""

from __future__ import annotations

import pytest

from agent.bus import News
from agent.core.time import Instant
from agent.events import EVENTS
from agent.telemetry import levels
from agent.telemetry.levels import Field, fields_of, level_of
from agent.telemetry.profile import Level
from tests.telemetry.schemas import validator


def test_the_names_that_are_sorted_are_events_that_exist() -> None:
    sorted_names = levels._CHATTER | levels._WARNINGS | levels._RECORDS
    later = {"order.refused", levels.SESSION_EVENT, *levels.OUTAGE_EVENTS}

    assert sorted_names - set(EVENTS) - later == set()


def test_a_fault_that_stops_charging_outranks_one_that_warns() -> None:
    def raised(severity: str) -> Level:
        return level_of(News(name="fault.raised", at=Instant(0.0), fields=(("severity", severity),)))

    assert [raised(one) for one in "CSBDWI"] == [Level.RECORD] * 4 + [Level.WARNING] * 2


def test_tokens_groups_and_logins_stay_here() -> None:
    pairs: list[tuple[str, Field | None]] = [
        ("token", "…B2C3"),
        ("parent_token", "x"),
        ("group_id", "y"),
        ("reason", "card …B2C3 is blocked"),
        ("endpoint", "wss://me:pass@host/x"),
        ("energy_wh", 5),
        ("cause", None),
    ]

    told = fields_of(pairs)

    assert told == {"reason": "card a card is blocked", "endpoint": "wss://…@host/x", "energy_wh": 5}


@pytest.mark.parametrize("kind", ["health", "session", "outage", "res", "event"])
def test_a_field_that_no_schema_names_is_told(kind: str) -> None:
    errors = [error.message for error in validator(kind).iter_errors({"a_field_of_nobody": 1})]

    assert any("a_field_of_nobody" in one and "additional" in one.lower() for one in errors)
