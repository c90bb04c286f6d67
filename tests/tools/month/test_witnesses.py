"""The meter's curve is exact at any moment, and what was heard twice, late or out of order is known as such."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tools.month.witnesses import PJ_PER_WH, US_PER_S, Curve, Heard, bill

EPOCH_MS = 1_804_978_800_000


def sample(at: str, wh: int, context: str = "Sample.Periodic") -> dict[str, Any]:
    return {"timestamp": at, "sampledValue": [{"value": str(wh), "context": context, "unit": "Wh"}]}


def values(at: str, wh: int, transaction: int = 5) -> str:
    payload = {"connectorId": 1, "transactionId": transaction, "meterValue": [sample(at, wh)]}
    return json.dumps([2, "id", "MeterValues", payload])


def stop(at: str, wh: int) -> str:
    payload = {"transactionId": 5, "timestamp": at, "meterStop": wh, "transactionData": [sample(at, wh)]}
    return json.dumps([2, "id", "StopTransaction", payload])


@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 22_000) | st.just(0)), min_size=1, max_size=20),
    st.integers(0, 10**10),
)
def test_the_curve_shows_what_a_meter_that_is_read_then_would(steps: list[tuple[int, int]], asked_us: int) -> None:
    meter, at_us, energy_pj, power_uw, wanted_pj = Curve(), 0, 0, 0, 0
    meter.changed(0, 0, 0)
    for lasts_us, watts in steps:
        wanted_pj += power_uw * max(0, min(asked_us, at_us + lasts_us) - at_us)
        energy_pj += power_uw * lasts_us
        at_us, power_uw = at_us + lasts_us, watts * 1_000_000
        meter.changed(at_us, energy_pj, power_uw)
    wanted_pj += power_uw * max(0, asked_us - at_us)

    assert meter.wh_at(asked_us / US_PER_S) == wanted_pj // PJ_PER_WH


def test_what_is_forgotten_of_the_curve_changes_nothing_later() -> None:
    meter = Curve()
    for second, watts in ((0, 0), (10, 3_600), (20, 0), (30, 7_200)):
        meter.changed(second * US_PER_S, {0: 0, 10: 0, 20: 10, 30: 10}[second] * PJ_PER_WH, watts * 1_000_000)

    meter.forget_before(25)

    assert [meter.wh_at(second) for second in (25, 30, 31)] == [10, 10, 12]


def test_a_repeat_is_counted_and_no_second_reading() -> None:
    heard = Heard(EPOCH_MS)

    for _ in range(2):
        heard.hear("MeterValues", values("2027-03-13T23:00:10.000Z", 3))

    assert [(one.at_s, one.wh) for one in heard.readings[5]] == [(10.0, 3)]
    assert (heard.told, heard.repeats, heard.disorder) == (1, 1, [])


def test_readings_out_of_order_and_after_the_stop_are_told() -> None:
    heard = Heard(EPOCH_MS)

    heard.hear("MeterValues", values("2027-03-13T23:00:10.000Z", 3))
    heard.hear("MeterValues", values("2027-03-13T23:00:05.000Z", 2))
    heard.hear("StopTransaction", stop("2027-03-13T23:00:20.000Z", 4))
    heard.hear("MeterValues", values("2027-03-13T23:00:15.000Z", 4))

    assert heard.disorder == [
        "transaction 5: readings of 2027-03-13T23:00:05.000Z came out of order",
        "transaction 5: readings of 2027-03-13T23:00:15.000Z came after its stop",
    ]


def test_what_happened_in_an_outage_is_counted() -> None:
    heard = Heard(EPOCH_MS, lambda at_s: 8 <= at_s <= 12)

    heard.hear("MeterValues", values("2027-03-13T23:00:10.000Z", 3))
    heard.hear("StopTransaction", stop("2027-03-13T23:00:20.000Z", 4))

    assert (heard.told, heard.late) == (2, 1)


def test_times_on_the_wire_become_seconds_of_the_month_on_both_sides_of_the_clock_change() -> None:
    row = {
        "id": 1, "connector": 1, "id_tag": "04A1", "started_at": "2027-03-28T00:59:59.500Z", "meter_start_wh": 0,
        "stopped_at": "2027-03-28T01:00:00.500Z", "meter_stop_wh": 1, "stop_reason": "Local",
    }  # fmt: skip

    read = bill(row, EPOCH_MS)

    assert (read.started_s, read.stopped_s) == (14 * 86_400 + 7_199.5, 14 * 86_400 + 7_200.5)
