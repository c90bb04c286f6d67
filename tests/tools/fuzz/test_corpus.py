"""The fuzzer's corpus, played again without the fuzzer."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.ocpp_client.v16.adapter import KNOWN_ACTIONS
from tools.fuzz.__main__ import CORPUS
from tools.fuzz.targets import TARGETS
from tools.generate_validators import OUR_CALLS

FILES = sorted(file for file in CORPUS.rglob("*") if file.is_file())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.name[:8]}")
def test_what_was_found_once_keeps_every_promise(file: Path) -> None:
    TARGETS[file.parent.name](file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_a_corpus_of_its_own(name: str) -> None:
    assert any((CORPUS / name).iterdir())


def test_the_corpus_has_every_command_and_the_answer_to_every_call_of_ours() -> None:
    commands = b"".join(file.read_bytes() for file in (CORPUS / "network_command").iterdir())
    answers = b"\n".join(file.read_bytes() for file in (CORPUS / "network_answer").iterdir())

    assert [action for action in sorted(KNOWN_ACTIONS) if f'"{action}",{{'.encode() not in commands] == []
    assert [action for action in OUR_CALLS if f"{action}\n{{".encode() not in answers] == []
