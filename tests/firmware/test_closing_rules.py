"""When the coil gets current: each rule by itself and to the millisecond, on a board with no other protective function.

The state machines of test_interlock.py show that the rules hold whatever happens; here stands what each one is, in
numbers that are written out and not taken from the code (safety reference, sections 2 and 11; pilot reference, 5).
"""

from __future__ import annotations

from collections.abc import Callable

import guard
import interlock
import messages
import pytest
from faults import OPEN
from hal import X2
from hypothesis import given
from hypothesis import strategies as st
from interlock import Interlock, earliest
from pilot import D

from tests.firmware.rules import Rules, Trouble

# --- words and first moments


def test_what_closing_waits_for_has_the_numbers_that_the_link_gives_it() -> None:
    names = ["NOTHING", *("FOR_" + word.upper() for word in messages.WAITS_FOR[1:])]

    numbers = {**vars(guard), **vars(interlock)}

    assert [numbers[name] for name in names] == list(range(len(messages.WAITS_FOR)))


@given(st.integers(), st.lists(st.none() | st.integers(), max_size=6))
def test_the_earliest_moment_is_the_smallest_that_is_one(first: int, others: list[int | None]) -> None:
    assert earliest(first, others) == min([first, *(other for other in others if other is not None)])


def test_a_new_board_waits_for_a_permit_and_knows_no_opening_under_load() -> None:
    new = Interlock(0)

    assert messages.WAITS_FOR[new.waits_for] == "permit"
    assert new.load_openings == 0
    assert new.situation.reset_cause == "power"
    assert not new.situation.contactor.energised


def test_a_board_with_nothing_to_wait_for_still_looks_every_second() -> None:
    rules = Rules()
    rules.situation.inputs.samples_high = 0
    rules.run(10_000)

    assert rules.step() == rules.now + 1_000


# --- closing


def test_the_coil_gets_current_when_a_car_has_asked_for_half_a_second() -> None:
    rules = Rules()
    rules.prepare()

    assert rules.show("C") <= rules.now + 500

    assert rules.until(lambda: rules.energised, 1_000) == 500
    assert rules.waits_for == "nothing"


def test_the_step_that_closes_asks_to_look_again_a_millisecond_later() -> None:
    rules = Rules()
    rules.prepare()
    rules.show("C")
    rules.until(lambda: rules.energised, 500)

    assert rules.due == rules.now + 1


def test_an_offer_has_to_stand_for_half_a_second_before_closing() -> None:
    rules = Rules()
    rules.wish(True, 160)
    rules.run(20_000)
    rules.show("C")
    rules.run(100)
    offered_at = rules.now
    assert rules.offer.mode == X2
    assert rules.waits_for == "steady"
    assert rules.run(300) == offered_at + 500

    rules.until(lambda: rules.energised, 1_000)

    assert rules.now == offered_at + 500


def test_one_other_reading_just_before_closing_starts_the_half_second_anew() -> None:
    rules = Rules()
    rules.prepare()
    rules.situation.inputs.chain_ok = False
    rules.show("C")
    rules.run(2_000)
    assert rules.waits_for == "chain"
    rules.show("B")
    assert rules.waits_for == "steady"
    rules.run(10)

    rules.situation.inputs.chain_ok = True
    rules.show("C")

    assert rules.waits_for == "steady"
    assert rules.until(lambda: rules.energised, 1_000) == 500


@pytest.mark.parametrize(("offer_da", "waits_for"), [(59, "offer"), (60, "x1"), (0, "offer")])
def test_a_permit_counts_from_6_a_upwards(offer_da: int, waits_for: str) -> None:
    rules = Rules()
    rules.run(1_000)
    rules.show("C")
    rules.wish(True, offer_da)
    rules.run(500)

    assert rules.waits_for == waits_for


def without_diode_now(rules: Rules) -> None:
    rules.show("C", low_mv=-9_900)


def with_broken_chain(rules: Rules) -> None:
    rules.situation.inputs.chain_ok = False


