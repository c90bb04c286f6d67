"""The sensor against the table of pilot-board-hardware.md 4."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.parts import ntc

TABLE = [
    (-40, 401_860, 3996), (-25, 144_317, 3830), (0, 33_621, 3156), (25, 10_000, 2048), (40, 5301, 1419),
    (60, 2486, 815), (70, 1760, 613), (80, 1270, 462), (85, 1087, 401), (90, 934, 350), (100, 698, 267),
    (110, 529, 206), (125, 359, 142),
]  # fmt: skip


@pytest.mark.parametrize(("celsius", "ohm", "code"), TABLE)
def test_the_sensor_is_that_of_the_table(celsius: float, ohm: float, code: int) -> None:
    assert ntc.ohms(celsius) == pytest.approx(ohm, rel=0.002)
    assert abs(ntc.code_of(celsius) - code) <= 1


@given(st.floats(-40, 125), st.floats(-40, 125))
def test_warmer_is_never_a_higher_code(one_c: float, other_c: float) -> None:
    cooler_c, warmer_c = sorted((one_c, other_c))

    assert ntc.code_of(warmer_c) <= ntc.code_of(cooler_c)


@given(st.floats(-40, 125))
def test_a_code_tells_its_temperature(celsius: float) -> None:
    assert ntc.celsius_of(ntc.code_of(celsius)) == pytest.approx(celsius, abs=0.7)
