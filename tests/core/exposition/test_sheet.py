"""The text for Prometheus is read by Prometheus' own library, whatever is written; what is not known is not in it."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, floats, integers, lists, one_of, sampled_from, text

from agent.core.exposition.histogram import Histogram
from agent.core.exposition.sheet import Sheet
from agent.core.exposition.table import METRICS, MetricKind, Since
from tests.core.exposition.reading import families, one, series

WRITABLE = text().filter(lambda word: word.isprintable() or "\n" in word)
NUMBERS = one_of(integers(-(2**53), 2**53), floats(allow_nan=False, allow_infinity=False))
COUNTS = one_of(integers(0, 2**53), floats(0, allow_nan=False, allow_infinity=False))
UNIT = re.compile(
    r"_(wh|watts|amperes|volts|celsius|seconds|bytes|ratio|timestamp_seconds|operations|faults|sessions|reconnects|errors"
    r"|restarts|resets|messages|bytes_written)(_total)?$"
)


@given(one_of(text(), text(alphabet='\\"\n{},= é')), NUMBERS)
def test_any_label_and_any_number_come_back_as_they_were(word: str, number: float) -> None:
    word = word.encode("utf-8", "replace").decode().replace("\r", "")
    sheet = Sheet()
    sheet.put("evse_temperature_celsius", number, sensor=word)

    [found] = [value for (name, _), value in series(sheet.text()).items() if name == "evse_temperature_celsius"]

    assert found == number
    assert [sample.labels for family in families(sheet.text()) for sample in family.samples] == [{"sensor": word}]


@given(lists(floats(0, 1000), max_size=50), lists(floats(0.001, 500), min_size=1, max_size=8, unique=True))
def test_a_histogram_counts_what_was_at_most_each_bound(values: list[float], bounds: list[float]) -> None:
    histogram = Histogram(tuple(sorted(bounds)))
    for value in values:
        histogram.observe(value)
    sheet = Sheet()
    sheet.put("evse_charge_start_seconds", histogram)

    found = {
        float(dict(labels)["le"]): count
        for (name, labels), count in series(sheet.text()).items()
        if name == "evse_charge_start_seconds_bucket"
    }

    assert found == {bound: sum(value <= bound for value in values) for bound in (*sorted(bounds), math.inf)}
    assert one(sheet.text(), "evse_charge_start_seconds_sum") == pytest.approx(sum(values))
    assert one(sheet.text(), "evse_charge_start_seconds_count") == len(values)


@given(dictionaries(sampled_from(sorted(METRICS)), one_of(COUNTS, sampled_from([None, math.nan, math.inf]))))
def test_what_is_not_known_has_no_series_and_everything_else_one(known: dict[str, float | None]) -> None:
    single = {name: value for name, value in known.items() if METRICS[name].kind is not MetricKind.HISTOGRAM}
    sheet = Sheet()
    for name, value in single.items():
        sheet.put(name, value)

    told = {name for name, _ in series(sheet.text())}

    assert told == {name for name, value in single.items() if value is not None and math.isfinite(value)}


def test_nothing_known_is_an_empty_text() -> None:
    assert Sheet().text() == ""


def test_a_label_that_is_not_known_is_left_out_and_a_foreign_one_is_our_mistake() -> None:
    sheet = Sheet()
    sheet.put("evse_build_info", 1, version="1.0", mcu=None, board="sim-dual")

    assert 'evse_build_info{version="1.0",board="sim-dual"} 1\n' in sheet.text()
    with pytest.raises(ValueError, match="evse_power_watts has no label token"):
        sheet.put("evse_power_watts", 1, token="x")
    with pytest.raises(KeyError):
        sheet.put("evse_nonsense", 1)


def test_names_say_the_unit_and_counters_what_they_are() -> None:
    without_unit = {
        *("evse_build_info", "evse_up", "evse_port_state", "evse_port_verdict", "evse_ocpp_connected"),
        *("evse_clock_quality", "evse_process_threads"),
    }
    for metric in METRICS.values():
        assert metric.name.startswith("evse_")
        assert metric.name.endswith("_total") is (metric.kind is MetricKind.COUNTER), metric.name
        assert (metric.since is Since.NOT_A_COUNT) is (metric.kind is MetricKind.GAUGE), metric.name
        assert UNIT.search(metric.name) or metric.name in without_unit, metric.name


def test_labels_are_few_and_none_could_name_a_person_or_a_charge() -> None:
    labels = {label for metric in METRICS.values() for label in metric.labels}

    assert labels <= {
        *("port", "phase", "code", "cause", "device", "state", "verdict", "owner", "sensor", "load", "excluded"),
        *("result", "reason", "action", "kind", "version", "mcu", "board"),
    }
    assert max(len(metric.labels) for metric in METRICS.values()) == 3
