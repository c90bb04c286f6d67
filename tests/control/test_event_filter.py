"""Events by time, connector, severity and code; of what nobody can date, that is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.bus import News
from agent.control.event_filter import EventFilter, edge
from agent.core.session.events import FaultObserved
from agent.core.time import Instant
from agent.errors import BadRequest
from tests.control.calling import ONE, asked, refused, shown
from tests.control.charger import Charger

NOW = Instant(10_000.0, 1_800_000_000_000, "b")


def ago(seconds: float, *, boot: str = "b", dated: bool = True) -> News:
    at = Instant(NOW.monotonic_s - seconds, NOW.utc_ms - round(1000 * seconds) if dated and NOW.utc_ms else None, boot)
    return News(name="plug.inserted", at=at)


@given(st.integers(0, 9000), st.integers(1, 150), st.booleans(), st.booleans())
def test_so_long_ago_and_the_moment_that_it_was_are_the_same_filter(
    seconds: int, minutes: int, dated: bool, other_boot: bool
) -> None:
    one = ago(seconds, boot="old" if other_boot and dated else "b", dated=dated)
    moment = "2027-01-15T08:00:00Z"
    by_age, by_clock = edge("since", f"{minutes}m"), edge("since", moment)
    assert by_clock is not None
    assert by_clock.utc_ms == NOW.utc_ms

    assert EventFilter(since=by_age).in_time(one, NOW) is (seconds <= 60 * minutes)
    assert EventFilter(until=by_age).in_time(one, NOW) is (seconds > 60 * minutes)
    assert EventFilter(since=by_clock).in_time(one, NOW) is (seconds == 0)


def test_what_a_boot_without_a_clock_told_is_of_no_known_time() -> None:
    old = ago(60, boot="old", dated=False)

    assert EventFilter(since=edge("since", "2h")).in_time(old, NOW) is None
    assert EventFilter(until=edge("until", "2027-01-01T00:00Z")).in_time(old, NOW) is None
    assert EventFilter().in_time(old, NOW) is True


@pytest.mark.parametrize("text", ["", "h", "2w", "-2h", "2027-01-01T00:00", "99999999h", "0x1h"])
def test_what_is_no_time_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadRequest, match=r"since: .*(write|nobody)"):
        edge("since", text)


def test_events_are_narrowed_by_severity_code_and_time(charger: Charger, socket_path: Path) -> None:
    charger.outlets[ONE].feed(FaultObserved(id="cp.diode", present=True, evidence=(("high_v", 8.9),)))
    charger.tell()

    def found(**words: str) -> set[str]:
        return {one["name"] for one in asked(charger, socket_path, "events", **words)["events"]}

    assert found(severity="critical") == {"fault.raised"}
    assert found(severity="warning") == set()
    assert found(code="cp.*") == found(code="cp.di") == {"fault.raised"}
    assert found(code="pp.*") == set()
    assert "fault.raised" in found(since="1h")
    assert found(until="1h") == set()
    assert "severity" in refused(charger, socket_path, "events", severity="awful").text


def test_the_newest_that_fit_are_told_however_many_came_behind_them(charger: Charger, socket_path: Path) -> None:
    charger.outlets[ONE].feed(FaultObserved(id="cp.diode", present=True, evidence=(("high_v", 8.9),)))
    charger.tell()
    charger.outlets[ONE].plug_in()
    charger.tell()

    assert len(asked(charger, socket_path, "events", limit=1, code="cp.diode")["events"]) == 1
    assert "nothing is on record that fits" in shown("events", asked(charger, socket_path, "events", code="zzz"))
    assert "2 more are of a boot without a clock" in shown("events", {"events": [], "undated": 2})
