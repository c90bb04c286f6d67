"""Frames of the wire as lines of two files that take turns: bounded in bytes, the oldest half goes at once.

Not in the store's one file: what comes and goes by the kilobyte would wear it, and nothing rests on these. Not flushed
either: the system writes them when it likes, and a power cut may cost the last of them. Everything here blocks.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from agent.core.time import Instant
from agent.values import frozen

FILE_NAME = "wire-trace"
MOST_BYTES = 512_000
"""Of both files together."""
FILE_MODE = 0o600
GAP = "gap"
"""In place of a direction: more came at once than is kept, and the text says how many frames are missing."""

_UNKNOWN = "-"
_BREAKS = str.maketrans({"\t": " ", "\n": " ", "\r": " "})
"""Legal between the parts of a JSON text, and never within its strings."""


@frozen(kw_only=True)
class TracedFrame:
    """`direction` is "sent", "received" or GAP. `latency_s`: since the CALL that it answers."""

    at: Instant
    direction: str
    text: str
    latency_s: float | None = None


def written(frame: TracedFrame) -> str:
    """The line of a frame, without its end."""
    utc = _UNKNOWN if frame.at.utc_ms is None else str(frame.at.utc_ms)
    latency = _UNKNOWN if frame.latency_s is None else f"{1000 * frame.latency_s:.1f}"
    # Half a surrogate pair is legal in JSON and in no file.
    text = frame.text.translate(_BREAKS).encode("utf-8", "replace").decode("utf-8")
    return f"{utc}\t{frame.direction}\t{latency}\t{text}"


def read(line: str) -> TracedFrame | None:
    """The frame of a line; None for one that a power cut left incomplete."""
    try:
        utc, direction, latency, text = line.split("\t", 3)
        return TracedFrame(
            at=Instant(0.0, None if utc == _UNKNOWN else int(utc)),
            direction=direction,
            text=text,
            latency_s=None if latency == _UNKNOWN else float(latency) / 1000,
        )
    except ValueError:
        return None


class Ring:
    """Two files in `folder`; the newer one is written until it holds half of `most_bytes`."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._newer = folder / f"{FILE_NAME}.log"
        self._older = folder / f"{FILE_NAME}.1.log"
        self._half = most_bytes // 2

    def append(self, lines: Iterable[str]) -> None:
        """Add lines, of which no more than a half is kept. Raises OSError."""
        content = b"".join(line.encode("utf-8") + b"\n" for line in lines)
        if len(content) > self._half:
            # What is older would stand before a gap.
            self.erase()
            content = content[-self._half :].partition(b"\n")[2]
        size = self._newer.stat().st_size if self._newer.exists() else 0
        if size and size + len(content) > self._half:
            self._newer.replace(self._older)
        descriptor = os.open(self._newer, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
        with os.fdopen(descriptor, "ab") as file:
            file.write(content)

    def newest(self, limit: int) -> tuple[TracedFrame, ...]:
        """Up to `limit` frames, oldest first. Raises OSError."""
        lines: list[str] = []
        for file in (self._older, self._newer):
            if file.exists():
                # Only "\n" ends a line: a frame may hold the other characters that end one for `splitlines`.
                lines += file.read_text(encoding="utf-8", errors="replace").split("\n")
        frames = (read(line) for line in lines[-2 * limit :] if line)
        return tuple(frame for frame in frames if frame is not None)[-limit:]

    def erase(self) -> None:
        """Nothing is kept any more. Raises OSError."""
        for file in (self._older, self._newer):
            file.unlink(missing_ok=True)
