"""Messages become bytes and back; what is no document is refused with a sentence."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.time import Instant
from agent.telemetry.letters import (
    DEFLATED,
    LARGEST_DOCUMENT_BYTES,
    LARGEST_NUMBER,
    BadDocument,
    Stamp,
    head,
    packed,
    read,
    utc_text,
    written,
)

WHOLE = st.integers(-LARGEST_NUMBER, LARGEST_NUMBER)
DOCUMENTS = st.dictionaries(st.text(), st.booleans() | WHOLE | st.text() | st.lists(WHOLE), max_size=5)


@given(DOCUMENTS, st.integers(1, 300))
def test_what_was_written_is_read_again_deflated_or_not(body: dict[str, object], deflate_from: int) -> None:
    payload, content_type = packed(written(body), deflate_from)

    assert read(payload, content_type) == body


@given(st.binary(), st.sampled_from(["", "application/json", DEFLATED, "application/cbor", "x"]))
def test_garbage_is_a_bad_document_and_nothing_else(payload: bytes, content_type: str) -> None:
    try:
        read(payload, content_type)
    except BadDocument as error:
        assert str(error)


@pytest.mark.parametrize(
    "payload", [zlib.compress(b" " * (LARGEST_DOCUMENT_BYTES + 1)), zlib.compress(b"{}" * 50)[:-3]]
)
def test_what_inflates_to_too_much_or_is_cut_off_is_refused(payload: bytes) -> None:
    with pytest.raises(BadDocument, match="cut off"):
        read(payload, DEFLATED)


def test_nesting_that_no_document_has_is_refused() -> None:
    with pytest.raises(BadDocument):
        read(b"[" * 200_000)


def test_an_event_from_before_the_time_was_known_is_dated_by_how_long_ago_it_was() -> None:
    happened, now = Instant(10.0, None, "b"), Instant(70.0, 1_800_000_060_000, "b")

    told = head(3, happened, Stamp(now=now, time_quality="csms"))

    assert told == {
        "boot_id": "b",
        "seq": 3,
        "t_mono_ms": 10_000,
        "time_quality": "csms",
        "time": "2027-01-15T08:00:00.000Z",
    }


def test_without_a_clock_there_is_no_time_and_it_is_said() -> None:
    told = head(0, Instant(1.0, None, "b"), Stamp(now=Instant(2.0, None, "b"), time_quality="none"))

    assert "time" not in told
    assert told["time_quality"] == "none"


@given(st.integers(0, 4_000_000_000_000))
def test_times_are_written_as_the_schema_wants_them(utc_ms: int) -> None:
    text = utc_text(utc_ms)

    assert len(text) == 24
    assert text.endswith(f".{utc_ms % 1000:03}Z")


def test_unknown_is_absent() -> None:
    assert json.loads(written({"a": None, "b": 0})) == {"b": 0}
