"""Files that only this program may read: written whole or not at all, and durable when the call returns.

Everything here blocks, on an SD card for seconds; callers hand it to a thread.
"""

from __future__ import annotations

from pathlib import Path

from agent import whole_file

FOLDER_MODE = 0o700


def write(path: Path, text: str) -> None:
    """Replace `path` in one step. Raises OSError, and then the old content stands."""
    make_folder(path.parent)
    whole_file.write(path, text)


def remove(path: Path) -> None:
    """Take `path` away; nothing to do where it is not there. Raises OSError."""
    if path.exists():
        path.unlink()
        whole_file.settle(path.parent)


def make_folder(folder: Path) -> None:
    """A folder for this user alone, with those above it."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)
