"""Papers written by `evsectl` for its caller, each by a process of its own: the agent never loads what draws them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.errors import BadRequest

NO_LIBRARY = 3
WITHIN_S = 60


def look(file: str, option: str = "") -> None:
    """Whether a file can be written there, before anybody is asked. `option` named it, "--to". Raises BadRequest.

    A new one is tried: of a full disk, a network share or a stick nobody else knows what it takes.
    """
    path, words = Path(file), f"{option}: {file}" if option else file
    if path.is_dir():
        raise BadRequest(f"{words} is a folder; write the name of a file in it")
    if not path.parent.is_dir():
        made = f"mkdir -p {path.parent}"
        raise BadRequest(f"{words} cannot be written, {path.parent} is not there; make it first: {made}")
    try:
        may_write = os.access(path, os.W_OK) if path.exists() else _tried(path.parent)
    except OSError as error:
        raise BadRequest(f"{words} cannot be written ({error.strerror}); name a place that takes a file") from error
    if not may_write:
        raise BadRequest(f"{words} cannot be written by this user; name a place that you may write to")


def _tried(folder: Path) -> bool:
    """False where this user may not; raises OSError where a file cannot be made there all the same."""
    if not os.access(folder, os.W_OK):
        return False
    with tempfile.NamedTemporaryFile(prefix=".evsectl-", dir=folder) as file:
        file.write(b"?")
        file.flush()
    return True


def look_for_new(file: str, option: str = "") -> None:
    """The same of a file that may not be there yet: what was made for it would be made in vain. Raises BadRequest."""
    look(file, option)
    if os.path.lexists(file):
        words = f"{option}: {file}" if option else file
        raise BadRequest(f"{words} is there already; name another file, or move it away")


def write_bytes(file: str, octets: bytes) -> None:
    """Raises BadRequest."""
    look(file)
    try:
        Path(file).write_bytes(octets)
    except OSError as error:
        raise BadRequest(f"{file} was not written: {error.strerror}; name a place that you may write to") from error


def write_paper(what: str, form: str, file: str, sealed: bytes, more: Mapping[str, Any] | None = None) -> None:
    """Make `what` of a sealed report: "report", "pack", "owner-code". Raises BadRequest with what to do."""
    look(file)
    given = sealed.rstrip(b"\n") + b"\n" + json.dumps(more or {}).encode()
    command = [sys.executable, "-m", "agent.papers", what, form, file]
    try:
        ended = subprocess.run(  # noqa: S603 our own program
            command, input=given, capture_output=True, timeout=WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BadRequest(f"{file} was not made within {WITHIN_S} s; try again, or --format html") from error
    if ended.returncode == NO_LIBRARY:
        raise BadRequest(
            "no PDF can be made here, ReportLab is not installed; --format html, or install evse-agent[pdf]"
        )
    if ended.returncode:
        why = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise BadRequest(f"{file} was not written: {why}; look at the folder and its owner")


def joined(pieces: Any) -> bytes:
    """The sealed file as it came in pieces."""
    return "".join(pieces).encode("utf-8")
