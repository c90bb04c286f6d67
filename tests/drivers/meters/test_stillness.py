"""A meter that tells one moment for ever, and one that has nothing to tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.quantities import MeterSample
from agent.core.time import Instant
from agent.drivers.meters.sample import Implausible
from agent.drivers.meters.stillness import FROZEN_AFTER_S, STEPS_AT_LEAST, Stillness, after, check_moves
from agent.drivers.modbus.block import Block

BLOCK = Block(4, 0, 2)
STEP_WH = 10.0


def resting(seconds: float, power_w: float | None, register_wh: int | None = 1000) -> None:
    """Judge a meter that has told the same for so long."""
    still = Stillness(heard={BLOCK: (1, 2)}, since=Instant(0.0))
    check_moves(still, MeterSample(at=Instant(seconds), register_wh=register_wh, power_w=power_w), STEP_WH)


@given(seconds=st.floats(0, 1e6), power_w=st.floats(-30_000, 30_000))
def test_rest_is_refused_exactly_where_energy_should_have_moved_the_register(seconds: float, power_w: float) -> None:
    is_frozen = seconds >= FROZEN_AFTER_S and power_w * seconds / 3600 >= STEPS_AT_LEAST * STEP_WH

    if is_frozen:
        with pytest.raises(Implausible, match="restart the meter, or the gateway it is behind"):
            resting(seconds, power_w)
    else:
        resting(seconds, power_w)


@given(st.floats(0, 1e7))
def test_a_meter_may_rest_for_ever_while_nothing_flows_or_nobody_can_tell(seconds: float) -> None:
    resting(seconds, 0.0)
    resting(seconds, None)
    resting(seconds, 11_000.0, register_wh=None)


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0.5, 5)), min_size=1, max_size=20))
def test_stillness_counts_from_the_last_change(readings: list[tuple[int, float]]) -> None:
    still, now_s, changed_s, last = None, 0.0, 0.0, None
    for register, later_s in readings:
        now_s += later_s
        still = after(still, {BLOCK: (register, 0)}, Instant(now_s))
        changed_s, last = (changed_s if register == last else now_s), register

        assert still.since == Instant(changed_s)
