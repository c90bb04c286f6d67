"""A file that is written whole or not at all, and is on the disk when the call returns.

Blocks, on an SD card for seconds; callers hand it to a thread.
"""

from __future__ import annotations

import os
from pathlib import Path

FILE_MODE = 0o600
"""For this program alone."""
FOR_EVERYBODY = 0o644


def write(file: Path, text: str, *, flush: bool = True, mode: int = FILE_MODE) -> None:
    """Replace `file` in one step; `flush` False gives up durability at a power cut.

    Raises OSError, and then the old content stands.
    """
    draft = file.with_name(f"{file.name}.new")
    # A draft left by a power cut may have another mode.
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        # A service may have a mask of modes that lets nobody else read.
        os.fchmod(descriptor, mode)
        opened.write(text)
        opened.flush()
        if flush:
            os.fsync(opened.fileno())
    draft.replace(file)
    if flush:
        settle(file.parent)


def settle(folder: Path) -> None:
    """The names in the folder are on the disk, too. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
