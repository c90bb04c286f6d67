"""What a charge came to on the wire, read from frames."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ocpp_client.v16.told import Told, told_of

Frame = tuple[str, str]


def call(id: str, action: str, **payload: object) -> Frame:
    return "sent", json.dumps([2, id, action, payload])


def result(id: str, **payload: object) -> Frame:
    return "received", json.dumps([3, id, payload])


def charge(start_wh: int = 100, stop_wh: int = 250, transaction: int = 7, samples: int = 2) -> list[Frame]:
    values = [
        frame
        for count in range(samples)
        for frame in (
            call(f"v{count}", "MeterValues", connectorId=1, transactionId=transaction, meterValue=[]),
            result(f"v{count}"),
        )
    ]
    return [
        call("a", "StartTransaction", connectorId=1, idTag="…B2C3", meterStart=start_wh, timestamp="t"),
        result("a", transactionId=transaction, idTagInfo={"status": "Accepted"}),
        *values,
        call("b", "StopTransaction", transactionId=transaction, meterStop=stop_wh, timestamp="t"),
        result("b"),
    ]


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(-5, 10**6), st.integers(0, 5))
def test_a_whole_charge_is_read_with_its_registers_and_its_order(
    start_wh: int, energy_wh: int, transaction: int, samples: int
) -> None:
    told = told_of(charge(start_wh, start_wh + energy_wh, transaction, samples), 1)

    assert (told.start_wh, told.stop_wh) == (start_wh, start_wh + energy_wh)
    assert told.transaction_id == told.stopped_id == transaction
    assert told.start_answered and told.stop_answered
    assert told.order == ["StartTransaction", *["MeterValues"] * samples, "StopTransaction"]
    assert told.is_in_order


@pytest.mark.parametrize(
    "order",
    [
        ["StartTransaction", "StopTransaction", "MeterValues"],
        ["MeterValues", "StartTransaction", "StopTransaction"],
        ["StartTransaction", "MeterValues"],
        [],
    ],
)
def test_an_end_is_told_last_and_a_beginning_first(order: list[str]) -> None:
    assert not Told(order=order).is_in_order


def test_a_stop_that_nobody_answered_is_not_acknowledged() -> None:
    told = told_of(charge()[:-1], 1)

    assert told.start_answered
    assert not told.stop_answered


def test_an_error_is_no_acknowledgement() -> None:
    told = told_of([*charge()[:-1], ("received", json.dumps([4, "b", "InternalError", "", {}]))], 1)

    assert not told.stop_answered


def test_a_repetition_keeps_its_place_and_its_answer_counts() -> None:
    frames = charge(samples=0)
    again = call("c", "StopTransaction", transactionId=7, meterStop=250, timestamp="t")

    told = told_of([*frames[:-1], again, result("c")], 1)

    assert told.order == ["StartTransaction", "StopTransaction"]
    assert told.stop_answered


def test_charges_of_other_connectors_and_other_transactions_are_left_out() -> None:
    other = [
        call("x", "StartTransaction", connectorId=2, idTag="…", meterStart=1, timestamp="t"),
        result("x", transactionId=8, idTagInfo={"status": "Accepted"}),
        call("y", "StopTransaction", transactionId=8, meterStop=2, timestamp="t"),
        result("y"),
    ]

    told = told_of([*charge()[:2], *other], 1)

    assert (told.transaction_id, told.stop_wh, told.stop_answered) == (7, None, False)


def test_the_latest_of_two_charges_counts() -> None:
    told = told_of([*charge(0, 50, 1), *charge(50, 90, 2, samples=1)], 1)

    assert (told.start_wh, told.stop_wh, told.transaction_id) == (50, 90, 2)
    assert told.order == ["StartTransaction", "MeterValues", "StopTransaction"]


def test_a_frame_that_the_trace_shortened_still_tells_its_register() -> None:
    frames = charge()
    direction, text = call("b", "StopTransaction", transactionId=7, meterStop=250, transactionData="x" * 9_000)
    frames[-2] = (direction, text[:8_192] + "… (9100 characters in all)")

    assert told_of(frames, 1).stop_wh == 250


@given(st.lists(st.tuples(st.sampled_from(["sent", "received"]), st.text(max_size=40)), max_size=8))
def test_garbage_tells_nothing(frames: Sequence[Frame]) -> None:
    told = told_of(frames, 1)

    assert (told.start_wh, told.stop_wh, told.order) == (None, None, [])
