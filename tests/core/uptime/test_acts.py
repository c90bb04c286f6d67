"""Visits out of what was done at the charger."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.core.time import Instant
from agent.core.uptime.acts import AT_THE_CHARGER, SAME_VISIT_MS, Act, visits_of

MINUTES = st.lists(st.tuples(st.integers(0, 500), st.sampled_from([AT_THE_CHARGER, "mqtt", "ocpp"])), max_size=15)


def acts(moments: list[tuple[int, str]]) -> list[Act]:
    return [
        Act(number=number, at=Instant(60.0 * minute, None, "boot"), verb=f"v{number}", via=via)
        for number, (minute, via) in enumerate(sorted(moments))
    ]


@given(MINUTES)
def test_every_act_at_the_charger_is_of_one_visit_and_an_hour_parts_two(moments: list[tuple[int, str]]) -> None:
    there = [one for one in acts(moments) if one.via == AT_THE_CHARGER]

    visits = visits_of(acts(moments))

    assert sum(one.acts for one in visits) == len(there)
    assert [verb for one in visits for verb in one.verbs] == [one.verb for one in there]
    assert all(later.began.since(one.ended) * 1000 >= SAME_VISIT_MS for one, later in pairwise(visits))


def test_a_restart_within_a_visit_is_spanned_by_a_clock_that_was_known_and_by_nothing_else() -> None:
    def at(boot: str, utc_ms: int | None) -> Act:
        return Act(number=0, at=Instant(5.0, utc_ms, boot), verb="x", role="service", case="C-1")

    known = visits_of([at("one", 1_800_000_000_000), at("two", 1_800_000_060_000)])

    assert [(one.acts, one.roles, one.cases) for one in known] == [(2, ("service",), ("C-1",))]
    assert len(visits_of([at("one", None), at("two", None)])) == 2
