"""What earlier runs found, so that an interrupted one goes on and better tests are asked about survivors only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from tools.mutation.mutants import Mutant
from tools.mutation.trial import Verdict

FILE = "verdicts.json"


def state_of(files: Iterable[Path]) -> str:
    """One word for the contents of all these files."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


class Record:
    """Verdicts by mutant; each counts for the state of tests and firmware in which it was found."""

    def __init__(self, folder: Path, state: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / FILE
        self._state = state
        self._kept: dict[str, list[str]] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def verdict(self, mutant: Mutant, *, trust_kills: bool = False) -> Verdict | None:
        """What is known; `trust_kills` believes kills of an earlier state too (tests were only added since)."""
        state, word = self._kept.get(_key(mutant), ("", ""))
        if not word:
            return None
        verdict = Verdict(word)
        is_trusted = trust_kills and verdict is not Verdict.SURVIVED
        return verdict if state == self._state or is_trusted else None

    def keep(self, mutant: Mutant, verdict: Verdict) -> None:
        """Write it down at once; a cut in the middle leaves the file as it was."""
        self._kept[_key(mutant)] = [self._state, verdict.value]
        whole = self._file.with_suffix(".new")
        whole.write_text(json.dumps(self._kept))
        whole.replace(self._file)


def _key(mutant: Mutant) -> str:
    return hashlib.sha256(f"{mutant.path}\0{mutant.text}".encode()).hexdigest()[:16]
