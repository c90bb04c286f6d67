"""How often the lock moves and something restarts: by one count, however many runs of the program it goes through."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.control.registry import load, verb_names
from agent.core.orders.effects import Effect
from agent.core.orders.pace import MOVES, RESTART, Moves, by_this_boot_s
from agent.core.time import Instant

VERBS = {"restart service": Effect.OPENS, "restart forced": Effect.OPENS, "unlock": Effect.MOVES_LOCK}
NOW = Instant(50.0, 1_700_000_000_000, "second")


@given(st.lists(st.tuples(st.sampled_from(sorted(VERBS)), st.floats(0, 40), st.booleans()), max_size=120))
def test_no_restart_of_the_program_lets_more_through(course: Sequence[tuple[str, float, bool]]) -> None:
    """The third of each: the program starts anew before it."""
    moves, now_s, done = Moves(), 0.0, list[tuple[str, float]]()
    for verb, wait_s, starts_anew in course:
        now_s += wait_s
        if starts_anew:
            moves = Moves(done[-30:])
        if not moves.too_often(verb, VERBS[verb], now_s):
            done.append((verb, now_s))

    restarts = [at_s for verb, at_s in done if verb != "unlock"]
    unlocked = [at_s for verb, at_s in done if verb == "unlock"]
    assert all(later - sooner >= 60.0 - 1e-6 for sooner, later in pairwise(restarts))
    for place, first_s in enumerate(unlocked):
        for count, last_s in enumerate(unlocked[place:], 1):
            assert count <= 6 + 0.1 * (last_s - first_s) + 1e-6


@pytest.mark.parametrize(
    ("at", "expected_s"),
    [
        (Instant(20.0, None, "second"), 20.0),
        (Instant(900.0, NOW.utc_ms - 80_000 if NOW.utc_ms else 0, "first"), -30.0),
        (Instant(900.0, None, "first"), 0.0),
        # A clock that was set back: it lies before this boot all the same.
        (Instant(900.0, NOW.utc_ms + 80_000 if NOW.utc_ms else 0, "first"), 0.0),
    ],
)
def test_what_was_done_in_another_boot_lies_before_this_one(at: Instant, expected_s: float) -> None:
    assert by_this_boot_s(at, NOW) == expected_s


def test_after_a_boot_without_a_clock_a_restart_waits_until_it_is_a_minute_old() -> None:
    moves = Moves([("restart system", by_this_boot_s(Instant(900.0, None, "first"), Instant(50.0, None, "second")))])

    assert "once a minute" in moves.too_often("restart system", Effect.OPENS, 59.0)
    assert moves.too_often("restart system", Effect.OPENS, 60.5) == ""


def test_every_verb_that_is_counted_is_looked_for_on_record() -> None:
    counted = {
        name
        for name in verb_names()
        if name == RESTART or any(action.remote is Effect.MOVES_LOCK for action in load(name).actions)
    }

    assert counted == set(MOVES)
