"""A restart of the program makes no second occurrence of a fault that stands, and loses none that is new."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.faults.model import Fault, Witness
from agent.core.faults.register import RECALLED_WITHIN_S, FaultRegister
from agent.core.identity import ConnectorId
from agent.core.session.effects import Tell
from agent.core.session.events import FaultObserved, SessionEvent, Tick
from agent.core.session.model import SessionSettings, initial
from agent.core.session.step import step
from agent.core.time import Instant
from agent.ids import Ids

NOW = Instant(100.0, 1_700_000_000_000, "first")
START = Instant(9.0, 1_700_000_060_000, "second")
SILENT, WELDED = "meter.comm", "contactor.welded"


def seen(id: str, register: FaultRegister, now: Instant, witness: Witness = Witness.OWNER) -> FaultRegister:
    return register.observe(id, present=True, evidence=(), now=now, witness=witness)


def missed(id: str, register: FaultRegister, now: Instant, witness: Witness = Witness.OWNER) -> FaultRegister:
    return register.observe(id, present=False, evidence=(), now=now, witness=witness)


def restarted(register: FaultRegister, start: Instant = START) -> FaultRegister:
    return FaultRegister.restored(register.latched(), start, register.standing())


def the(id: str, register: FaultRegister) -> Fault:
    found = register.find(id)
    assert found is not None
    return found


@pytest.mark.parametrize("id", [SILENT, WELDED, "cp.short", "cp.adc"])
def test_what_stands_before_and_after_a_restart_is_one_occurrence_with_its_first_moment(id: str) -> None:
    register = seen(id, FaultRegister(), NOW)

    for restart in range(3):
        begun = START.plus(600.0 * restart)
        register = seen(id, restarted(register, begun), begun.plus(30.0))

    assert (the(id, register).count, the(id, register).first_seen) == (1, NOW)


def test_what_is_only_remembered_is_no_fault_and_acts_on_nothing() -> None:
    register = restarted(seen(SILENT, FaultRegister(), NOW))

    assert (register.ids, register.reaction) == ((), FaultRegister().reaction)
    assert register.wake_at == START.monotonic_s + RECALLED_WITHIN_S


def test_what_nobody_saw_since_the_start_is_over_at_that_moment_and_no_earlier() -> None:
    register = restarted(seen(SILENT, FaultRegister(), NOW))
    lapses = START.plus(RECALLED_WITHIN_S)

    assert register.tick(lapses.plus(-0.1)).not_over == (SILENT,)
    over = register.tick(lapses)
    assert (over.not_over, over.standing(), over.wake_at) == ((), (), None)


def test_a_held_fault_is_over_by_no_time() -> None:
    register = restarted(seen(SILENT, seen(WELDED, FaultRegister(), NOW), NOW)).tick(START.plus(RECALLED_WITHIN_S))

    assert (register.not_over, register.wake_at) == ((WELDED,), None)
    assert the(WELDED, seen(WELDED, register, START.plus(86_400.0))).count == 1


def test_a_held_fault_that_was_missed_after_the_restart_is_counted_when_it_returns() -> None:
    register = missed(WELDED, restarted(seen(WELDED, FaultRegister(), NOW)), START.plus(10.0))

    assert the(WELDED, seen(WELDED, register, START.plus(86_400.0))).count == 2


def test_what_comes_long_after_the_start_came_anew() -> None:
    late = START.plus(RECALLED_WITHIN_S + 0.1)
    register = seen(SILENT, restarted(seen(SILENT, FaultRegister(), NOW)), late)

    assert (the(SILENT, register).first_seen, the(SILENT, register).is_recalled) == (late, False)


def test_what_was_missed_since_the_start_came_anew() -> None:
    register = missed(SILENT, restarted(seen(SILENT, FaultRegister(), NOW)), START.plus(1.0))

    assert the(SILENT, seen(SILENT, register, START.plus(2.0))).first_seen == START.plus(2.0)


def test_what_two_saw_is_recalled_while_one_of_them_has_not_missed_it() -> None:
    before = seen("enclosure.open", seen("enclosure.open", FaultRegister(), NOW), NOW, Witness.INPUT)
    register = missed("enclosure.open", restarted(before), START, Witness.INPUT)

    assert the("enclosure.open", seen("enclosure.open", register, START)).first_seen == NOW


def test_a_held_fault_that_was_gone_before_the_restart_is_counted_when_it_returns() -> None:
    gone = missed(WELDED, seen(WELDED, FaultRegister(), NOW), NOW)

    register = seen(WELDED, restarted(gone), START.plus(5.0))

    assert the(WELDED, register).count == 2


def test_a_held_fault_is_the_same_one_however_late_somebody_looks() -> None:
    register = restarted(seen(WELDED, FaultRegister(), NOW))

    register = seen(WELDED, register, START.plus(86_400.0))

    assert the(WELDED, register).count == 1


def test_a_held_fault_that_a_person_cleared_comes_anew() -> None:
    register = restarted(seen(WELDED, FaultRegister(), NOW)).service_clear(WELDED)

    assert the(WELDED, seen(WELDED, register, START.plus(5.0))).first_seen == START.plus(5.0)


def test_a_restart_right_after_the_start_forgets_nothing() -> None:
    register = restarted(seen(SILENT, FaultRegister(), NOW))

    again = restarted(register, START.plus(8.0))

    assert the(SILENT, seen(SILENT, again, START.plus(9.0))).first_seen == NOW


def turned(register: FaultRegister, *now_and_then: tuple[Instant, SessionEvent]) -> list[tuple[str, str]]:
    """What a session tells of its faults while this happens to it."""
    session, keys, told = replace(initial(ConnectorId(1), SessionSettings(), START), faults=register), Ids(), []
    for now, event in now_and_then:
        decided = step(session, event, now, keys)
        session = decided.session
        told += [(one.name, str(dict(one.fields)["id"])) for one in decided.effects if isinstance(one, Tell)]
    return told


def comes(id: str, *, present: bool = True) -> FaultObserved:
    return FaultObserved(id=id, present=present)


def test_what_ended_over_a_restart_is_told_once_somebody_misses_it_and_once_only() -> None:
    register = restarted(seen("cp.short", FaultRegister(), NOW))
    after = START.plus(RECALLED_WITHIN_S)

    told = turned(register, (START, Tick()), (START.plus(10.0), comes("cp.short", present=False)), (after, Tick()))

    assert told == [("fault.cleared", "cp.short")]


def test_what_nobody_looked_at_is_told_as_over_once_its_time_is() -> None:
    register = restarted(seen("cp.short", FaultRegister(), NOW))
    after = START.plus(RECALLED_WITHIN_S)

    assert turned(register, (after.plus(-0.1), Tick()), (after, Tick()), (after.plus(9.0), Tick())) == [
        ("fault.cleared", "cp.short")
    ]
    assert turned(register, (after.plus(-0.1), Tick())) == []


def test_what_comes_as_its_time_is_over_is_told_as_over_and_then_as_new() -> None:
    register = restarted(seen("cp.short", FaultRegister(), NOW))

    told = turned(register, (START.plus(RECALLED_WITHIN_S + 0.1), comes("cp.short")))

    assert told == [("fault.cleared", "cp.short"), ("fault.raised", "cp.short")]


def test_what_still_stands_is_told_neither_as_over_nor_as_new_until_it_ends() -> None:
    register = restarted(seen(SILENT, FaultRegister(), NOW))
    later = START.plus(RECALLED_WITHIN_S)
    ends, over = comes(SILENT, present=False), later.plus(60.0)

    assert turned(register, (START.plus(30.0), comes(SILENT)), (later, Tick())) == []
    assert turned(register, (START.plus(30.0), comes(SILENT)), (later, ends), (over, Tick())) == [
        ("fault.cleared", SILENT)
    ]


def test_a_held_fault_is_told_as_over_by_nothing_but_its_release() -> None:
    register = restarted(seen(WELDED, FaultRegister(), NOW))
    later = START.plus(RECALLED_WITHIN_S)

    assert turned(register, (START, comes(WELDED, present=False)), (later, Tick())) == []


class Happens(Enum):
    COMES = "comes"
    GOES = "goes"
    RESTARTS = "restarts"
    GOES_WHILE_AWAY = "goes while away"


@given(st.lists(st.sampled_from(list(Happens))))
def test_the_count_of_a_held_fault_is_how_often_it_came_whatever_restarts_lie_between(course: list[Happens]) -> None:
    register, is_there, came, now = FaultRegister(), False, 0, NOW

    def looked() -> FaultRegister:
        return seen(WELDED, register, now) if is_there else missed(WELDED, register, now)

    for happens in course:
        now = now.plus(1.0)
        if happens in (Happens.RESTARTS, Happens.GOES_WHILE_AWAY):
            register = restarted(register, now.plus(0.5))
            is_there = is_there and happens is Happens.RESTARTS
        else:
            came += happens is Happens.COMES and not is_there
            is_there = happens is Happens.COMES
        register = looked()

    found = register.find(WELDED)
    assert (0 if found is None else found.count) == came
