"""The fuzzer's corpus, played again without the fuzzer."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.ocpp_client.v16.adapter import KNOWN_ACTIONS
from tools.fuzz import message
from tools.fuzz.__main__ import CORPUS
from tools.fuzz.targets import TARGETS, target_called
from tools.generate_validators import OUR_CALLS

FILES = sorted(file for file in CORPUS.rglob("*") if file.is_file())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.name[:8]}")
def test_what_was_found_once_keeps_every_promise(file: Path) -> None:
    TARGETS[file.parent.name](file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_a_corpus_of_its_own(name: str) -> None:
    assert any((CORPUS / name).iterdir())


@pytest.fixture(scope="module")
def reached() -> frozenset[str]:
    return frozenset(message.reached(CORPUS))


@pytest.mark.parametrize("name", message.MESSAGES)
def test_every_command_of_the_corpus_is_carried_out_and_every_answer_to_a_call_of_ours_is_one(
    name: str, reached: frozenset[str]
) -> None:
    assert name in reached


@pytest.mark.parametrize("name", message.MESSAGES)
def test_a_message_alone_begins_with_its_payloads_of_the_corpus(name: str) -> None:
    payloads = list(message.payloads_of(name, CORPUS))

    assert payloads
    for payload in payloads:
        assert message.payload_of(name, message.whole(name, payload)) == payload
        target_called(name)(payload)


def test_the_messages_are_all_commands_and_the_answers_to_all_calls_of_ours() -> None:
    assert set(message.MESSAGES) == {*KNOWN_ACTIONS, *(f"{action}Response" for action in OUR_CALLS)}
    assert len(message.COMMANDS) == 26
