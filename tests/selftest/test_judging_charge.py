"""What three records of one charge mean, whatever they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.model import Quantity, Verdict
from agent.selftest.judging import real_charge
from agent.selftest.judging.real_charge import Charge

PASS, FAIL = Verdict.PASS, Verdict.FAIL
STATES = ("A", "B1", "B2", "C2", "C1", "B1", "A")


def charge(
    states: Sequence[str] = STATES, counted_wh: int = 100, changed: Mapping[str, Quantity] | None = None
) -> Charge:
    records: dict[str, Quantity] = {
        "ledger_start_wh": 1000, "ledger_stop_wh": 1000 + counted_wh, "ledger_delivery": "told",
        "told_start_wh": 1000, "told_stop_wh": 1000 + counted_wh, "transaction_id": 7, "stopped_id": 7,
        "start_answered": True, "stop_answered": True, "told": "begun measured ended", "told_in_order": True,
    }  # fmt: skip
    return Charge(
        by="card",
        meter_wh=(1000, 1000 + counted_wh),
        step_wh=10.0,
        states=tuple(states),
        records=records | dict(changed or {}),
    )


@given(st.integers(-30, 30), st.integers(-30, 30))
def test_records_agree_to_a_count_of_the_meter_and_to_the_watt_hour_between_them(ledger: int, told: int) -> None:
    changed = charge(changed={"ledger_stop_wh": 1100 + ledger, "told_stop_wh": 1100 + told})

    outcome = real_charge.whole(changed)

    assert outcome.says.endswith(".")
    assert (outcome.verdict is PASS) == (abs(ledger) <= 10 and told == ledger)


@given(st.integers(0, 300), st.sampled_from([(1.0, 20), (10.0, 50), (20.0, 50), (100.0, 200)]))
def test_too_little_energy_proves_nothing(counted_wh: int, register: tuple[float, int]) -> None:
    """Of a coarse register two counts are enough: five take a quarter of an hour of a small load."""
    step_wh, least_wh = register
    outcome = real_charge.whole(replace(charge(counted_wh=counted_wh), step_wh=step_wh))

    assert (outcome.verdict is PASS) == (counted_wh >= least_wh)


@given(st.floats(0.1, 200), st.floats(0.1, 200))
def test_a_coarser_register_never_needs_less_energy(one_wh: float, other_wh: float) -> None:
    fine_wh, coarse_wh = sorted((one_wh, other_wh))

    assert real_charge.least_wh(fine_wh) <= real_charge.least_wh(coarse_wh)
    assert real_charge.least_wh(coarse_wh) >= max(20, 2 * coarse_wh)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"stop_answered": False}, "has not acknowledged the stop"),
        ({"start_answered": False}, "has not acknowledged the start"),
        ({"stopped_id": 8}, "7 and 8"),
        ({"ledger_stop_wh": None}, "the ledger has no end"),
    ],
)
def test_what_is_missing_in_a_record_is_said(changed: dict[str, Quantity], words: str) -> None:
    outcome = real_charge.whole(charge(changed=changed))

    assert outcome.verdict is FAIL
    assert words in outcome.says


@given(st.lists(st.sampled_from(["A", "B1", "B2", "C1", "C2", "E", "F"]), max_size=9))
def test_the_order_of_states_is_that_of_the_standard(states: Sequence[str]) -> None:
    missing = real_charge.order_of(states)

    rest = iter(states)
    has_order = all(any(state.startswith(wanted) for state in rest) for wanted in ("A", "B1", "B2", "C2", "B", "A"))
    assert (missing == "") == (has_order and not {"E", "F"} & set(states))


@pytest.mark.parametrize("odd", ["E", "F", "D2"])
def test_a_state_that_does_not_belong_there_is_named(odd: str) -> None:
    assert odd in real_charge.order_of((*STATES[:4], odd, *STATES[4:]))


def test_what_was_kept_without_network_is_told_in_its_order() -> None:
    other = real_charge.delivered(charge(changed={"told": "ended begun", "told_in_order": False}), was_offline=True)

    assert real_charge.delivered(charge(), was_offline=True).verdict is PASS
    assert (other.verdict, "ended, begun" in other.says) == (FAIL, True)


def test_what_is_wrong_with_the_charge_itself_is_told_before_its_order() -> None:
    changed = charge(changed={"stopped_id": 8, "told_in_order": False})

    assert "7 and 8" in real_charge.delivered(changed, was_offline=True).says


def test_a_network_that_was_there_all_the_time_proves_nothing() -> None:
    assert real_charge.delivered(charge(), was_offline=False).verdict is FAIL
