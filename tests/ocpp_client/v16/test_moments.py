from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.time import Instant
from agent.ocpp_client.v16.moments import EARLIEST_MS, certain_ms, in_transaction_ms, placed_ms, read_time, time_text

NOON_MS = 1_790_000_000_000
TIMES_MS = st.integers(0, 253_402_300_799_999)


@given(TIMES_MS)
def test_a_time_that_was_written_is_read_as_it_was(utc_ms: int) -> None:
    assert read_time(time_text(utc_ms)) == utc_ms


@given(TIMES_MS)
def test_a_time_is_written_in_utc_with_milliseconds(utc_ms: int) -> None:
    written = time_text(utc_ms)

    assert (
        written
        == datetime.fromtimestamp(utc_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
        + f".{utc_ms % 1000:03d}Z"
    )


@pytest.mark.parametrize(
    ("text", "utc_ms"),
    [
        ("2026-09-21T14:13:20Z", NOON_MS),
        ("2026-09-21T14:13:20.123Z", NOON_MS + 123),
        ("2026-09-21T14:13:20.1Z", NOON_MS + 100),
        ("2026-09-21T14:13:20.123456+00:00", NOON_MS + 123),
        ("2026-09-21T14:13:20.123456789Z", NOON_MS + 123),
        ("2026-09-21T16:13:20+02:00", NOON_MS),
        ("2026-09-21t14:13:20z", NOON_MS),
        ("2026-09-21T14:13:20", NOON_MS),
        (" 2026-09-21T14:13:20Z ", NOON_MS),
    ],
)
def test_every_spelling_seen_in_the_field_is_read(text: str, utc_ms: int) -> None:
    assert read_time(text) == utc_ms


@pytest.mark.parametrize("text", ["", "now", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+25:00", None, 12, {}, ["x"]])
def test_what_is_no_time_is_read_as_none(text: object) -> None:
    assert read_time(text) is None


@given(st.text(max_size=40))
def test_no_text_is_an_error(text: str) -> None:
    read_time(text)


def test_a_trusted_moment_stays_where_it_is() -> None:
    assert placed_ms(Instant(1.0, NOON_MS, "a"), Instant(9.0, NOON_MS + 99_000, "b")) == NOON_MS


@given(ago_s=st.integers(0, 10**6))
def test_a_moment_before_the_clock_was_trusted_is_counted_back(ago_s: int) -> None:
    now = Instant(2e6, NOON_MS, "a")

    assert placed_ms(Instant(2e6 - ago_s, None, "a"), now) == NOON_MS - ago_s * 1000


def test_a_moment_of_an_earlier_boot_is_placed_where_this_boot_began() -> None:
    assert placed_ms(Instant(7000.0, None, "a"), Instant(60.0, NOON_MS, "b")) == NOON_MS - 60_000


def test_without_any_clock_a_moment_has_no_place() -> None:
    assert placed_ms(Instant(1.0, None, "a"), Instant(2.0, None, "a")) is None


@given(st.lists(st.floats(0, 1e7), min_size=2))
def test_without_any_clock_times_keep_their_order_and_are_never_1970(seconds: list[float]) -> None:
    now = Instant(1e7, None, "a")

    told = [certain_ms(Instant(at_s, None, "a"), now) for at_s in sorted(seconds)]

    assert told == sorted(told)
    assert min(told) >= EARLIEST_MS


def test_a_transaction_lasts_as_long_as_the_monotonic_clock_says() -> None:
    started, now = Instant(100.0, NOON_MS, "boot"), Instant(9000.0, NOON_MS, "boot")

    for wall_ms in (NOON_MS + 60_000 + 3_600_000, NOON_MS + 60_000 - 3_600_000):
        assert in_transaction_ms(wall_ms, Instant(160.0, wall_ms, "boot"), started, now) == NOON_MS + 60_000
    assert (
        in_transaction_ms(NOON_MS + 60_700, Instant(160.0, NOON_MS + 60_700, "boot"), started, now) == NOON_MS + 60_700
    )
    assert in_transaction_ms(NOON_MS - 5, Instant(10.0, NOON_MS - 5, "next boot"), started, now) == NOON_MS
    assert in_transaction_ms(NOON_MS - 5, Instant(99.0, NOON_MS - 5, "boot"), None, now) == NOON_MS - 5
