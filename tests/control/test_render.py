"""Numbers, times and tables as people read them."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.control.moments import age_s, told, utc_text
from agent.control.render import (
    LEAST_WIDTH,
    Page,
    Tone,
    current,
    duration,
    energy,
    power,
    printable,
    quantities,
    quantity,
    wrapped,
)
from agent.core.time import LONG_AGO, Instant

NOW = Instant(1000.0, 1_777_903_392_000, "boot-1")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (42.4, "42 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (356_400, "4 d 3 h"), (-1, "0 s")],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_numbers_carry_their_units_and_unknown_is_no_zero() -> None:
    assert (current(16.0), current(None)) == ("16.0 A", "?")
    assert (power(3612.4), power(849.6), power(-1200.0), power(None)) == ("3.61 kW", "850 W", "-1.20 kW", "?")
    assert (energy(1234), energy(0), energy(None)) == ("1.234 kWh", "0.000 kWh", "?")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("high_v", 8.9, "high 8.9 V"),
        ("waits_another_s", 95, "waits another 1 min 35 s"),
        ("waits_s", 2.5, "waits 2.5 s"),
        ("energy_wh", 1234, "energy 1.234 kWh"),
        ("charge_point_max_a", 10.0, "charge point max 10 A"),
        ("queued_facts", 3, "queued facts 3"),
        ("count", 2, "count 2"),
        ("mirror_agrees", True, "mirror agrees True"),
        ("set_by", "TxProfile 7", "set by TxProfile 7"),
        ("energy_wh", None, "energy wh None"),
    ],
)
def test_a_named_value_shows_the_unit_its_name_ends_with(name: str, value: object, text: str) -> None:
    assert quantity(name, value) == text


def test_several_values_share_a_line() -> None:
    assert quantities({"high_v": 8.9, "low_v": -11.9}) == "high 8.9 V, low -11.9 V"


@given(st.text())
def test_whatever_a_network_wrote_stays_on_one_line_and_moves_no_cursor(text: str) -> None:
    page = Page(colour=False)
    page.line(text)
    page.table(["name"], [[text]])

    assert len(page.lines) == 3
    assert all(line.isprintable() for line in page.lines)
    assert printable(printable(text)) == printable(text)


def test_colour_is_only_for_terminals() -> None:
    plain, coloured = Page(), Page(colour=True)
    plain.line("charging", Tone.GOOD)
    coloured.line("charging", Tone.GOOD)

    assert plain.lines == ["charging"]
    assert coloured.lines == ["\x1b[32mcharging\x1b[0m"]


def test_columns_of_numbers_stand_to_the_right() -> None:
    page = Page()
    page.table(["token", "energy"], [["…C3D4", "9.5 kWh"], ["…DDCC", "12.5 kWh"]])

    assert page.lines == ["token    energy", "…C3D4   9.5 kWh", "…DDCC  12.5 kWh"]


def test_a_moment_is_shown_where_the_reader_is() -> None:
    at = told(NOW.plus(-125.0), NOW)

    assert Page(zone=UTC).since(at) == "since 14:01:07 (2 min 5 s)"
    assert Page(zone=timezone(timedelta(hours=2))).clock(at) == "16:01:07"
    assert Page(zone=UTC).since(told(NOW.plus(-200_000.0), NOW)) == "since 2026-05-02 06:29:52 (2 d 7 h)"
    assert Page(zone=UTC).date(None) == "?"


def test_without_a_trusted_clock_the_age_is_still_known() -> None:
    now = Instant(1000.0, None, "boot-1")

    assert told(Instant(940.0, None, "boot-1"), now) == {"utc": None, "age_s": 60.0}
    assert Page().since(told(Instant(940.0, None, "boot-1"), now)) == "for 1 min 0 s"
    assert told(Instant(940.0, None, "boot-0"), now) == {"utc": None, "age_s": None}
    assert Page().since({"utc": None, "age_s": None}) == ""


def test_a_moment_from_before_the_clock_was_set_is_placed_by_it() -> None:
    assert utc_text(Instant(940.0, None, "boot-1"), NOW) == utc_text(NOW.plus(-60.0), NOW)
    assert utc_text(Instant(940.0, None, "boot-0"), NOW) is None


def test_moments_of_two_boots_are_compared_by_the_wall_clock() -> None:
    assert age_s(Instant(5.0, 1_777_903_332_000, "boot-0"), NOW) == 60.0


def test_a_moment_that_never_was_is_told_as_nothing() -> None:
    assert told(LONG_AGO, NOW) is None
    assert told(None, NOW) is None


LINES = st.lists(st.text("abc.,[]", min_size=1, max_size=18), min_size=1, max_size=30).map(" ".join)


@given(LINES, st.integers(0, 20), st.integers(LEAST_WIDTH, 120), st.sampled_from(["", "31"]))
def test_a_wrapped_line_has_the_same_words_none_of_them_broken_and_fits(
    text: str, indent: int, width: int, tone: str
) -> None:
    line = " " * indent + text
    parts = wrapped(f"\x1b[{tone}m{line}\x1b[0m" if tone else line, width)

    plain = [part.removeprefix(f"\x1b[{tone}m").removesuffix("\x1b[0m") for part in parts]
    assert " ".join(plain).split() == line.split()
    assert all(len(part) <= width for part in plain)
    assert not tone or all(part.endswith("\x1b[0m") for part in parts)


def test_what_goes_on_stands_below_where_its_text_began_and_a_pipe_gets_one_line() -> None:
    line = "  grid          ok      the meter reads 230.2 V, 230.2 V, 230.2 V, and nobody has said anything else"

    assert wrapped(line, 60) == [
        "  grid          ok      the meter reads 230.2 V, 230.2 V,",
        "                        230.2 V, and nobody has said",
        "                        anything else",
    ]
    assert wrapped(line, None) == [line]
    assert wrapped("x" * 100, 80) == ["x" * 100]
