"""What is named where several things could be: a meter that stands still, a winter night, an opening by the board."""

from __future__ import annotations

import pytest

from agent.core.commissioning.model import Outcome, Verdict
from agent.selftest.judging.contactor import Movement, Reaction, reaction
from agent.selftest.judging.directions import PhaseRow, phase_map, sign
from agent.selftest.judging.warmth import SensorLook, plausible


def test_a_meter_that_shows_no_load_anywhere_mistakes_no_phase() -> None:
    stands = [PhaseRow(phase=phase, meter_a=(0.0, 0.0, 0.0), power_w=0.0) for phase in (1, 2, 3)]
    passed_by = [PhaseRow(phase=1, meter_a=(0.0, 0.0, 0.0), power_w=0.0), *_right((2, 3))]

    assert phase_map(stands, 3).cause == "meter.implausible"
    assert phase_map(passed_by, 3).cause == "meter.sign_or_phase"


def _right(phases: tuple[int, ...]) -> list[PhaseRow]:
    return [
        PhaseRow(phase=phase, meter_a=tuple(8.0 if at == phase else 0.0 for at in (1, 2, 3)), power_w=1840.0)
        for phase in phases
    ]


def test_a_meter_that_tells_no_currents_is_believed_by_its_power_and_mistakes_no_phase() -> None:
    def told(*power_w: float) -> Outcome:
        untold = (None, None, None)
        return phase_map([PhaseRow(phase=at, meter_a=untold, power_w=w) for at, w in enumerate(power_w, 1)], 3)

    assert told(1840.0, 1838.0, 1842.0).verdict is Verdict.WARN
    assert told(1840.0, -1838.0, 1842.0).cause == "meter.sign_or_phase"
    assert [told(*[w] * 3).cause for w in (0.0, 0.5, -0.3)] == ["meter.implausible"] * 3


def test_a_meter_without_power_tells_no_direction() -> None:
    figures = {"apparent_va": 0.0, "gained_wh": 0.0, "loaded": 1}

    assert sign({**figures, "power_w": 0.0}).cause == "meter.implausible"
    assert sign({**figures, "power_w": -1840.0}).cause == "meter.sign_or_phase"


@pytest.mark.parametrize(
    ("step_wh", "gained_wh", "is_sound"), [(1.0, 46.0, True), (1.0, 0.0, False), (100.0, 0.0, True), (40.0, 0.0, False)]
)
def test_a_register_need_not_have_moved_by_less_than_its_step(step_wh: float, gained_wh: float, is_sound: bool) -> None:
    """Of 46 Wh; what it counts is then proved by the whole charge."""
    figures = {"power_w": 1840.0, "apparent_va": 1840.0, "closed_s": 90.0, "loaded": 1}

    outcome = sign({**figures, "gained_wh": gained_wh, "step_wh": step_wh})

    assert (outcome.verdict is Verdict.PASS) == is_sound


def test_sensors_that_all_tell_the_same_cold_are_right() -> None:
    cold = [
        SensorLook(name=name, place=name, celsius=celsius) for name, celsius in (("board", -37.0), ("inlet", -36.5))
    ]
    one = [
        SensorLook(name="board", place="board", celsius=-37.0),
        SensorLook(name="inlet", place="inlet", celsius=21.0),
    ]

    assert plausible(cold, None).cause == "temp.low"
    assert plausible(one, None).cause == "temp.sensor"


WANTED = Reaction(test="ST307", words="the loss of protective earth", by=("pe",))


def test_an_opening_by_a_condition_of_the_board_is_told_as_that() -> None:
    seen = Movement(
        closed_s=0.1,
        mirror_closed_ms=20,
        load_live_ms=(),
        mirror_open_ms=30,
        load_dead_ms=(),
        why_opened="fault",
        event_ms=0,
    )

    assert reaction([seen], 3, WANTED, "contactor.mismatch").cause == "contactor.mismatch"
    assert reaction([seen], 3, WANTED).cause == WANTED.cause
