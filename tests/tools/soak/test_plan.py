"""Turns of a soak: equal seeds draw equal ones, and trouble comes with room around it."""

from __future__ import annotations

from itertools import islice, repeat

from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.breakage import WAYS
from tools.csms.verbs import misbehaviour
from tools.soak.plan import ENDS_EARLY_SHARE, LASTING, POWER_CUT, RESTART, TROUBLE_EVERY, Place, Turn, turns


def drawn(seed: int, share: float, number: int = 60) -> list[Turn]:
    return list(islice(turns(seed, repeat(share)), number))


@given(st.integers(), st.floats(0, 1))
def test_equal_seeds_draw_equal_turns(seed: int, share: float) -> None:
    assert drawn(seed, share) == drawn(seed, share)


@given(st.integers())
def test_two_quiet_turns_lie_between_any_two_troubles(seed: int) -> None:
    troubled = [turn.number for turn in drawn(seed, 0.0) if turn.trouble is not None]

    assert troubled == list(range(TROUBLE_EVERY - 1, 60, TROUBLE_EVERY))


@given(st.integers())
def test_each_way_to_fail_comes_once_before_any_comes_again(seed: int) -> None:
    ways = {*LASTING, RESTART, POWER_CUT}
    troubles = [turn.trouble for turn in drawn(seed, 0.0, TROUBLE_EVERY * 2 * len(ways)) if turn.trouble is not None]

    assert set(troubles[: len(ways)]) == set(troubles[len(ways) :]) == ways


@given(st.integers(), st.floats(ENDS_EARLY_SHARE, 1, exclude_min=True))
def test_behind_the_first_part_no_program_ends(seed: int, share: float) -> None:
    places = {turn.trouble.place for turn in drawn(seed, share) if turn.trouble is not None}

    assert places == {Place.NETWORK, Place.WORLD}


def test_every_trouble_is_a_word_that_somebody_knows() -> None:
    known = {
        Place.NETWORK: {verb.name for verb in misbehaviour.VERBS},
        Place.WORLD: set(WAYS),
        Place.PROGRAM: {RESTART.word, POWER_CUT.word},
    }

    assert [str(one) for one in (*LASTING, RESTART, POWER_CUT) if one.word not in known[one.place]] == []
