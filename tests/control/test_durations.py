"""One way to type how long, for every verb that takes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.control.durations import seconds_of
from agent.control.event_filter import edge
from tests.control.calling import asked
from tests.control.charger import Charger
from tools.support.times import seconds

UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}


@given(st.integers(1, 999), st.sampled_from(sorted(UNITS)))
def test_each_unit_is_taken_and_minutes_by_either_name(number: int, unit: str) -> None:
    assert seconds_of(f"{number}{unit}") == seconds(f"{number}{unit}") == number * UNITS[unit]


@pytest.mark.parametrize("text", ["", "m", "-5m", "1e3s", "5 weeks", "5mm", "٣m", "nan", "99999d", "5m\n"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert seconds_of(text) is None


@pytest.mark.parametrize("text", ["5400s", "90m", "90min", "1.5h"])
def test_every_verb_takes_the_same_words(charger: Charger, socket_path: Path, text: str) -> None:
    ago = edge("since", text)
    asked(charger, socket_path, "maintenance open", until=text, by="Ada", why="a fuse")
    differs = asked(charger, socket_path, "config diff", against=text)

    assert ago is not None and ago.ago_s == 5400
    (window,) = charger.service.planned
    assert window.until_ms - window.from_ms == 5_400_000
    assert differs["against"] == "2027-01-15T06:30:00Z"
