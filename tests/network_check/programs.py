"""Stand-ins for programs of the system: executables in a folder of their own, found by the path as real ones are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

PYTHON = sys.executable


class Programs:
    """`asked` of each are the words that it was called with, oldest first."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "programs"
        self.folder.mkdir()
        monkeypatch.setenv("PATH", str(self.folder))

    def put(self, name: str, body: str) -> None:
        """A program in Python; `words` are its arguments, `here` its own folder, `print`, `sys` and `time` at hand."""
        log = self.folder / f"{name}.asked"
        head = (
            f"#!{PYTHON} -ES\nimport sys, time, json\nfrom pathlib import Path\nwords, here = sys.argv[1:], "
            f"Path({str(self.folder)!r})\nwith open({str(log)!r}, 'a') as f: f.write(' '.join(words) + '\\n')\n"
        )
        file = self.folder / name
        file.write_text(head + body)
        file.chmod(0o755)

    def says(self, name: str, text: str) -> None:
        self.put(name, f"print({text!r})")

    def refuses(self, name: str, words: str) -> None:
        self.put(name, f"print({words!r}, file=sys.stderr); sys.exit(1)")

    def asked(self, name: str) -> list[str]:
        file = self.folder / f"{name}.asked"
        return file.read_text().splitlines() if file.exists() else []

    def is_running(self, name: str) -> bool:
        """Whether one that was started has not ended."""
        wanted = str(self.folder / name).encode()
        for one in Path("/proc").iterdir():
            if one.name.isdecimal() and int(one.name) != os.getpid():
                try:
                    if wanted in (one / "cmdline").read_bytes().split(b"\0"):
                        return True
                except OSError:
                    continue
        return False


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path, monkeypatch)
