"""A bill that is wrong in any way is found, and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tools.month import judge
from tools.month.visits import Visit
from tools.month.witnesses import PJ_PER_WH, Bill, Curve, Reading

POWER_UW = 3_600_000_000
"""One watt-hour a second."""
VISIT = Visit(
    kind="card", connector=1, arrives_s=1_000.0, leaves_s=2_000.0, token="04A1", reasons=frozenset({"Local"}),
    starts_s=1_000.0, stops_s=1_910.0, is_plain=True,
)  # fmt: skip
BILL = Bill(
    id=7, connector=1, token="04A1", started_s=1_010.0, start_wh=500, stopped_s=1_911.0, stop_wh=1_400, reason="Local"
)
READINGS = [
    Reading(1_010.0, 500, "Transaction.Begin"),
    Reading(1_310.0, 798, "Sample.Periodic"),
    Reading(1_610.0, 1_098, "Sample.Periodic"),
    Reading(1_910.0, 1_398, "Sample.Periodic"),
    Reading(1_911.0, 1_399, "Transaction.End"),
]


def curve() -> Curve:
    """500 Wh, and from 1,011 s to 1,911 s another 900."""
    meter = Curve()
    meter.changed(0, 500 * PJ_PER_WH, 0)
    meter.changed(1_011_000_000, 500 * PJ_PER_WH, POWER_UW)
    meter.changed(1_911_000_000, 1_400 * PJ_PER_WH, 0)
    return meter


def found(bills: Sequence[Bill] = (BILL,), readings: Sequence[Reading] = tuple(READINGS), visit: Visit = VISIT) -> str:
    return "\n".join(judge.problems(visit, bills, {7: readings}, curve()))


def test_a_visit_that_was_billed_right_is_good() -> None:
    assert found() == ""


@pytest.mark.parametrize(
    ("bills", "what"),
    [
        ([], "0 transactions, must be 1"),
        ([], "0 Wh were billed, the meter counted 900 Wh"),
        ([BILL, replace(BILL, id=8)], "2 transactions, must be 1: 7, 8"),
        ([BILL, replace(BILL, id=8)], "1800 Wh were billed, the meter counted 900 Wh"),
        ([replace(BILL, stop_wh=1_399)], "899 Wh were billed, the meter counted 900 Wh"),
        ([replace(BILL, start_wh=501)], "899 Wh were billed, the meter counted 900 Wh"),
        ([replace(BILL, stopped_s=None, stop_wh=None, reason=None)], "transaction 7 was left open"),
        ([replace(BILL, connector=2)], "0 transactions, must be 1"),
        ([replace(BILL, token="04FF")], "transaction 7 was told for 04FF, it was 04A1"),
        ([replace(BILL, reason="EVDisconnected")], "ended as EVDisconnected, must be Local"),
        ([replace(BILL, stopped_s=1_911.0 + 3_600)], "is said to have ended at day 0 01:31:51.0, must be"),
        ([replace(BILL, started_s=1_070.0)], "is said to have begun at day 0 00:17:50.0"),
    ],
)
def test_a_bill_that_was_doctored_is_found(bills: list[Bill], what: str) -> None:
    assert what in found(bills)


@pytest.mark.parametrize(
    ("readings", "what"),
    [
        ([*READINGS, Reading(1_400.0, 1_098, "Sample.Periodic")], "1098 Wh were told for day 0 00:23:20.0"),
        ([replace(one, at_s=one.at_s + 3_600) for one in READINGS], "500 Wh were told for day 0 01:16:50.0"),
        ([replace(one, at_s=one.at_s - 3) for one in READINGS], "1098 Wh were told for day 0 00:26:47.0"),
        (READINGS[:1], "has 0 readings by interval, must be 3"),
        ([*READINGS, Reading(1_412.0, 900, "Sample.Periodic"), Reading(1_512.0, 1_000, "Sample.Periodic")], "has 5"),
    ],
)
def test_readings_with_a_wrong_time_and_missing_ones_are_found(readings: list[Reading], what: str) -> None:
    assert what in found(readings=readings)


def test_what_ends_after_a_power_cut_may_tell_its_last_register_with_the_time_of_the_record_and_nothing_else_may() -> (
    None
):
    late = [*READINGS[:3], Reading(1_700.0, 1_400, "Transaction.End")]
    cut = replace(VISIT, is_cut=True, is_plain=False, stops_s=None)

    assert "1400 Wh were told for day 0 00:28:20.0" in found(readings=late)
    assert found(readings=late, visit=cut) == ""
    assert "1401 Wh" in found(readings=[*late, Reading(1_701.0, 1_401, "Transaction.End")], visit=cut)
    assert "1400 Wh" in found(readings=[*late, Reading(1_701.0, 1_400, "Sample.Periodic")], visit=cut)


def test_a_card_that_nobody_knows_must_leave_no_bill() -> None:
    stranger = replace(VISIT, bills=(0,), starts_s=None, stops_s=None)

    assert "1 transactions, must be 0: 7" in found(visit=stranger)


def test_a_bill_that_belongs_to_no_visit_is_nobodys() -> None:
    invented = replace(BILL, id=8, started_s=5_000.0)

    assert judge.unclaimed([VISIT], [BILL]) == []
    assert judge.unclaimed([VISIT], [BILL, invented, replace(BILL, id=9, connector=2)]) == [
        invented,
        replace(BILL, id=9, connector=2),
    ]
