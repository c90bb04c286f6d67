"""A restart of the program makes no second occurrence of a fault that stands, and loses none that is new."""

from __future__ import annotations

from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.faults.model import Fault, Witness
from agent.core.faults.register import RECALLED_WITHIN_S, FaultRegister
from agent.core.time import Instant

NOW = Instant(100.0, 1_700_000_000_000, "first")
START = Instant(9.0, 1_700_000_060_000, "second")
SILENT, WELDED = "meter.comm", "contactor.welded"


def seen(id: str, register: FaultRegister, now: Instant, witness: Witness = Witness.OWNER) -> FaultRegister:
    return register.observe(id, present=True, evidence=(), now=now, witness=witness)


def missed(id: str, register: FaultRegister, now: Instant, witness: Witness = Witness.OWNER) -> FaultRegister:
    return register.observe(id, present=False, evidence=(), now=now, witness=witness)


def restarted(register: FaultRegister, ended: Instant = NOW, start: Instant = START) -> FaultRegister:
    return FaultRegister.restored(register.latched(), start, register.standing(ended))


def the(id: str, register: FaultRegister) -> Fault:
    found = register.find(id)
    assert found is not None
    return found


@pytest.mark.parametrize("id", [SILENT, WELDED, "cp.short", "cp.adc"])
def test_what_stands_before_and_after_a_restart_is_one_occurrence_with_its_first_moment(id: str) -> None:
    register = seen(id, FaultRegister(), NOW)

    for restart in range(3):
        begun = START.plus(600.0 * restart)
        register = seen(id, restarted(register, begun, begun), begun.plus(30.0))

    assert (the(id, register).count, the(id, register).first_seen) == (1, NOW)


def test_what_is_only_remembered_is_no_fault_and_acts_on_nothing() -> None:
    register = restarted(seen(SILENT, FaultRegister(), NOW))

    assert (register.ids, register.reaction, register.wake_at) == ((), FaultRegister().reaction, None)


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

    again = restarted(register, START.plus(3.0), START.plus(8.0))

    assert the(SILENT, seen(SILENT, again, START.plus(9.0))).first_seen == NOW


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
            register = restarted(register, now, now.plus(0.5))
            is_there = is_there and happens is Happens.RESTARTS
        else:
            came += happens is Happens.COMES and not is_there
            is_there = happens is Happens.COMES
        register = looked()

    found = register.find(WELDED)
    assert (0 if found is None else found.count) == came
