"""Uptime and charging success out of what arrived, and the plots and keys of a terminal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.support.history.cases import Case, figures
from tools.support.history.service import charging, outages, shares
from tools.support.plots import BLANK, Plots, braille, page_lines
from tools.support.screen import keys_of, scrolled

MINUTE = 60_000
DAY = 1440 * MINUTE


def row(edge: str, at: int, **more: Any) -> dict[str, Any]:
    body = {"edge": edge, "cause": "power.cut", "class": "grid", **more}
    return {"device": "QE-1", "port": 1, "told_ms": at, "received_ms": at + 5, "body": json.dumps(body)}


def test_an_outage_that_ended_counts_once_and_what_is_excluded_is_beside_it() -> None:
    ended = {"began": "1970-01-01T01:00:00.000Z", "lasted_s": 600.0, "excluded_s": 300.0, "excluded_class": "utility"}
    (span,) = outages([row("begun", 60 * MINUTE), row("ended", 70 * MINUTE, **ended)], DAY)
    (share,) = shares([span], {("QE-1", 1): 0}, (0, 100 * MINUTE))

    assert span.at == (60 * MINUTE, 70 * MINUTE)
    assert (share.outage_ms, share.excluded_ms) == (10 * MINUTE, 5 * MINUTE)
    assert share.percent == pytest.approx(95.0)


def test_an_outage_without_an_end_lasts() -> None:
    (span,) = outages([row("begun", 60 * MINUTE)], 90 * MINUTE)

    assert span.lasts
    assert span.at == (60 * MINUTE, 90 * MINUTE)


def test_an_end_whose_begin_was_lost_is_dated_by_how_long_it_was() -> None:
    (span,) = outages([row("ended", 70 * MINUTE, began="", lasted_s=120)], DAY)

    assert span.at == (68 * MINUTE, 70 * MINUTE)


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 300), st.floats(0, 1)), max_size=8), st.integers(0, 1200))
def test_no_port_is_ever_out_longer_than_it_is_on_record(told: list[tuple[int, int, float]], since: int) -> None:
    rows = []
    for begin, lasts, share in sorted(told):
        excluded_s = lasts * 60 * share
        rows.append(row("ended", (begin + lasts) * MINUTE, began="", lasted_s=lasts * 60, excluded_s=excluded_s))
    (found,) = shares(outages(rows, DAY), {("QE-1", 1): since * MINUTE}, (0, 1000 * MINUTE))

    assert 0 <= found.excluded_ms <= found.outage_ms <= found.recorded_ms
    assert found.percent is None or 0 <= found.percent <= 100


def session(start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"body": json.dumps({"port": 1, "start": start, "end": end, **more})}


def test_rates_of_charging_leave_out_what_nobody_meant() -> None:
    told = charging(
        [
            session("success", "success", charge_start_s=4.0),
            session("success", "failed", failure_class="vehicle", code="pilot.lost", charge_start_s=8.0),
            session("failed", "none", failure_class="charger_hardware", code="contactor.welded"),
            session("excluded", "none", excluded="unplugged within 30 s"),
            {"body": '{"start": "in other words"}'},
        ]
    )

    figure = told.figures
    assert (figure.start.good, figure.start.count) == (2, 3)
    assert (figure.end.good, figure.end.count) == (1, 2)
    assert figure.start.left_out == {"unplugged within 30 s": 1}
    assert figure.codes == {"pilot.lost": 1, "contactor.welded": 1}
    assert told.start_median_s == 6.0


def case(closed: int, solved: str) -> Case:
    return Case(
        case_id=f"{closed}{solved}",
        device="QE-1",
        opened_ms=0,
        closed_ms=closed,
        symptom_ms=0,
        solved=solved,
        opened_by="a",
        closed_by="a",
        what="",
        remedy="",
    )


def test_resolution_counts_what_was_solved_and_the_rate_what_was_closed() -> None:
    told = figures(
        [case(60_000, "remote"), case(180_000, "visit"), case(1_000, "none"), case(0, "")], {"60000remote": 3}
    )

    assert (told["closed"], told["open"], told["without_solution"]) == (3, 1, 1)
    assert (told["resolution_median_s"], told["resolution_p90_s"]) == (120.0, 180.0)
    assert told["remote_resolution_rate"] == pytest.approx(1 / 3)
    assert told["remote_actions"] == 3


@given(
    st.lists(st.tuples(st.floats(-5, 130), st.floats(-1e6, 1e6)), max_size=50).map(sorted),
    st.integers(1, 60),
    st.integers(1, 4),
)
def test_a_plot_has_its_size_and_only_dots(points: list[tuple[float, float]], columns: int, rows: int) -> None:
    drawn = braille(points, span_s=(0.0, 120.0), low_high=(-10.0, 10.0), size=(columns, rows))

    assert [len(line) for line in drawn] == [columns] * rows
    assert all(BLANK <= ord(letter) <= BLANK + 255 for line in drawn for letter in line)
    assert any(ord(letter) > BLANK for line in drawn for letter in line) == any(at <= 120 for at, _ in points)


def test_a_step_stands_where_it_happened_at_the_height_it_has() -> None:
    low, high = braille([(0, 0.0), (60, 10.0)], span_s=(0, 119), low_high=(0, 10), size=(10, 2))[::-1]

    assert low[:4] == "⣀" * 4
    assert high[:4] == chr(BLANK) * 4
    assert high[6:] == "⠉" * 4


def test_values_are_named_and_ordered_as_a_person_looks_at_them() -> None:
    plots = Plots()
    sample = {
        "t_s": 0.0,
        "connector": 1,
        "high_v": 9.0,
        "power_w": 3680.0,
        "currents_a": [16.0, 15.9],
        "contactor": "closed",
    }
    plots.take({"samples": [sample, {**sample, "t_s": 1.0}], "temps": [{"place": "plug", "temp_c": 40.0}]}, 100.0)

    names = [one.name for one in plots.in_order()]
    assert names == [
        "plug temp_c",
        "port 1: power_w",
        "port 1: current_a L1",
        "port 1: current_a L2",
        "port 1: pilot_high_v",
    ]
    assert [at for at, _ in plots.series["port 1: power_w"].points] == [99.0, 100.0]
    assert len(page_lines(plots, now_s=100.0, span_s=60.0, size=(80, 6))) == 6


@given(st.text(max_size=30))
def test_no_key_that_is_typed_breaks_the_screen(typed: str) -> None:
    for rows in (0, 1, 50):
        assert 0 <= scrolled(0, keys_of(typed), rows=rows, room=10) <= max(0, rows - 10)


def test_keys_are_known_also_when_several_come_at_once() -> None:
    assert keys_of("\x1b[B\x1b[6~jq") == ["down", "page down", "down", "quit"]
    assert scrolled(0, ["page down", "down"], rows=50, room=10) == 11
    assert scrolled(11, ["home"], rows=50, room=10) == 0
