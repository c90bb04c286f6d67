"""The fuzzer's corpus, played again without the fuzzer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.fuzz.__main__ import CORPUS
from tools.fuzz.targets import TARGETS

FILES = sorted(file for file in CORPUS.rglob("*") if file.is_file())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.name[:8]}")
def test_what_was_found_once_keeps_every_promise(file: Path) -> None:
    TARGETS[file.parent.name](file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_a_corpus_of_its_own(name: str) -> None:
    assert any((CORPUS / name).iterdir())
