"""A sentence of the charger's names what works for whoever reads it."""

from __future__ import annotations

import re

import pytest

from agent.control.door import AT_THE_CHARGER, Door
from agent.control.registry import load, verb_names
from agent.core.explain.clearing import CLEAR_AT_BOARD

AFAR = Door(program="evse-support do QE-1", offers=lambda action: action.remote is not None)
ACTIONS = [(f"{name} {action.name}".strip(), action) for name in verb_names() for action in load(name).actions]


@pytest.mark.parametrize(("words", "action"), ACTIONS, ids=[words for words, _ in ACTIONS])
def test_each_verb_is_written_as_it_is_asked_or_said_to_be_the_chargers(words: str, action: object) -> None:
    told = AFAR.told(f"then see: evsectl {words} --connector 1")

    if AFAR.offers(action):  # type: ignore[arg-type]
        assert told == f"then see: evse-support do QE-1 {words} --connector 1"
    else:
        assert told == f"then see: at the charger: evsectl {words} --connector 1"
    assert AT_THE_CHARGER.told(f"then see: evsectl {words}") == f"then see: evsectl {words}"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('"stop" is done at the charger only: evsectl stop', '"stop" is done at the charger only: evsectl stop'),
        (f"it ends {CLEAR_AT_BOARD}", f"it ends {CLEAR_AT_BOARD}"),
        (
            "at the charger, by an installer: evsectl selftest run ST402",
            "at the charger, by an installer: evsectl selftest run ST402",
        ),
        ("evsectl and the agent are of one release", "evsectl and the agent are of one release"),
        ("see: evsectl --help", "see: evsectl --help"),
        ("evsectl events, evsectl board clear", "evse-support do QE-1 events, at the charger: evsectl board clear"),
        ("see: evsectl config --help", "see: evse-support do QE-1 config --help"),
        ("see: evsectl explain --connector 2", "see: evse-support do QE-1 explain --connector 2"),
    ],
)
def test_what_is_no_command_stays(said: str, told: str) -> None:
    assert AFAR.told(said) == told


def test_nothing_is_told_twice() -> None:
    once = AFAR.told("evsectl stop; evsectl faults list")

    assert AFAR.told(once) == once
    assert re.findall("at the charger", once) == ["at the charger"]