def with_mirror_closed(rules: Rules) -> None:
    rules.situation.inputs.mirror_open = False


def without_permit(rules: Rules) -> None:
    rules.wish(False, 160)


def with_a_car_that_stopped_asking(rules: Rules) -> None:
    rules.show("B")


@pytest.mark.parametrize(
    ("spoil", "waits_for"),
    [
        (without_diode_now, "diode"),
        (with_broken_chain, "chain"),
        (with_mirror_closed, "mirror"),
        (without_permit, "permit"),
        (with_a_car_that_stopped_asking, "car"),
    ],
)
def test_what_is_missing_in_the_last_moment_is_waited_for_and_named(
    spoil: Callable[[Rules], object], waits_for: str
) -> None:
    rules = Rules()
    rules.prepare()
    rules.show("C")
    rules.run(390)

    spoil(rules)
    rules.run(300)

    assert not rules.energised
    assert rules.waits_for == waits_for


def test_a_diode_seen_in_b_does_not_count_when_the_duty_has_just_changed() -> None:
    rules = Rules()
    rules.prepare()
    assert rules.situation.low_phase.good_now

    rules.wish(True, 100)

    assert not rules.situation.low_phase.good_now, "the next windows hold samples of both duties"


def test_a_diode_that_is_fine_now_but_was_not_seen_for_long_enough_is_waited_for() -> None:
    rules = Rules()
    rules.wish(True, 160)
    rules.run(20_000)
    rules.show("C", low_mv=-9_000)
    rules.run(690)

    rules.show("C")

    assert rules.situation.low_phase.good_now
    assert rules.waits_for == "diode"
    assert rules.until(lambda: rules.energised, 1_000) == 100


def test_without_ventilation_a_car_in_d_is_not_asking_for_anything_we_have() -> None:
    rules = Rules()
    rules.prepare()

    rules.show("D")
    rules.run(20_000)

    assert rules.situation.pilot.state == D
    assert not rules.energised
    assert rules.waits_for == "car"


def test_ventilation_serves_a_car_in_d_and_keeps_it_served() -> None:
    rules = Rules(ventilation=True)

    rules.charge("D")
    rules.run(5_000)

    assert rules.energised


def test_after_an_opening_five_seconds_pass_and_the_board_says_when_they_end() -> None:
    rules = Rules()
    rules.charge()
    rules.show("B")
    rules.until(lambda: not rules.energised, 100)
    opened_at = rules.now
    assert rules.due == opened_at + 1, "the step that opens looks again at once"
    rules.show("C")

    due = rules.run(4_600)

    assert rules.waits_for == "off_time"
    assert due == opened_at + 5_000
    rules.until(lambda: rules.energised, 1_000)
    assert rules.now == opened_at + 5_000


def test_after_a_fault_that_opens_thirty_seconds_pass_from_its_end() -> None:
    trouble = Trouble(OPEN)
    rules = Rules(trouble.check)
    rules.charge()
    trouble.is_there = True
    rules.step()
    assert not rules.energised
    rules.run(7_000)
    assert rules.waits_for == "fault"

    rules.now += 700
    trouble.is_there = False
    rules.step()
    gone_at = rules.now
    due = rules.run(29_400)

    assert rules.waits_for == "off_time"
    assert due <= gone_at + 30_000
    assert rules.run(200) == gone_at + 30_000
    rules.until(lambda: rules.energised, 1_000)
    assert rules.now == gone_at + 30_000


def test_the_eleventh_closing_comes_ten_minutes_after_the_first_and_is_announced() -> None:
    rules = Rules()
    rules.charge()
    first_at = rules.now - 1_200
    for _ in range(9):
        rules.show("B")
        rules.run(6_000)
        rules.show("C")
        rules.run(600)
        assert rules.energised
    rules.show("B")
    rules.run(6_000)
    rules.show("C")
    rules.run(600_000 - 400 - (rules.now - first_at))

    assert rules.waits_for == "rate"
    assert rules.due == first_at + 600_000
    rules.until(lambda: rules.energised, 500)
    assert rules.now == first_at + 600_000
