"""What a self-test may show on the pilot, and what ends it (self-test catalogue, ST202 to ST204 and ST210)."""

from __future__ import annotations

import pytest
from faults import BLOCK, NONE, OPEN, X1
from hal import X1 as STEADY_X1
from hal import X2, F
from offer import STEADY, Offer
from pilot_test import CUT_MS, SHOWN_MS

from tests.firmware.rules import Rules, Trouble


def at_rest() -> Rules:
    """Nobody is plugged in, and a host that permits nothing speaks."""
    rules = Rules()
    rules.wish(False, 0)
    rules.run(4_000)
    return rules


def show(rules: Rules, mode: int, duty: int = 5_000) -> bool:
    """Whether the test may show it; it does from the next step on."""
    pilot_test, reaction = rules.situation.pilot_test, rules.interlock.faults.reaction
    agreed = pilot_test.may_show(mode, rules.situation, reaction, rules.now)
    if agreed:
        pilot_test.show(mode, duty, rules.now)
        rules.step()
    return agreed


def test_pwm_of_a_test_offers_nothing_and_ends_to_the_millisecond() -> None:
    rules = at_rest()
    assert show(rules, X2)
    began = rules.now
    assert (rules.offer.mode, rules.offer.duty, rules.offer.offered_da) == (X2, 5_000, 0)

    rules.until(lambda: rules.offer.mode != X2, SHOWN_MS + 1)

    assert rules.now == began + SHOWN_MS
    assert (rules.offer.mode, rules.offer.duty) == (STEADY_X1, STEADY)


@pytest.mark.parametrize("state", ["B", "C", "D", "E", "-"])
def test_the_first_reading_that_is_no_empty_outlet_ends_it(state: str) -> None:
    rules = at_rest()
    assert show(rules, X2)
    rules.show(state)

    assert rules.offer.mode == STEADY_X1
    assert not show(rules, X2)


@pytest.mark.parametrize("reaction", [NONE, BLOCK, X1, OPEN])
def test_a_fault_that_stops_ends_it_as_well(reaction: int) -> None:
    trouble = Trouble(reaction)
    rules = Rules(trouble.check)
    rules.wish(False, 0)
    rules.run(4_000)
    assert show(rules, X2)
    trouble.is_there = True
    rules.step()

    stops = reaction in (X1, OPEN)
    assert (rules.offer.mode != X2) == stops
    assert show(rules, X2) != stops


def test_a_plug_and_a_permission_in_one_step_get_no_offer_out_of_a_test() -> None:
    rules = at_rest()
    assert show(rules, X2)
    rules.situation.inputs.high_mv = 8_980
    rules.wish(True, 160)
    assert rules.offer.mode == STEADY_X1
    at = rules.now

    rules.until(lambda: rules.offer.mode == X2, 10_000)

    assert rules.now - at >= 3_000


def test_f_of_a_test_needs_an_outlet_that_was_seen_empty() -> None:
    rules = Rules()
    rules.wish(False, 0)
    rules.run(1_000)
    assert not show(rules, F), "half a second of readings is no empty outlet"
    rules.run(3_000)
    assert show(rules, F)
    assert rules.offer.mode == F
    rules.run(300)
    assert not show(rules, F)
    assert show(rules, STEADY_X1)
    assert rules.until(lambda: show(rules, F), 1_000) >= 350, "blind for a tenth of a second, sure after a quarter"


def test_an_outlet_out_of_service_shows_what_a_test_wants_and_f_again_after_it() -> None:
    rules = at_rest()
    rules.operative = False
    rules.wish(False, 0)
    rules.run(3_000)
    assert rules.offer.mode == F
    assert show(rules, STEADY_X1)
    assert rules.offer.mode == STEADY_X1
    rules.run(SHOWN_MS - 1)
    assert rules.offer.mode == STEADY_X1

    rules.until(lambda: rules.offer.mode == F, 3_000)


def test_a_cut_holds_what_was_believed_for_six_seconds() -> None:
    rules = at_rest()
    rules.show("B")
    rules.run(1_000)
    pilot_test = rules.situation.pilot_test
    assert pilot_test.may_cut(rules.situation, NONE, rules.now)
    pilot_test.cut(rules.now)
    began = rules.now
    rules.step()
    assert rules.situation.outputs.is_disconnected()
    rules.show("A")
    rules.until(lambda: not rules.situation.outputs.is_disconnected(), CUT_MS + 1)

    assert rules.now == began + CUT_MS
    assert rules.situation.pilot.plugged
    rules.run(200)
    assert not rules.situation.pilot.plugged


@pytest.mark.parametrize("state", ["A", "E", "-"])
def test_only_a_plug_that_is_seen_is_cut(state: str) -> None:
    rules = at_rest()
    rules.show("B")
    rules.run(1_000)
    rules.show(state)
    rules.run(200)

    assert not rules.situation.pilot_test.may_cut(rules.situation, NONE, rules.now)


def test_f_does_not_come_with_the_reading_that_ends_a_test() -> None:
    rules = at_rest()
    rules.operative = False
    rules.wish(False, 0)
    rules.run(3_000)
    assert show(rules, STEADY_X1)
    rules.run(8_000)
    rules.show("-")

    assert rules.offer.mode == STEADY_X1


def test_nothing_is_shown_for_a_host_that_has_wished_nothing_yet() -> None:
    rules = Rules()
    rules.run(4_000)

    assert not show(rules, STEADY_X1)


def test_an_offer_never_goes_on_from_a_wave_of_a_test() -> None:
    offer = Offer(0)
    assert offer.show(X2, 5_000, 3_000) == 3_000
    assert (offer.mode, offer.duty) == (X2, 5_000)
    offer.follow(160, 20_000)

    assert (offer.mode, offer.offered_da) == (STEADY_X1, 0)
    offer.follow(160, 22_999)
    assert offer.mode == STEADY_X1
    offer.follow(160, 23_000)
    assert (offer.mode, offer.offered_da) == (X2, 160)
