"""`evsectl explain current`: every limit of the current, who decides, and what time will change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.control.registry import find
from agent.control.render import Page
from agent.core.limits import LimitSource
from agent.core.schedule.composite import ComposedPeriod, CompositeSchedule
from agent.core.session.events import LimitChanged
from tests.control.calling import TWO, asked, refused, shown
from tests.control.charger import Charger


def explained(charger: Charger, socket_path: Path, connector: int = 2) -> str:
    body = asked(charger, socket_path, "explain", what="current", connector=connector)
    return shown("explain", body)


def has_profile(charger: Charger, *periods: ComposedPeriod) -> None:
    """A profile of 10 A is in force at connector 2, and the day goes on like this."""
    charger.outlets[TWO].feed(LimitChanged(source=LimitSource.HARDWARE, current_a=32.0, detail="rated_current_a"))
    charger.outlets[TWO].limited(10.0)
    charger.schedule = replace(charger.schedule, periods=periods)


def test_it_names_the_profile_that_decides_until_when_and_what_comes_next(charger: Charger, socket_path: Path) -> None:
    has_profile(charger, ComposedPeriod(0, 10.0, 3, 7), ComposedPeriod(5400, 5.5, 3, 8))

    text = explained(charger, socket_path)

    assert "connector 2: 10.0 A may be offered, network decides; 0.0 A is offered" in text
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "decides 10.0 A network TxProfile 7" in lines
    assert "32.0 A hardware rated_current_a" in lines
    assert "charging profile 7 decides, until 2027-01-15 09:30:00" in text
    assert "next change: 2027-01-15 09:30:00, in 1 h 30 min, to 0.0 A by charging profile 8" in text


def test_what_is_allowed_below_the_least_that_can_be_offered_is_named_with_it(
    charger: Charger, socket_path: Path
) -> None:
    has_profile(charger, ComposedPeriod(0, 5.0, 3, 7))
    charger.outlets[TWO].limited(5.0)

    text = explained(charger, socket_path)

    assert (
        "5.0 A would be allowed; a car can be offered no less than 6 A, so it is offered none, network decides" in text
    )


@pytest.mark.parametrize(("rows", "times"), [(3, 2), (100, 1), (None, 1)])
def test_a_headline_that_has_scrolled_away_stands_once_more_at_the_end(rows: int | None, times: int) -> None:
    page = Page(rows=rows)
    one = {"connector": 1, "charging": False, "headline": "out of use", "chain": [], "reasons": [], "would_start": []}
    more = {"change": "plug a car in", "who": "driver", "until": None}

    find("explain").show({"connectors": [{**one, "would_start": [more] * 3}]}, page)

    assert [line.startswith("connector 1 is out of use") for line in page.lines].count(True) == times
    assert times == 1 or page.lines[-1] == "connector 1 is out of use"


def test_limits_are_listed_from_the_strictest_on(charger: Charger, socket_path: Path) -> None:
    has_profile(charger, ComposedPeriod(0, 10.0, 3, 7))

    [connector] = asked(charger, socket_path, "explain", what="current", connector=2)["connectors"]

    currents = [one["current_a"] for one in connector["limits"]]
    assert currents == sorted(currents)
    assert [one["decides"] for one in connector["limits"]].count(True) == 1
    assert (connector["profile"], connector["next"]) == ({"id": 7, "until": None}, None)


def test_where_something_else_decides_no_profile_is_named(charger: Charger, socket_path: Path) -> None:
    has_profile(charger, ComposedPeriod(0, 10.0, 3, 7))
    charger.outlets[TWO].feed(LimitChanged(source=LimitSource.THERMAL, current_a=8.0, detail="plug is warm"))

    text = explained(charger, socket_path)

    assert "8.0 A may be offered, thermal decides" in text
    assert "charging profile 7 decides" not in text
    assert "no profile changes it within 1 d 0 h" in text


def test_without_a_trusted_clock_it_says_what_holds(charger: Charger, socket_path: Path) -> None:
    has_profile(charger)
    charger.schedule = CompositeSchedule(start_ms=None, duration_s=86_400, periods=(ComposedPeriod(0, 10.0, 3, 7),))

    assert "the clock is not trusted: of every profile the strictest period holds" in explained(charger, socket_path)


def test_another_word_is_refused_with_the_nearest(charger: Charger, socket_path: Path) -> None:
    assert 'did you mean "current"' in refused(charger, socket_path, "explain", what="curent").text
