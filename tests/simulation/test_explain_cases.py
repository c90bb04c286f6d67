"""`explain` names what is broken, and what it says would start the charge does: played in the world, reason by reason.

A play a case. More of them in the long run; all, and on other boards: `make explain-cases`.
"""

from __future__ import annotations

import pytest

from agent.core.explain.change import Kind
from agent.core.explain.links import DOMAINS, OTHERWISE, REASONS, Link
from agent.core.faults.catalogue import CATALOGUE
from firmware_sim.breakage import WAYS
from firmware_sim.injections import INJECTIONS
from tests.searching import at_length
from tools.explain_cases.acts import MAKES
from tools.explain_cases.case import Case
from tools.explain_cases.cases import CASES
from tools.explain_cases.of_board import LEFT_OUT, OF_BOARD, OF_BOARD_ELSEWHEN
from tools.explain_cases.of_neighbours import OF_NEIGHBOURS
from tools.explain_cases.of_silence import OF_SILENCE
from tools.explain_cases.of_ways import OF_WAYS, WAYS_LEFT_OUT, ways_of
from tools.explain_cases.play import play, worded

EACH_OF_BOARD = at_length(20, 10)
"""Of the faults of the pilot board every so manieth is played here: for the host they hardly differ."""
EACH_OF_SILENCE = at_length(6, 3)
"""The same of the silences without a car."""
EACH_OF_NEIGHBOURS = at_length(4, 2)
EACH_OF_WAYS = at_length(16, 8)
SELDOM = (*OF_BOARD, *OF_BOARD_ELSEWHEN, *OF_SILENCE, *OF_NEIGHBOURS, *OF_WAYS)
PLAYED = [case for case in CASES if case not in SELDOM] + list(OF_SILENCE[::EACH_OF_SILENCE])
PLAYED += [*OF_NEIGHBOURS[::EACH_OF_NEIGHBOURS], *OF_WAYS[::EACH_OF_WAYS]]
PLAYED += [*OF_BOARD[::EACH_OF_BOARD], *OF_BOARD_ELSEWHEN[::EACH_OF_BOARD]]
NOT_MADE = {Kind.PROGRAM, Kind.LOAN, Kind.LIMITS_TOLD, Kind.NONE_KNOWN, Kind.FIRMWARE}
"""They are waited for, or are none; the core's own tests have them (tests/core/explain), and new firmware a story
(test_firmware_stories.py)."""
PLAYED_ELSEWHERE = {
    *("board.starting", "ending", "lent", "limit.none", "limit.unasked", "after_restart", "unrecorded", "stopping"),
    *("pilot.unclear", "contactor.open", "free_vending", "starting", "cable_left", "cable_held"),
    *("out_of_service.scheduled", "car.takes_little", "network.other_address", "notice"),
    *("clock.wrong", "start.failed"),
    *("transaction", "network.none", "firmware.waits"),
}
"""Reasons of a moment that no play can be stopped at, or notes beside others; tests/core/explain has them all."""


@pytest.mark.parametrize("case", PLAYED, ids=lambda case: case.name)
def test_it_is_named_and_what_would_start_the_charge_starts_it(case: Case) -> None:
    heard = play(case)

    assert heard.wrong == "", worded(case.before)


def test_every_injection_of_the_board_is_a_case_or_left_out_with_a_reason() -> None:
    assert {case.name for case in OF_BOARD} | set(LEFT_OUT) == set(INJECTIONS)
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_way_to_break_is_played_or_left_out_with_a_reason() -> None:
    played = {way for case in CASES for way in ways_of(case)}

    assert played | set(WAYS_LEFT_OUT) == set(WAYS)
    assert not played & set(WAYS_LEFT_OUT)


def test_every_change_that_can_be_named_has_an_act_in_the_world() -> None:
    assert {kind.value for kind in Kind} == set(MAKES) | {kind.value for kind in NOT_MADE}


def test_every_reason_is_played_or_said_to_be_tested_elsewhere() -> None:
    played = {case.names for case in CASES if not case.names.startswith(("fault.", "limit."))}

    assert set(REASONS) == played | PLAYED_ELSEWHERE


def test_every_fault_of_the_catalogue_belongs_to_a_link() -> None:
    domains = {id.partition(".")[0] for id in CATALOGUE}

    assert set(DOMAINS) == domains
    assert set(OTHERWISE) <= set(CATALOGUE)
    assert {link for link, _ in (*DOMAINS.values(), *OTHERWISE.values())} | {Link.LIMIT} == set(Link)
