"""A status that says the same again is known for one; whatever differs is read in full."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.pilot_board.codec import decode, encode
from agent.drivers.pilot_board.messages import U32, Identity, Status
from agent.drivers.pilot_board.repetition import SAME_WITHIN_MV, LastStatus, Repetition
from tests.drivers.pilot_board.test_levels import RESTING

CHARGING = replace(
    RESTING, pilot_state=3, plugged=True, low_mv=-11_975, offered_da=160, contactor=2, faults={0x0104: {0: 5}}
)
MOVING = {"sequence", "wish_sequence", "high_mv", "low_mv", "uptime_ms"}
OTHERS = sorted({field.name for field in fields(Status)} - MOVING)


def after(status: Status) -> LastStatus:
    last = LastStatus()
    last.remember(status)
    return last


@given(
    st.sampled_from([RESTING, CHARGING]),
    st.integers(0, U32),
    st.integers(0, U32),
    st.integers(1 - SAME_WITHIN_MV, SAME_WITHIN_MV - 1),
    st.integers(0, 2**40),
)
def test_what_only_moves_is_a_repetition(
    status: Status, sequence: int, wish_sequence: int, noise_mv: int, uptime_ms: int
) -> None:
    low_mv = None if status.low_mv is None else status.low_mv + noise_mv
    again = replace(
        status,
        sequence=sequence,
        wish_sequence=wish_sequence,
        high_mv=status.high_mv - noise_mv,
        low_mv=low_mv,
        uptime_ms=uptime_ms,
    )

    assert after(status).repeated_by(encode(again)) == Repetition(sequence, wish_sequence)


def with_other(name: str) -> Status:
    """CHARGING with another value in one field."""
    value: Any = getattr(CHARGING, name)
    others: dict[str, Any] = {"faults": {0x0101: {}}, "cable_da": 320}
    other: Any = others[name] if name in others else not value if isinstance(value, bool) else value + 1
    return replace(CHARGING, **{name: other})


@pytest.mark.parametrize("name", OTHERS)
def test_any_other_field_that_differs_is_read_in_full(name: str) -> None:
    assert after(CHARGING).repeated_by(encode(with_other(name))) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"high_mv": RESTING.high_mv - SAME_WITHIN_MV},
        {"low_mv": -12_000},
        {"wish_sequence": None},
    ],
)
def test_a_level_that_moved_or_a_wish_that_is_gone_is_read_in_full(changes: dict[str, int | None]) -> None:
    assert after(RESTING).repeated_by(encode(replace(RESTING, **changes))) is None  # type: ignore[arg-type]


def test_a_slow_drift_is_measured_from_what_was_told() -> None:
    last = after(RESTING)
    drifting = [replace(RESTING, high_mv=RESTING.high_mv - 40 * n) for n in range(1, 4)]

    assert [last.repeated_by(encode(status)) is None for status in drifting] == [False, False, True]


def test_nothing_is_repeated_before_the_first() -> None:
    assert LastStatus().repeated_by(encode(RESTING)) is None


@given(st.binary(max_size=120))
def test_garbage_is_no_repetition(payload: bytes) -> None:
    assert after(RESTING).repeated_by(payload) is None


def test_other_messages_are_no_repetition() -> None:
    identity = Identity(1, "0badcafe", "board", "a", "1", "0badcafe", 0)

    assert after(RESTING).repeated_by(encode(identity)) is None


@given(st.sampled_from([RESTING, CHARGING]), st.integers(0, 70), st.integers(0, 255))
def test_a_repetition_is_always_a_status_that_would_have_been_read(status: Status, place: int, value: int) -> None:
    payload = bytearray(encode(status))
    payload[place % len(payload)] = value

    again = after(status).repeated_by(bytes(payload))

    if again is not None:
        read = decode(bytes(payload))
        assert isinstance(read, Status)
        assert (read.sequence, read.wish_sequence) == (again.sequence, again.wish_sequence)
