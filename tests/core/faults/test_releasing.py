"""What may be cleared by hand: latched faults whose condition somebody saw to be gone, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Fault, Recovery, Witness
from agent.core.faults.register import FaultRegister
from agent.core.faults.releasing import Objection, objection
from agent.core.time import Instant

NOW = Instant(100.0, None, "boot")


def fault(id: str, *, present: bool) -> Fault:
    register = FaultRegister().observe(id, present=True, evidence=(), now=NOW)
    found = (register if present else register.observe(id, present=False, evidence=(), now=NOW)).find(id)
    assert found is not None
    return found


@given(id=st.sampled_from(sorted(CATALOGUE)), present=st.booleans(), board_speaks=st.booleans())
def test_only_a_latched_fault_that_was_seen_to_be_gone_is_cleared(id: str, present: bool, board_speaks: bool) -> None:
    kind = CATALOGUE[id]

    allowed = objection(fault(id, present=present), board_speaks=board_speaks) is None

    seen_gone = not present and (board_speaks or "mcu" not in kind.owner)
    assert allowed == (kind.recovery is Recovery.SERVICE and seen_gone)


@pytest.mark.parametrize(
    ("id", "present", "board_speaks", "why"),
    [
        ("cp.diode", False, True, Objection.CLEARS_OTHERWISE),
        ("contactor.welded", True, True, Objection.KEPT_BY_BOARD),
        ("storage.wear", True, True, Objection.STILL_PRESENT),
        ("contactor.welded", False, False, Objection.UNSEEN),
        ("storage.wear", False, False, None),
    ],
)
def test_each_objection_says_what_it_is(id: str, present: bool, board_speaks: bool, why: Objection | None) -> None:
    assert objection(fault(id, present=present), board_speaks=board_speaks) is why


def test_what_only_a_sensor_of_the_host_sees_is_not_said_to_be_kept_by_the_board() -> None:
    id, sensor = "temp.terminal_stop", Witness.TEMPERATURE_SENSOR
    by_host = FaultRegister().observe(id, present=True, evidence=(), now=NOW, witness=sensor)

    assert objection(by_host.faults[0], board_speaks=True) is Objection.STILL_PRESENT
    both = by_host.observe(id, present=True, evidence=(), now=NOW)
    assert objection(both.faults[0], board_speaks=True) is Objection.KEPT_BY_BOARD
