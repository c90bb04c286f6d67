"""A month has what it promises, whatever its seed; a day of it is the same alone."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from firmware_sim.scenario import Actor
from tools.month import piece
from tools.month.plan import CONNECTORS, DAY_S, DAYS, POWER_CUTS, VISITS_A_DAY, Failure, Month, Outage, draw
from tools.month.visits import FAULTS, KINDS, Habits, draw_visit

SEEDS = range(5)


@pytest.fixture(scope="module", params=SEEDS)
def month(request: pytest.FixtureRequest) -> Month:
    return draw(request.param)


def test_thirty_days_of_twenty_visits_on_two_connectors_and_three_power_cuts(month: Month) -> None:
    assert len(month.visits) == DAYS * VISITS_A_DAY
    assert {visit.connector for visit in month.visits} == set(CONNECTORS)
    assert len(month.cuts) == POWER_CUTS
    assert {cut.when if cut.commits else "now" for cut in month.cuts} == {"before", "after", "now"}
    for cut in month.cuts:
        assert any(visit.arrives_s < cut.at_s < visit.leaves_s and visit.is_cut for visit in month.visits)


def test_the_link_fails_every_day_and_in_every_way(month: Month) -> None:
    assert {int(at_s // DAY_S) for one in month.outages for at_s in (one.from_s, one.to_s)} >= set(range(1, DAYS))
    assert {one.failure for one in month.outages} == set(Failure)


def test_no_failure_is_mended_by_the_end_of_another(month: Month) -> None:
    assert all(before.to_s < later.from_s for before, later in pairwise(month.outages))


def test_every_kind_of_visit_and_of_fault_is_in_it(month: Month) -> None:
    kinds = {visit.kind for visit in month.visits}

    assert kinds >= {"card", "unplugged", "remote", "limited", "full", "paused", "unknown card", "no card", "overnight"}
    assert kinds & {f"fault {name}" for name in FAULTS}
    assert "power cut" in kinds


def test_charges_begin_without_a_link_and_end_with_one_and_the_other_way_round(month: Month) -> None:
    def is_down(at_s: float) -> bool:
        return any(one.from_s <= at_s <= one.to_s for one in month.outages if one.failure is not Failure.SLOW)

    ends = [(is_down(visit.arrives_s), is_down(visit.leaves_s)) for visit in month.visits if visit.bills == (1,)]

    assert {(True, False), (False, True)} <= set(ends)


def test_cars_come_in_the_same_minute_and_stay_over_midnight(month: Month) -> None:
    minutes = [visit.arrives_s // 60 for visit in month.visits]

    assert len(set(minutes)) < len(minutes)
    assert sum(visit.arrives_s // DAY_S != visit.leaves_s // DAY_S for visit in month.visits) > DAYS // 2


def test_two_visits_of_a_connector_are_five_minutes_apart(month: Month) -> None:
    for connector in CONNECTORS:
        visits = [visit for visit in month.visits if visit.connector == connector]

        assert all(later.arrives_s - before.leaves_s >= 270 for before, later in pairwise(visits))


def test_cards_are_never_shown_within_seconds_of_a_car_that_comes_elsewhere(month: Month) -> None:
    arrivals = [visit.arrives_s % 60 for visit in month.visits]
    shown = [visit.arrives_s % 60 + 8 for visit in month.visits]

    assert {(a <= s < a + 10) or abs(a - s) >= 15 for a in arrivals for s in shown} == {True}


def test_a_day_alone_has_the_visits_of_its_month_where_no_outage_hangs_over() -> None:
    alone = draw(1, first=12, days=1)
    within = [visit for visit in draw(1).visits if visit.arrives_s // DAY_S == 12]

    assert [(one.kind, one.arrives_s, one.leaves_s) for one in alone.visits] == [
        (one.kind, one.arrives_s, one.leaves_s) for one in within
    ]


def test_equal_seeds_draw_equal_months_and_others_differ() -> None:
    assert draw(3, days=2) == draw(3, days=2) != draw(4, days=2)


@pytest.mark.parametrize("seed", range(14))
def test_a_card_is_good_without_the_network_only_when_it_was_shown_before(seed: int) -> None:
    outage = Outage(0.0, 100_000.0, Failure.GONE)

    visit = draw_visit(random.Random(seed), Habits(1), (1_000.0, 6_000.0, "day"), [outage], [])

    assert visit.token in (*Habits(1).listed, Habits(1).unknown, "")
    assert all(action.verb not in ("remote_start", "remote_stop") for action in visit.actions)


@pytest.mark.parametrize("seed", range(14))
def test_the_piece_for_every_day_has_a_failure_a_power_cut_and_visits_in_the_night_of_the_clock_change(
    seed: int,
) -> None:
    month = piece.draw(seed)

    assert month.first_s < 14 * DAY_S + 7_200 < month.last_s < month.first_s + 7_200
    assert (len(month.outages), len(month.cuts), len(month.visits)) == (2 - seed % 2, 1, 12)
    assert all(month.first_s < action.at_s <= month.last_s for action in month.actions)
    assert {action.actor for action in month.actions} == {Actor.WORLD, Actor.NETWORK}


def test_all_kinds_can_be_drawn() -> None:
    assert len({kind.__name__ for kind in KINDS}) == len(KINDS) == 9
