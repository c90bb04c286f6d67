"""Files that only this program may read: written whole or not at all, and durable when the call returns.

Everything here blocks, on an SD card for seconds; callers hand it to a thread.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER_MODE, FILE_MODE = 0o700, 0o600


def write(path: Path, text: str) -> None:
    """Replace `path` in one step. Raises OSError, and then the old content stands."""
    make_folder(path.parent)
    draft = path.with_name(f"{path.name}.new")
    # A draft left by a power cut may have another mode.
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _settle(path.parent)


def remove(path: Path) -> None:
    """Take `path` away; nothing to do where it is not there. Raises OSError."""
    if path.exists():
        path.unlink()
        _settle(path.parent)


def make_folder(folder: Path) -> None:
    """A folder for this user alone, with those above it."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)


def _settle(folder: Path) -> None:
    """The name in the folder is on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
