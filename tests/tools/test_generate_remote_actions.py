"""The page of remote actions is that of the verbs."""

from __future__ import annotations

from agent.control.registry import load, verb_names
from tools.generate_remote_actions import PAGE, page, remote_actions


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tools.generate_remote_actions"


def test_every_action_that_can_be_asked_from_afar_has_its_row_and_no_other() -> None:
    rows = [line.split("|")[1].strip(" `") for line in page().splitlines() if line.startswith("| `")]
    everything = {f"{name} {one.name}".strip(): one for name in verb_names() for one in load(name).actions}

    assert rows == [words for words, _ in remote_actions()]
    assert set(rows) == {words for words, action in everything.items() if action.remote is not None}


def test_every_action_from_afar_has_a_handler_in_the_agent_and_a_bound() -> None:
    wrong = [words for words, one in remote_actions() if one.answer is None or not 0 < one.remote_within_s <= 1000]

    assert wrong == []
