"""Each way to refuse an order, with its sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.orders.effects import LEAST_ROLE, UNNAMED, Effect, KeyRole
from agent.core.orders.envelope import Order, moment
from agent.core.orders.judging import NONCE_GOOD_S, Key, Refusal, Standing, Wanted, judge, known_key, not_allowed
from agent.core.orders.pace import OF_ALL, OF_LOCK
from agent.core.rate import Rate

NOW_MS = 1_800_000_000_000
KEY = Key(id="ada", public_key=bytes(32), role=KeyRole.OPERATOR)
ORDER = Order(
    id="0" * 32, device="QE-1", verb="unlock", issued=moment(NOW_MS), expires=moment(NOW_MS + 300_000), key_id="ada"
)
STANDING = Standing(now_ms=NOW_MS, nonce="n1", floor_ms=0, is_seen=False)


HOURS_6_MS = 6 * 3_600_000
"""Longer than any order is good for."""


def at(offset_ms: int) -> Standing:
    return replace(STANDING, now_ms=NOW_MS + offset_ms)


def between(ours_ms: int, others_ms: int, **changes: Any) -> Standing:
    """Two clocks that contradict each other, as offsets from NOW_MS."""
    return replace(at(ours_ms), others_ms=NOW_MS + others_ms, **changes)


def key_of(refusal: object) -> str:
    return refusal.key if isinstance(refusal, Refusal) else ""


def test_a_right_order_in_time_is_done() -> None:
    assert judge(ORDER, KEY, STANDING) is None
    assert known_key(ORDER, "QE-1", {"ada": KEY}) is KEY


@pytest.mark.parametrize(
    ("standing", "changes", "why"),
    [
        (at(300_000), {}, "expired"),
        (at(299_999), {}, ""),
        (at(-60_000), {}, ""),
        (at(-60_001), {}, "nonce"),
        (STANDING, {"expires": moment(NOW_MS + 300_001)}, "validity"),
        (STANDING, {"expires": moment(NOW_MS)}, "validity"),
        (STANDING, {"expires": moment(NOW_MS - 1)}, "validity"),
        (replace(STANDING, is_seen=True), {}, "seen"),
        (replace(STANDING, floor_ms=NOW_MS + 300_000), {}, "forgotten"),
        (replace(STANDING, floor_ms=NOW_MS + 299_999), {}, ""),
        (replace(STANDING, now_ms=None), {}, "nonce"),
        (replace(STANDING, now_ms=None), {"nonce": "n0"}, "nonce"),
        (replace(STANDING, now_ms=None), {"nonce": "n1"}, ""),
        (replace(STANDING, now_ms=None, nonce=""), {"nonce": ""}, "nonce"),
        (replace(STANDING, now_ms=None, is_seen=True), {"nonce": "n1"}, "seen"),
        (replace(STANDING, now_ms=None), {"nonce": "n1", "expires": moment(NOW_MS + 300_001)}, "validity"),
    ],
)
def test_an_order_is_done_in_its_time_and_once(standing: Standing, changes: dict[str, Any], why: str) -> None:
    refusal = judge(replace(ORDER, **changes), KEY, standing)

    assert key_of(refusal) == why
    assert refusal is None or len(refusal.text) > 40


@pytest.mark.parametrize(
    ("standing", "nonce", "why"),
    [
        (between(0, HOURS_6_MS), "n1", ""),
        (between(HOURS_6_MS, 0), "n1", ""),
        (between(0, HOURS_6_MS), "", "nonce"),
        (between(0, HOURS_6_MS), "n0", "nonce"),
        (between(HOURS_6_MS, HOURS_6_MS + 120_000), "n1", "expired"),
        (between(HOURS_6_MS, -HOURS_6_MS), "n1", "expired"),
        (between(-HOURS_6_MS, HOURS_6_MS), "n1", "not_yet"),
        (between(0, HOURS_6_MS, nonce_age_s=NONCE_GOOD_S), "n1", ""),
        (between(0, HOURS_6_MS, nonce_age_s=NONCE_GOOD_S + 1), "n1", "nonce"),
        (replace(STANDING, now_ms=None, nonce_age_s=NONCE_GOOD_S + 1), "n1", "nonce"),
        (replace(STANDING, nonce_age_s=NONCE_GOOD_S + 1), "n1", ""),
        (between(0, HOURS_6_MS, is_seen=True), "n1", "seen"),
    ],
)
def test_where_two_clocks_contradict_each_other_one_has_to_take_it_and_the_nonce_be_young(
    standing: Standing, nonce: str, why: str
) -> None:
    assert key_of(judge(replace(ORDER, nonce=nonce), KEY, standing)) == why


APART_MS = 300_000 + round(1000 * NONCE_GOOD_S)
"""From the issue of `ORDER` to the last moment at which a young nonce may go with it while both clocks are right."""


@pytest.mark.parametrize(
    ("standing", "nonce", "why"),
    [
        (at(APART_MS), "n1", "expired"),
        (at(APART_MS + 1), "n1", ""),
        (at(APART_MS + 1), "n0", "nonce"),
        (at(APART_MS + 1), "", "nonce"),
        (replace(at(APART_MS + 1), nonce_age_s=NONCE_GOOD_S + 1), "n1", "nonce"),
        (replace(at(APART_MS + 1), nonce="", nonce_age_s=0.0), "", "nonce"),
        (at(HOURS_6_MS), "n1", ""),
        (at(-60_001), "n1", ""),
        (at(-HOURS_6_MS), "n1", ""),
        (at(-HOURS_6_MS), "n0", "nonce"),
        (replace(at(HOURS_6_MS), is_seen=True), "n1", "seen"),
        (replace(at(HOURS_6_MS), is_seen=True), "n0", "seen"),
        (replace(at(-HOURS_6_MS), floor_ms=NOW_MS + 300_000), "n1", "forgotten"),
    ],
)
def test_an_order_that_a_young_nonce_proves_to_be_of_now_is_done_by_a_charger_whose_clock_is_wrong(
    standing: Standing, nonce: str, why: str
) -> None:
    assert key_of(judge(replace(ORDER, nonce=nonce), KEY, standing)) == why


@given(signed_s=st.floats(0, NONCE_GOOD_S), late_s=st.floats(0, 86_400), valid=st.integers(1, 300_000))
def test_while_both_clocks_are_right_nothing_is_done_after_it_expired(
    signed_s: float, late_s: float, valid: int
) -> None:
    """Signed `signed_s` after its nonce was drawn, and delivered `late_s` after that."""
    order = replace(ORDER, nonce="n1", expires=moment(NOW_MS + valid))
    standing = replace(at(round(1000 * late_s)), nonce_age_s=signed_s + late_s)

    assert (judge(order, KEY, standing) is None) == (round(1000 * late_s) < valid)


def test_an_ended_key_signs_nothing_by_a_nonce() -> None:
    ended = replace(KEY, not_after_ms=NOW_MS)

    assert key_of(judge(replace(ORDER, nonce="n1"), ended, at(HOURS_6_MS))) == "key_ended"


def test_a_key_that_ended_by_both_clocks_signs_nothing_and_the_clock_that_takes_the_key_has_to_take_the_order() -> None:
    ended = replace(KEY, not_after_ms=NOW_MS - HOURS_6_MS)
    order = replace(ORDER, nonce="n1")

    assert key_of(judge(order, ended, between(0, 120_000))) == "key_ended"
    assert key_of(judge(order, ended, between(120_000, 0))) == "key_ended"
    assert key_of(judge(order, ended, between(0, -2 * HOURS_6_MS))) == "key_ended"
    assert judge(order, replace(KEY, not_after_ms=NOW_MS), between(120_000, 0)) is None


def test_a_key_has_an_end() -> None:
    ended = replace(KEY, not_after_ms=NOW_MS - 1)

    assert key_of(judge(ORDER, ended, STANDING)) == "key_ended"
    assert judge(ORDER, replace(KEY, not_after_ms=NOW_MS), STANDING) is None


def test_an_order_for_another_charger_or_of_an_unknown_key_is_none() -> None:
    assert key_of(known_key(ORDER, "QE-2", {"ada": KEY})) == "device"
    assert key_of(known_key(ORDER, "", {"ada": KEY})) == "device"
    assert key_of(known_key(ORDER, "QE-1", {"bob": KEY})) == "key"


@given(
    st.sampled_from(Effect),
    st.sampled_from(KeyRole),
    st.sampled_from(KeyRole),
    st.sampled_from([None, frozenset({"unlock"}), frozenset({"version"})]),
    st.booleans(),
)
def test_a_verb_needs_the_site_and_the_higher_of_two_roles(
    effect: Effect, has: KeyRole, needs: KeyRole, allowed: frozenset[str] | None, changes: bool
) -> None:
    wanted = Wanted(effect=effect, role=needs, changes=changes)

    refusal = not_allowed(ORDER, replace(KEY, role=has), wanted, allowed)

    is_open = effect in UNNAMED and not changes if allowed is None else "unlock" in allowed
    may = is_open and has >= max(needs, LEAST_ROLE[effect])
    assert (refusal is None) == may


def test_only_reading_and_the_network_need_no_name_in_the_site_file() -> None:
    assert {Effect.READ, Effect.NET} == UNNAMED
    assert LEAST_ROLE[Effect.CLOSES_POSSIBLE] is KeyRole.SERVICE


@given(st.lists(st.floats(0, 20), max_size=200))
def test_no_more_comes_through_than_the_pace_allows(waits: list[float]) -> None:
    pace, now_s, passed = Rate(3, 2.0).bucket(), 0.0, []
    for wait_s in waits:
        now_s += wait_s
        if pace.take(now_s):
            passed.append(now_s)

    for place, first_s in enumerate(passed):
        for count, last_s in enumerate(passed[place:], 1):
            assert count <= 3 + 0.5 * (last_s - first_s) + 1e-6


def test_the_paces_are_those_of_the_network() -> None:
    assert sum(OF_ALL.bucket().take(5.0) for _ in range(1)) == 1
    pace, lock = OF_ALL.bucket(), OF_LOCK.bucket()

    assert sum(pace.take(5.0) for _ in range(100)) == 30
    assert sum(pace.take(6.0) for _ in range(100)) == 10
    assert sum(lock.take(5.0) for _ in range(100)) == 6
