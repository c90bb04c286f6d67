"""Failures found from afar: a few of them here, all of them by `make cases`."""

from __future__ import annotations

from functools import cache

import pytest

from firmware_sim.breakage import WAYS
from tools.cases.drawn import LEFT_OUT, PLAYED_APART, TROUBLES, drawn, healthy
from tools.cases.model import Case
from tools.cases.play import Heard, play
from tools.cases.scripted import SCRIPTED
from tools.explain_cases.of_ways import OF_WAYS, ways_of

QUICK = ("emergency_stop", "unknown_card", "wrong_password")


def named(name: str) -> Case:
    return next(case for case in SCRIPTED if case.name == name)


@cache
def heard_of(name: str) -> Heard:
    """Played once for all."""
    return play(named(name))


@pytest.mark.parametrize("name", QUICK)
def test_the_cause_stands_first_in_what_support_sees_and_the_bundle_replays(name: str) -> None:
    heard = heard_of(name)

    assert heard.failed == ""
    assert heard.is_right, (heard.explain[:3], heard.show[:3])
    assert heard.replayed == ""


def test_of_a_charger_with_nothing_wrong_nothing_is_named() -> None:
    heard = play(healthy(1))

    assert heard.is_right, (heard.failed, heard.row, heard.explain, heard.show)
    assert set(heard.verdicts) == {"ok"}
    assert heard.replayed == ""


def test_a_cause_that_is_not_first_is_not_found() -> None:
    """The judge itself can say no."""
    heard = heard_of("emergency_stop")
    other = Case(name="other", story="", keys=("fault.pe.lost",))

    assert not any(other.accepts(one.key, one.says) for one in (*heard.explain[:1], *heard.show[:1]))


def test_the_same_seed_is_seen_in_the_same_words() -> None:
    """Each wait of `evse-support` is one of the world, so that neither a slow machine nor chance shows on a screen."""
    assert play(named("emergency_stop")) == heard_of("emergency_stop")


def test_a_charger_that_doubts_its_clock_is_asked_all_the_same() -> None:
    heard = heard_of("wrong_clock")

    assert heard.is_right, (heard.failed, heard.explain[:3], heard.show[:3])
    assert "clock.wrong" in [one.key for one in heard.explain]


def test_what_one_way_to_the_central_system_suffers_from_is_not_taken_for_another() -> None:
    """The words of each: what was heard of one is none of the others."""
    offline = [case for case in SCRIPTED if "network.offline" in case.keys]
    heard = {name: heard_of(name) for name in ("half_open_tcp", "wrong_password")}

    for name, one in heard.items():
        says = " ".join(reason.says for reason in (*one.explain, *one.show) if reason.key == "network.offline")
        assert [case.name for case in offline if case.accepts("network.offline", says)] == [name]
    assert len({case.words for case in offline}) == len(offline)


def test_every_way_to_break_is_drawn_or_left_out_with_a_reason() -> None:
    ways = {trouble.way for trouble in TROUBLES}

    assert ways | set(LEFT_OUT) == set(WAYS)
    assert not ways & set(LEFT_OUT)


def test_what_is_left_out_for_being_played_apart_is_played_there() -> None:
    apart = {way for way, why in LEFT_OUT.items() if PLAYED_APART in why}

    assert apart
    assert apart <= set().union(*map(ways_of, OF_WAYS))


def test_a_hundred_seeds_hold_every_trouble() -> None:
    drawn_ways = {case.name.split()[1] for case in map(drawn, range(100))}

    assert drawn_ways == {trouble.way for trouble in TROUBLES}
    assert len({case.name for case in SCRIPTED}) == len(SCRIPTED) == 30
