"""The flight recorder's files, out of a bundle, a folder or alone. They are from the field, so nothing is believed."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from agent.core.recorder.schema import Unreadable
from agent.recorder.reading import Recording

FOLDER = "recording/"
SUFFIX = ".rec"
MOST_FILES = 400
MOST_BYTES = 64 << 20
"""Three times what a charger keeps."""


def open_recording(path: Path) -> Recording:
    """What was recorded. Raises Unreadable, in a sentence that says what to do."""
    try:
        if path.is_dir():
            files = list(_of_folder(path))
        elif path.suffix == SUFFIX:
            _bounded(path.stat().st_size, path)
            files = [path.read_bytes()]
        else:
            files = list(_of_bundle(path))
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from error
    try:
        return Recording(files)
    except Unreadable as error:
        raise Unreadable(f"{path}: {error}") from error


def _of_folder(folder: Path) -> Iterator[bytes]:
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        _bounded(file.stat().st_size, folder)
        yield file.read_bytes()


def _of_bundle(path: Path) -> Iterator[bytes]:
    total, count = 0, 0
    try:
        with tarfile.open(path, "r:gz") as bundle:  # as a stream it would end behind the first member
            for one in bundle:
                if not (one.isfile() and one.name.startswith(FOLDER) and one.name.endswith(SUFFIX)):
                    continue
                total, count = total + one.size, count + 1
                _bounded(total if count <= MOST_FILES else MOST_BYTES + 1, path)
                content = bundle.extractfile(one)
                if content is not None:
                    yield content.read()
    except (tarfile.TarError, EOFError, zlib.error, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        if not count:
            raise Unreadable(f"{path} is no bundle of a charger ({error}); make one with: evsectl bundle") from error


def _bounded(size: int, path: Path) -> None:
    if size > MOST_BYTES:
        raise Unreadable(f"{path} holds more than a recording of a charger can: {size >> 20} MiB")
