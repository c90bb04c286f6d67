from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.core.metrics.charger import figures_of
from agent.core.metrics.records import ChargerRecords
from agent.core.time import Instant
from agent.core.uptime import sheet
from agent.core.uptime.figures import axis_of
from agent.core.uptime.figures import figures_of as uptime_of
from agent.core.uptime.plain import of_service
from agent.metrics_file import MetricsFileError, lines_of, read_records, text_of
from tests.core.metrics.histories import charger_records, job
from tests.core.metrics.test_charger import a_good_life


@given(charger_records())
def test_whoever_has_the_file_computes_the_chargers_own_figures(records: ChargerRecords) -> None:
    read = read_records(text_of(records))

    assert read == records
    assert figures_of(read) == figures_of(records)
    if read.service is not None and records.service is not None:
        assert uptime_of(read.service) == uptime_of(records.service)


def test_a_line_says_by_which_clock_a_moment_is_known() -> None:
    rows = [json.loads(line) for line in lines_of(a_good_life()[1])]

    assert rows[0]["schema"] == "evse-metrics"
    assert [row["at"]["time_quality"] for row in rows if row["kind"] == "milestone"][:2] == ["placed", "placed"]
    assert rows[0]["exported"]["t_wall_ms"] is not None


def test_a_file_that_was_cut_anywhere_or_changed_in_any_byte_is_refused_in_a_sentence() -> None:
    text = text_of(a_good_life()[1])

    for place in range(len(text) - 1):
        for other in (text[:place], f"{text[:place]}#{text[place + 1 :]}"):
            with pytest.raises(MetricsFileError, match=r"export it anew|evsectl metrics export|of one release"):
                read_records(other)
    with pytest.raises(MetricsFileError, match="changed after it was written"):
        read_records(text.replace('"serial":"QE-1"', '"serial":"QE-2"'))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"kind":"charger","schema":"evse-metrics","version":3}', "version 3 and this program reads up to 2"),
        ('{"kind":"charger","schema":"other","version":1}', "no file of metrics"),
        ("[1]", "line 1 is no record"),
        ("{", "line 1 is damaged"),
    ],
)
def test_another_schema_version_and_another_file_are_told_apart(line: str, says: str) -> None:
    with pytest.raises(MetricsFileError, match=says):
        read_records(f'{line}\n{{"kind":"end"}}\n')


_ENDLESS = {"boot_id": "b", "t_mono_s": 1.0, "t_wall_ms": 1 << 52}
_WORDS = ["", "QE", "job", True, None, -1, 0, 1e300, float("nan"), [], {}, "site.powered", _ENDLESS]


@given(charger_records(), st.integers(0, 400), st.sampled_from(_WORDS))
@example(replace(a_good_life()[1], milestones=(), jobs=(job(1, Instant(0.0), None),)), 9, _ENDLESS)
def test_whatever_stands_in_a_line_is_read_or_refused_and_never_breaks(
    records: ChargerRecords, place: int, word: object
) -> None:
    """Sealed anew with another value somewhere: what a program with a mistake would write."""
    rows = [json.loads(line) for line in lines_of(records)][:-1]
    row = rows[place % len(rows)]
    row[list(row)[place % len(row)]] = word
    text = "".join(f"{json.dumps(one)}\n" for one in rows)
    end = {"kind": "end", "lines": len(rows), "sha256": hashlib.sha256(text.encode()).hexdigest()}

    try:
        read = read_records(f"{text}{json.dumps(end)}\n")
        figures_of(read)
        if read.service is not None:
            body = of_service(uptime_of(read.service))
            assert sheet.months(body, "QE")
            assert sheet.sessions(read.attempts, axis_of(read.service), "QE")
    except MetricsFileError as error:
        assert str(error)
