"""Where a recording begins: its folder, and the key of the names that stand for tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agent.core.recorder.codec import Codec
from agent.recorder.tape import Tape
from agent.recorder.veil import key_in, veil_of


def tape_in(folder: Path, draw_key: Callable[[], str], *, version: str) -> Tape:
    """Blocks: the key of the names is read, or made. One that cannot be kept is for this run. Raises nothing."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = key_in(folder, draw_key)
    except OSError:
        key = draw_key().encode("ascii")
    return Tape(folder, Codec(veil_of(key)), version=version)
