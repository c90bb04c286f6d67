"""The table of lights: each signal has one of its own, and none is steady."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.session.effects import Signal
from agent.drivers.indicators.lights import USUAL, Colour, Rhythm, light_of, lights_of

RGB = frozenset({Colour.RED, Colour.GREEN, Colour.BLUE})


def test_every_signal_has_a_light_of_its_own() -> None:
    lights = lights_of(RGB, {})

    assert set(USUAL) == set(Signal)
    assert len(set(lights.values())) == len(Signal)


def test_a_light_that_is_written_takes_the_place_of_the_usual_one() -> None:
    lights = lights_of(RGB, {"charging": "red+blue double"})

    assert lights[Signal.CHARGING] == light_of("blue+red double")
    assert lights[Signal.FAULT] == light_of(USUAL[Signal.FAULT])


@pytest.mark.parametrize("rhythm", Rhythm)
def test_every_rhythm_changes_and_can_be_seen(rhythm: Rhythm) -> None:
    assert len(rhythm.value) % 2 == 0
    assert min(rhythm.value) >= 0.1
    assert max(rhythm.value) <= 4.0


@given(st.text(max_size=30))
def test_no_words_but_those_of_the_tables_are_a_light(words: str) -> None:
    try:
        light = light_of(words)
    except ValueError as error:
        assert str(error)
    else:
        assert light.colours
