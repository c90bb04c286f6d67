"""When the coil loses its current, what faults do to the offer, and what the board announces: to the millisecond.

The other half of test_closing_rules.py.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from faults import BY_UNPLUGGING, NONE, OPEN
from faults import X1 as STOP
from hal import X1, X2
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.rules import Rules, Trouble
from tests.searching import costly

# --- opening


def test_a_car_that_goes_on_in_x1_is_cut_off_after_six_seconds_and_the_board_says_when() -> None:
    rules = Rules()
    rules.charge()
    rules.wish(False, 0)
    ended_at = rules.now
    assert rules.offer.mode == X1

    due = rules.run(5_400)
    assert rules.energised
    assert due == ended_at + 6_000
    rules.until(lambda: not rules.energised, 1_000)

    assert rules.now == ended_at + 6_000
    assert rules.due == rules.now + 1
    assert rules.interlock.load_openings == 1
    assert rules.situation.opened_under_load


def test_a_car_that_stops_in_time_is_no_opening_under_load() -> None:
    rules = Rules()
    rules.charge()
    rules.wish(False, 0)
    rules.run(2_000)

    rules.show("B")

    assert rules.until(lambda: not rules.energised, 100) == 45
    assert rules.interlock.load_openings == 0
    assert not rules.situation.opened_under_load


def test_every_opening_under_load_counts_once() -> None:
    rules = Rules()
    for _ in range(2):
        rules.charge()
        rules.wish(False, 0)
        rules.run(7_000)
        rules.show("A")
        rules.run(3_000)

    assert rules.interlock.load_openings == 2


def with_fault_that_opens(rules: Rules, trouble: Trouble) -> None:
    trouble.is_there = True


def with_still_converter(rules: Rules, trouble: Trouble) -> None:
    rules.situation.inputs.frozen = True


def with_chain_open(rules: Rules, trouble: Trouble) -> None:
    rules.situation.inputs.chain_ok = False


@pytest.mark.parametrize("spoil", [with_fault_that_opens, with_still_converter, with_chain_open])
def test_what_opens_at_once_opens_in_the_same_step(spoil: Callable[[Rules, Trouble], None]) -> None:
    trouble = Trouble(OPEN)
    rules = Rules(trouble.check)
    rules.charge()

    spoil(rules, trouble)
    rules.step()

    assert not rules.energised
    assert rules.interlock.load_openings == 0, "a protective opening is not the car's disobedience"


@pytest.mark.parametrize(("state", "within_ms"), [("A", 25), ("B", 45), ("D", 100), ("E", 100), ("-", 1_000)])
def test_contacts_open_in_the_step_in_which_another_state_is_believed(state: str, within_ms: int) -> None:
    rules = Rules()
    rules.charge()

    rules.show(state)

    assert rules.until(lambda: not rules.energised, 1_001) == within_ms


# --- faults and the offer


def test_a_fault_that_stops_ends_the_offer_at_once_and_leaves_the_car_its_grace() -> None:
    trouble = Trouble(STOP)
    rules = Rules(trouble.check)
    rules.charge()
    trouble.is_there = True

    rules.step()

    assert rules.offer.mode == X1
    assert rules.energised
    rules.show("B")
    rules.run(3_000)
    assert rules.waits_for == "fault"


def test_a_fault_that_stops_delays_no_closing_beyond_its_own_end() -> None:
    trouble = Trouble(STOP)
    rules = Rules(trouble.check)
    rules.prepare()
    trouble.is_there = True
    rules.show("C")
    rules.run(10_000)

    trouble.is_there = False

    assert rules.until(lambda: rules.energised, 2_000) == 501, "seen one millisecond later, then steady"


def test_a_fault_without_a_reaction_changes_nothing() -> None:
    trouble = Trouble(NONE)
    rules = Rules(trouble.check)
    trouble.is_there = True

    rules.charge()

    assert rules.energised
    assert rules.offer.mode == X2


def test_a_fault_that_clears_by_unplugging_does_so_after_two_seconds_in_a() -> None:
    trouble = Trouble(OPEN, BY_UNPLUGGING)
    rules = Rules(trouble.check)
    rules.prepare()
    trouble.is_there = True
    rules.step()
    trouble.is_there = False
    rules.run(60_000)
    assert rules.interlock.faults.reaction == OPEN

    rules.show("A")

    assert rules.until(lambda: rules.interlock.faults.reaction == NONE, 3_000) == 2_025


def test_the_moment_at_which_a_fault_clears_by_itself_is_announced() -> None:
    trouble = Trouble(STOP, recovery=2_700)
    rules = Rules(trouble.check)
    rules.prepare()
    trouble.is_there = True
    rules.step()
    trouble.is_there = False
    rules.step()
    gone_at = rules.now
    rules.fall_silent()

    rules.run(2_201)

    assert rules.due == gone_at + 2_700


def test_nobody_is_offered_anything() -> None:
    rules = Rules()
    rules.wish(True, 160)

    rules.run(10_000)

    assert rules.offer.mode == X1
    rules.show("B")
    rules.run(100)
    assert rules.offer.mode == X2


def test_a_rise_of_the_offer_is_announced_for_five_seconds_after_the_last_change() -> None:
    rules = Rules()
    rules.prepare()
    rules.wish(True, 60)
    lowered_at = rules.now
    rules.wish(True, 160)

    assert rules.run(4_600) == lowered_at + 5_000
    assert rules.offer.offered_da == 60
    rules.run(400)
    assert rules.offer.offered_da == 160


# --- what a change of the drive and of the coil means for the pilot


def test_a_changed_duty_keeps_a_hybrid_that_pulses_b_connected() -> None:
    rules = Rules()
    rules.charge()
    rules.wish(True, 100)

    rules.show("B")

    assert rules.until(lambda: not rules.energised, 700) == 600


def test_a_board_in_a_type_test_believes_b_at_once() -> None:
    rules = Rules(hybrid_blanking=False)
    rules.charge()
    rules.wish(True, 100)

    rules.show("B")

    assert rules.until(lambda: not rules.energised, 700) == 45


def test_the_end_of_the_offer_ends_the_patience_with_hybrids() -> None:
    rules = Rules()
    rules.charge()
    rules.wish(True, 100)
    rules.wish(False, 0)

    rules.show("B")

    assert rules.until(lambda: not rules.energised, 700) == 45


def test_an_offer_that_comes_back_is_no_changed_duty() -> None:
    rules = Rules()
    rules.charge()
    rules.wish(False, 0)
    rules.wish(True, 160)
    rules.until(lambda: rules.offer.mode == X2, 3_001)
    assert rules.energised

    rules.show("B")

    assert rules.until(lambda: not rules.energised, 700) == 45


def test_an_unchanged_offer_is_no_changed_duty() -> None:
    rules = Rules()
    rules.charge()
    rules.wish(True, 160)

    rules.show("B")

    assert rules.until(lambda: not rules.energised, 700) == 45


def test_a_plug_pulled_at_the_very_closing_is_believed_after_the_blind_20_ms() -> None:
    rules = Rules()
    rules.prepare()
    rules.show("C")
    rules.until(lambda: rules.energised, 500)

    rules.situation.inputs.high_mv = 12_000

    assert rules.until(lambda: not rules.energised, 100) == 45


def test_a_plug_pulled_at_the_very_opening_is_believed_after_the_blind_20_ms() -> None:
    rules = Rules()
    rules.charge()
    rules.show("B")
    rules.until(lambda: not rules.energised, 100)

    rules.situation.inputs.high_mv = 12_000

    assert rules.until(lambda: not rules.situation.pilot.plugged, 100) == 45


# --- sleeping


@given(st.data())
@costly(30, search=1_000)
def test_nothing_changes_between_two_moments_that_were_announced(data: st.DataObject) -> None:
    """Whoever looks only when something happened or is due sees every change at the moment at which it is due."""
    sleepy, awake = Rules(), Rules()
    for _ in range(data.draw(st.integers(1, 12))):
        state = data.draw(st.sampled_from("ABCCCDE-"))
        permit = data.draw(st.sampled_from((True, True, False)))
        offer_da = data.draw(st.sampled_from((100, 160, 59)))
        pause_ms = data.draw(st.sampled_from((1, 30, 60, 120, 700, 1_500, 4_000)))
        for rules in (sleepy, awake):
            rules.show(state)
            rules.wish(permit, offer_da)
        sleepy.run(pause_ms)
        for _ in range(pause_ms):
            awake.run(1)
        assert seen(sleepy) == seen(awake)


def seen(rules: Rules) -> tuple[object, ...]:
    contactor, pilot = rules.situation.contactor, rules.situation.pilot
    drive = (rules.offer.mode, rules.offer.duty, rules.offer.mode_since)
    return drive, contactor.coil, contactor.allowed_at(), pilot.state, pilot.since, rules.waits_for
