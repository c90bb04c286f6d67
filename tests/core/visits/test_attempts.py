"""What becomes of an attempt, by stories of the session's own core."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.control_pilot import PilotState
from agent.core.facts import StopReason
from agent.core.session.events import (
    AuthorizationStatus,
    FaultObserved,
    StopRequested,
    TokenPresented,
)
from agent.core.time import Instant
from agent.core.uptime.model import CauseClass
from agent.core.visits.figures import figures_of
from agent.core.visits.follow import Following
from agent.core.visits.model import Attempt, FailureClass, Mark, Outcome
from agent.core.visits.outcome import failed_start, judged
from agent.store.attempts import decoded, encoded
from tests.core.session.station import CARD, OTHER_CARD
from tests.core.visits.watched import Watched


def plugged(seconds: float = 60.0) -> Watched:
    station = Watched()
    station.plug_in()
    station.advance(seconds)
    return station


def charging(seconds: float = 60.0) -> Watched:
    station = plugged(5.0)
    station.feed(TokenPresented(CARD))
    station.advance(1)
    station.pilot_is(PilotState.C)
    station.advance(seconds)
    return station


def test_a_charge_that_its_driver_ends_is_a_success_with_all_its_moments_and_energy() -> None:
    station = charging()
    begin_wh = int(station.session.transaction.start_wh) if station.session.transaction else 0

    attempt = station.leaves()

    assert (attempt.start, attempt.end, attempt.failure) == (Outcome.SUCCESS, Outcome.SUCCESS, FailureClass.NONE)
    assert {mark for mark, _ in attempt.marks} == set(Mark)
    assert attempt.energy_wh == int(station.stops()[-1].register_wh) - begin_wh > 40
    assert (attempt.stop_reason, attempt.peak_power_w, attempt.offered_a) == ("EVDisconnected", 0.0, 16.0)
    start_s = attempt.charge_start_s
    assert start_s is not None
    assert 0 < start_s < 12  # by the first ten Wh: this meter tells no power


def test_who_unplugs_within_half_a_minute_without_a_word_meant_nothing() -> None:
    attempt = plugged(20.0).leaves()

    assert (attempt.start, attempt.excluded) == (Outcome.EXCLUDED, "unplugged within 30 s without authorisation")


def test_who_parks_without_a_card_did_not_ask() -> None:
    attempt = plugged(200.0).leaves()

    assert (attempt.start, attempt.excluded) == (Outcome.EXCLUDED, "nobody asked to charge")


def test_a_token_that_is_rightly_refused_counts_nowhere_until_another_one_is_accepted() -> None:
    station = plugged(5.0)
    station.answers[OTHER_CARD] = (AuthorizationStatus.INVALID, None)
    station.feed(TokenPresented(OTHER_CARD))
    station.advance(5)

    assert so_far(station).excluded == "its token was rightly refused"
    station.feed(TokenPresented(CARD))
    station.advance(1)
    station.pilot_is(PilotState.C)
    station.advance(30)
    attempt = station.leaves()

    assert (attempt.start, attempt.end, attempt.refusals) == (Outcome.SUCCESS, Outcome.SUCCESS, 1)


def so_far(station: Watched) -> Attempt:
    """As if the car left now."""
    assert station.following.attempt is not None
    attempt = station.following.attempt
    return judged(replace(attempt, marks=(*attempt.marks, (Mark.UNPLUGGED, station.now))), station.following)


def test_a_network_that_does_not_answer_fails_the_start_with_its_class_and_code() -> None:
    station = plugged(5.0)
    station.answers[CARD] = (AuthorizationStatus.UNREACHABLE, None)
    station.feed(TokenPresented(CARD))
    station.advance(60)

    attempt = station.leaves()

    assert (attempt.start, attempt.failure, attempt.code) == (Outcome.FAILED, FailureClass.NETWORK, "refused.unasked")
    assert attempt.mrec == "CX013"
    assert attempt.chain


def test_a_fault_before_the_charge_fails_the_start_with_the_code_of_the_list() -> None:
    station = plugged(5.0)
    station.feed(FaultObserved(id="contactor.welded", present=True, evidence=()))
    station.feed(TokenPresented(CARD))
    station.advance(60)

    attempt = station.leaves()

    assert (attempt.start, attempt.failure) == (Outcome.FAILED, FailureClass.CHARGER_HARDWARE)
    assert (attempt.code, attempt.mrec) == ("contactor.welded", "CX017")


def test_a_fault_in_a_charge_fails_its_end_though_the_driver_unplugs_later() -> None:
    station = charging()
    station.feed(FaultObserved(id="rcd.dc_trip", present=True, evidence=()))
    station.advance(60)

    attempt = station.leaves()

    assert (attempt.start, attempt.end, attempt.code) == (Outcome.SUCCESS, Outcome.FAILED, "rcd.dc_trip")
    assert attempt.failure is FailureClass.UNKNOWN


def test_a_fault_that_passes_before_the_driver_ends_it_was_no_failure() -> None:
    station = charging()
    station.feed(FaultObserved(id="mains.undervoltage", present=True, evidence=()))
    station.advance(20)
    station.feed(FaultObserved(id="mains.undervoltage", present=False, evidence=()))
    station.advance(300)
    assert station.session.permitted

    attempt = station.leaves()

    assert (attempt.end, attempt.failure) == (Outcome.SUCCESS, FailureClass.NONE)
    assert attempt.chain == ("mains.undervoltage: any phase < 195 V for 10 s, or < 180 V for 0.5 s",)


@pytest.mark.parametrize(
    ("reason", "end", "failure"),
    [
        (StopReason.REMOTE, Outcome.SUCCESS, FailureClass.NONE),
        (StopReason.DEAUTHORIZED, Outcome.FAILED, FailureClass.AUTHORIZATION),
        (StopReason.SOFT_RESET, Outcome.FAILED, FailureClass.CSMS),
        (StopReason.POWER_LOSS, Outcome.FAILED, FailureClass.GRID),
    ],
)
def test_the_end_is_judged_by_who_wanted_it(reason: StopReason, end: Outcome, failure: FailureClass) -> None:
    station = charging()
    station.feed(StopRequested(reason=reason))
    station.advance(20)

    attempt = station.leaves()

    assert (attempt.end, attempt.failure, attempt.stop_reason) == (end, failure, reason.value)


def test_a_car_that_never_asks_for_power_fails_the_start_as_the_vehicle() -> None:
    station = plugged(5.0)
    station.feed(TokenPresented(CARD))
    station.advance(300)

    attempt = station.leaves()

    assert (attempt.start, attempt.failure, attempt.code) == (Outcome.FAILED, FailureClass.VEHICLE, "ev.no_request")


@pytest.mark.parametrize(
    ("stays_s", "offered_a", "closed", "failure", "code"),
    [
        (40.0, 32.0, False, FailureClass.UNKNOWN, "contactor.stayed_open"),
        (9.9, 32.0, False, FailureClass.UNKNOWN, "no_energy"),
        (40.0, 0.0, False, FailureClass.UNKNOWN, "no_energy"),
        (40.0, 32.0, True, FailureClass.UNKNOWN, "no_energy"),
    ],
)
def test_a_contactor_that_stays_open_before_a_car_that_asks_is_named(
    stays_s: float, offered_a: float, closed: bool, failure: FailureClass, code: str
) -> None:
    at = Instant(0.0, 1_800_000_000_000, "b")
    asks = at.plus(8.0)
    marks = [(Mark.PLUGGED, at), (Mark.AUTHORIZED, at.plus(7.0)), (Mark.STARTED, at.plus(7.0)), (Mark.REQUESTED, asks)]
    marks += [(Mark.CLOSED, asks)] if closed else []
    marks.append((Mark.UNPLUGGED, asks.plus(stays_s)))

    attempt = judged(Attempt(port=1, marks=tuple(marks), offered_a=offered_a), Following())

    assert (attempt.start, attempt.failure, attempt.code) == (Outcome.FAILED, failure, code)


def test_a_limit_of_nothing_names_whose_it_was() -> None:
    station = plugged(5.0)
    station.feed(TokenPresented(CARD))
    station.advance(1)
    station.limited(0.0)
    station.pilot_is(PilotState.C)
    station.advance(300)

    attempt = station.leaves()

    assert (attempt.start, attempt.failure, attempt.code) == (Outcome.FAILED, FailureClass.CSMS, "limit.network")


def test_a_charge_that_a_power_cut_ended_fails_as_the_grids() -> None:
    station = charging()
    assert station.following.attempt is not None

    attempt = judged(station.following.attempt, Following(), gap=("power_cut", CauseClass.GRID))

    assert (attempt.start, attempt.end, attempt.failure) == (Outcome.SUCCESS, Outcome.FAILED, FailureClass.GRID)


def test_a_test_while_it_is_commissioned_counts_in_no_rate() -> None:
    station = charging()
    assert station.following.attempt is not None

    attempt = judged(station.following.attempt, Following(), is_test=True)

    assert (attempt.start, attempt.excluded) == (Outcome.EXCLUDED, "a test while it was commissioned")


# Figures over many.

AT = Instant(0.0, 1_800_000_000_000, "b")


def attempts() -> st.SearchStrategy[Attempt]:
    def made(number: int, visit: int, start: Outcome, end: Outcome, energy_s: float) -> Attempt:
        ends = (Mark.UNPLUGGED, AT.plus(9.0))
        marks: tuple[tuple[Mark, Instant], ...] = ((Mark.PLUGGED, AT), (Mark.AUTHORIZED, AT.plus(2.0)), ends)
        if start is Outcome.SUCCESS:
            marks = (*marks, (Mark.ENERGY, AT.plus(2.0 + energy_s)))
        return Attempt(
            port=1,
            number=number,
            visit=visit,
            marks=marks,
            start=start,
            end=end if start is Outcome.SUCCESS else Outcome.NONE,
            excluded="why" if start is Outcome.EXCLUDED else "",
            failure=FailureClass.UNKNOWN if start is Outcome.FAILED else FailureClass.NONE,
        )

    starts = st.sampled_from([Outcome.SUCCESS, Outcome.FAILED, Outcome.EXCLUDED])
    ends = st.sampled_from([Outcome.SUCCESS, Outcome.FAILED])
    return st.builds(made, st.integers(1, 99), st.integers(1, 20), starts, ends, st.floats(0.1, 90.0))


@given(st.lists(attempts(), max_size=30, unique_by=lambda one: one.number))
@settings(max_examples=60)
def test_rates_count_each_attempt_once_or_say_why_not(all_of: list[Attempt]) -> None:
    figures = figures_of(all_of)

    excluded = sum(one.start is Outcome.EXCLUDED for one in all_of)
    assert figures.start.count + sum(figures.start.left_out.values()) == len(all_of)
    assert figures.start.count == len(all_of) - excluded
    assert figures.end.count == figures.start.good
    assert figures.session.good == figures.end.good <= figures.start.good
    assert sum(figures.failures.values()) == figures.session.count - figures.session.good
    visits = {one.visit for one in all_of}
    assert figures.first_time.count + sum(figures.first_time.left_out.values()) == len(visits)
    if figures.start_median_s is not None:
        assert figures.start_p95_s is not None
        assert figures.start_median_s <= figures.start_p95_s


def test_the_first_attempt_that_counts_decides_about_a_visit() -> None:
    bad = Attempt(port=1, number=1, visit=1, marks=((Mark.PLUGGED, AT), (Mark.UNPLUGGED, AT)), start=Outcome.FAILED)
    good = replace(bad, number=2, start=Outcome.SUCCESS, end=Outcome.SUCCESS)
    alone = replace(good, number=3, visit=3)

    assert figures_of([good, bad, alone]).first_time.share == 0.5


@given(attempts(), st.text("abc: \n", max_size=9))
@settings(max_examples=40)
def test_an_attempt_survives_its_row(attempt: Attempt, words: str) -> None:
    full = replace(attempt, chain=(words, "x"), method=words, energy_wh=7, offered_a=6.0, refusals=2)
    marks = tuple((mark, replace(at, monotonic_s=round(at.monotonic_s, 3))) for mark, at in full.marks)

    assert decoded(encoded(full), port=1, number=full.number) == replace(full, marks=marks)


@pytest.mark.parametrize(
    ("over", "stays", "is_named"),
    [
        (Attempt(port=1, start=Outcome.FAILED, failure=FailureClass.CHARGER_HARDWARE, code="contactor.no_close"), 0, 1),
        (Attempt(port=1, start=Outcome.FAILED, failure=FailureClass.VEHICLE, code="cp.diode"), 1, 0),
        (Attempt(port=1, start=Outcome.FAILED, failure=FailureClass.CHARGER_HARDWARE, code="limit.supply"), 1, 0),
        (Attempt(port=1, start=Outcome.EXCLUDED), 1, 0),
        (Attempt(port=1, start=Outcome.SUCCESS, end=Outcome.FAILED, code="rcd.ac_trip"), 0, 0),
    ],
)
def test_a_start_that_failed_for_a_fault_of_the_charger_is_held_until_one_succeeds(
    over: Attempt, stays: bool, is_named: bool
) -> None:
    before = Attempt(port=1, code="output.live")

    assert failed_start(before, over) is (over if is_named else before if stays else None)
    assert failed_start(None, over) is (over if is_named else None)
