"""Files with secrets: whether they are there, and who else may read them."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from agent.core.commissioning.model import Quantity


def modes(wanted: Mapping[str, Path], below: Iterable[Path] = ()) -> dict[str, Quantity]:
    """`wanted` by what a person calls them; `below`: folders all of whose keys count (`*.key`).

    files: how many there are; missing, open_to_others: which, with path and mode, "" where there is none.
    """
    found = dict(wanted) | {f"the key {file.name}": file for folder in below for file in sorted(folder.rglob("*.key"))}
    missing, exposed = [], []
    for name, file in found.items():
        try:
            seen = file.stat()
        except OSError as error:
            missing.append(f"{name} {file} ({error.strerror})")
            continue
        mode = stat.S_IMODE(seen.st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            exposed.append(f"{name} {file} (mode {mode:04o})")
    return {
        "files": len(found) - len(missing),
        "missing": ", ".join(missing),
        "open_to_others": ", ".join(exposed),
    }
