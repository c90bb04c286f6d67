"""What the board waits for, in words: each of its words has a sentence and a next step."""

from __future__ import annotations

import pytest

from agent.control.ports import BoardState
from agent.core.control_pilot import ContactorState
from agent.core.explain.waiting import OBSTACLES
from agent.drivers.pilot_board.messages import WAITS_FOR
from tests.core.explain.test_explain import charging, explained
from tests.core.session.station import RecordingStation


@pytest.fixture
def station() -> RecordingStation:
    return RecordingStation()


@pytest.mark.parametrize("word", WAITS_FOR[1:])
def test_each_word_of_the_board_has_words_for_people_and_a_next_step(station: RecordingStation, word: str) -> None:
    charging(station).contactor_is(ContactorState.OPEN)

    reason = explained(station, board=BoardState(answering=True, waits_for=word)).reasons[0]

    assert reason.what == f"the car asks, but the contactor is not closed: {OBSTACLES[word].what}"
    assert reason.next_step == OBSTACLES[word].next_step


def test_a_word_that_this_agent_does_not_know_is_evidence(station: RecordingStation) -> None:
    charging(station).contactor_is(ContactorState.OPEN)

    reason = explained(station, board=BoardState(answering=True, waits_for="moonlight")).reasons[0]

    assert reason.what == "the car asks, but the contactor is not closed"
    assert ("board_waits_for", "moonlight") in reason.evidence
    assert set(OBSTACLES) == set(WAITS_FOR[1:])
