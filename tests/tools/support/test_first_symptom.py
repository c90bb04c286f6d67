"""When a case began: as the charger itself dates the reason, and as its history shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.support import chargers
from tools.support.history.cases import open_case
from tools.support.history.rows import Verdicts, row_of
from tools.support.history.sink import History, Sqlite
from tools.support.telling import dated
from tools.support.verbs.history import rest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_MS = round(NOON.timestamp() * 1000)


def text(second: float) -> str:
    return (NOON + timedelta(seconds=second)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def verdict(second: float, word: str, *, has_clock: bool = True, **dates: Any) -> dict[str, Any]:
    """A document of `second`, whose first reason is dated so."""
    body = chargers.health("QE-1", word, () if word == "ok" else ("fault.contactor.welded", "network.offline"))
    for reason in body["reasons"][:1]:
        reason.update(dates)
    whole = {**body, **chargers.head(int(second), time_text=text(second))}
    return whole if has_clock else {name: value for name, value in whole.items() if name != "time"}


def kept(history: History, *documents: Mapping[str, Any], late_s: float = 0.5) -> None:
    """Each came so long after it was told."""
    verdicts = Verdicts()
    for document in documents:
        received_ms = NOON_MS + 1000 * int(document["seq"]) + round(1000 * late_s)
        row = row_of("evse/v1/QE-1/health", json.dumps(document).encode(), "", received_ms, verdicts)
        if row is not None:
            history.put([row])


def symptom_s(history: History) -> float:
    """In seconds after noon."""
    case = open_case(history, "QE-1", case_id="T-1", by="anna", what="", now_ms=NOON_MS + 3_600_000)
    return (case.symptom_ms - NOON_MS) / 1000


@pytest.mark.parametrize(
    ("down", "began_s"),
    [
        (verdict(130, "down", since=text(110.25), age_s=19.75), 110.25),
        (verdict(130, "down", age_s=19.75), 110.25),
        (verdict(130, "down", has_clock=False, age_s=19.75), 110.75),
        (verdict(130, "down"), 130.0),
        (verdict(130, "down", since=text(40.0)), 130.0),
        (verdict(130, "down", since=text(10_000_130.0)), 130.0),
        (verdict(130, "down", has_clock=False, since=text(10_000_130.0)), 130.5),
        (verdict(130, "down", since="soon", age_s=-5.0), 130.0),
        (verdict(130, "down", age_s=1e300), 130.0),
    ],
    ids=[
        "date",
        "age",
        "no clock",
        "neither",
        "there while all was well",
        "to come",
        "to come by no clock",
        "nonsense",
        "endless",
    ],
)
def test_a_case_begins_when_its_first_reason_did(history: History, down: Mapping[str, Any], began_s: float) -> None:
    kept(history, verdict(60, "ok"), down, verdict(200, "degraded", since=text(190.0)))

    assert symptom_s(history) == began_s


@given(
    came_s=st.integers(100, 3_000),
    age_s=st.none() | st.integers(-1_000, 10_000_000),
    ahead_s=st.integers(-10_000_000, 10_000_000),
    was_well=st.booleans(),
)
def test_whatever_a_clock_says_a_case_begins_no_later_than_its_first_word_came(
    tmp_path_factory: pytest.TempPathFactory, came_s: int, age_s: int | None, ahead_s: int, was_well: bool
) -> None:
    history = Sqlite(tmp_path_factory.mktemp("history") / "history.db")
    dates: dict[str, Any] = {} if age_s is None else {"since": text(came_s + ahead_s - age_s)}
    before = [verdict(60 + ahead_s, "ok")] if was_well else []
    for document in (*before, verdict(came_s + ahead_s, "down", **dates)):
        kept(history, document, late_s=-ahead_s)

    began_s = symptom_s(history)
    history.close()

    assert began_s <= came_s
    if ahead_s >= 0 and age_s is not None and (0 <= age_s < came_s - 60 or (age_s >= 0 and not was_well)):
        assert began_s == came_s - age_s


def test_a_word_that_waited_at_the_broker_is_dated_as_it_was_told(history: History) -> None:
    kept(history, verdict(60, "ok"), verdict(130, "down", since=text(110.25), age_s=19.75), late_s=1_800.0)

    assert symptom_s(history) == 110.25


def test_the_history_shows_the_same_moment_beside_when_it_was_told(history: History) -> None:
    kept(history, verdict(130, "down", since=text(110.0)))

    (row,) = history.ask("SELECT * FROM message")

    assert rest(row) == f"fault.contactor.welded, network.offline, since {dated(NOON_MS + 110_000)}"


def test_a_reason_that_is_dated_anew_is_no_other_verdict(history: History) -> None:
    kept(history, verdict(130, "down", age_s=20.0), verdict(160, "down", since=text(110.001), age_s=50.0))

    assert len(history.ask("SELECT * FROM message")) == 1
