"""A bundle for support: a tar.gz of a few plain files, with a manifest of their digests. Blocks: for a thread."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tarfile import TarFile

MANIFEST = "MANIFEST.json"
LARGEST_PART_BYTES = 8 * 1024 * 1024
"""Unpacked. Text of this kind packs to less than a fifth, so that all parts stay below what may be sent."""


def write_bundle(file: Path, parts: Mapping[str, Iterable[str]], *, at_s: int) -> None:
    """Each part is lines, of which the first ones are kept where there are too many. `at_s`: UTC seconds, or 0."""
    import tarfile  # loaded when a bundle is made for the first time

    manifest: dict[str, object] = {}
    with tarfile.open(file, "w:gz", compresslevel=6) as bundle:
        for name, lines in parts.items():
            content, left_out = _content(lines)
            manifest[name] = {"sha256": hashlib.sha256(content).hexdigest(), "lines_left_out": left_out}
            _add(bundle, name, content, at_s)
        _add(bundle, MANIFEST, json.dumps(manifest, indent=1).encode(), at_s)


def _content(lines: Iterable[str]) -> tuple[bytes, int]:
    kept, size, left_out = [], 0, 0
    for line in lines:
        encoded = line.encode("utf-8", "backslashreplace") + b"\n"
        size += len(encoded)
        if size > LARGEST_PART_BYTES:
            left_out += 1
        else:
            kept.append(encoded)
    return b"".join(kept), left_out


def _add(bundle: TarFile, name: str, content: bytes, at_s: int) -> None:
    from tarfile import TarInfo

    entry = TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(content), at_s, 0o600
    bundle.addfile(entry, io.BytesIO(content))
