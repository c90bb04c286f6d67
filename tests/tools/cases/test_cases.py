"""Failures found from afar: a few of them here, all of them by `make cases`."""

from __future__ import annotations

import pytest

from firmware_sim.breakage import WAYS
from tools.cases.drawn import LEFT_OUT, TROUBLES, drawn, healthy
from tools.cases.model import Case
from tools.cases.play import play
from tools.cases.scripted import SCRIPTED

QUICK = ("emergency_stop", "unknown_card", "wrong_password")


def named(name: str) -> Case:
    return next(case for case in SCRIPTED if case.name == name)


@pytest.mark.parametrize("name", QUICK)
def test_the_cause_stands_first_in_what_support_sees_and_the_bundle_replays(name: str) -> None:
    heard = play(named(name))

    assert heard.failed == ""
    assert heard.is_right, (heard.explain[:3], heard.show[:3])
    assert heard.replayed == ""


def test_of_a_charger_with_nothing_wrong_nothing_is_named() -> None:
    heard = play(healthy(1))

    assert heard.is_right, (heard.failed, heard.explain, heard.show)
    assert set(heard.verdicts) == {"ok"}
    assert heard.replayed == ""


def test_a_cause_that_is_not_first_is_not_found() -> None:
    """The judge itself can say no."""
    heard = play(named("emergency_stop"))
    other = Case(name="other", story="", keys=("fault.pe.lost",))

    assert not any(other.accepts(one.key, one.says) for one in (*heard.explain[:1], *heard.show[:1]))


def test_what_one_way_to_the_central_system_suffers_from_is_not_taken_for_another() -> None:
    """The words of each: what was heard of one is none of the others."""
    offline = [case for case in SCRIPTED if "network.offline" in case.keys]
    heard = {name: play(named(name)) for name in ("half_open_tcp", "wrong_password")}

    for name, one in heard.items():
        says = " ".join(reason.says for reason in (*one.explain, *one.show) if reason.key == "network.offline")
        assert [case.name for case in offline if case.accepts("network.offline", says)] == [name]
    assert len({case.words for case in offline}) == len(offline)


def test_every_way_to_break_is_drawn_or_left_out_with_a_reason() -> None:
    ways = {trouble.way for trouble in TROUBLES}

    assert ways | set(LEFT_OUT) == set(WAYS)
    assert not ways & set(LEFT_OUT)


def test_a_hundred_seeds_hold_every_trouble() -> None:
    drawn_ways = {case.name.split()[1] for case in map(drawn, range(100))}

    assert drawn_ways == {trouble.way for trouble in TROUBLES}
    assert len({case.name for case in SCRIPTED}) == len(SCRIPTED) == 30
