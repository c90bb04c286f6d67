"""A bundle for support: a tar.gz of plain files, with a manifest of their digests. Blocks: for a thread.

Every entry is deflated by itself, with nothing behind it that refers to it, and they follow each other in one stream
(RFC 1951, a flushed block ends at an octet). So its size is known before it is in: what would be too much is left out,
whole, and the manifest says so.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from agent import archive
from agent.errors import NotTold

MANIFEST = "MANIFEST.json"
LARGEST_PART_BYTES = 4 * 1024 * 1024
"""Unpacked. Text of this kind packs to less than a fifth."""
MOST_BYTES = 20 * 1024 * 1024
"""What a bundle may have in all."""
FOR_THE_MANIFEST_BYTES = 64 * 1024
LEVEL = 6
STORED = 1
"""For what is packed already: nothing is gained, and time is lost."""
HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""Of a gzip file: no name, no time (RFC 1952)."""
END_OF_ARCHIVE = b"\0" * 1024
TOO_MUCH = "left out: the bundle would be larger than it may be"


class Bundle:
    """One file as it grows. What is added first is kept first."""

    def __init__(self, opened: BinaryIO, at_s: int, most_bytes: int = MOST_BYTES) -> None:
        """`at_s`: UTC seconds, or 0."""
        self._opened = opened
        self._at_s = at_s
        self._room = most_bytes - FOR_THE_MANIFEST_BYTES
        self._manifest: dict[str, dict[str, object]] = {}
        self._crc = self._length = 0
        opened.write(HEAD)

    def add_lines(self, name: str, lines: Iterable[str]) -> None:
        """The first ones are kept where there are too many. Of lines that cannot be had the manifest tells why."""
        try:
            content, left_out = _content(lines)
        except NotTold as why:
            self._manifest[name] = {"sha256": "", "why": f"left out: {why}"}
            return
        self._add(name, content, LEVEL, {"lines_left_out": left_out})

    def add_file(self, name: str, file: Path) -> None:
        """A file as it lies, packed already. One that cannot be read is told: on a card that fails, the rest counts."""
        try:
            content = file.read_bytes()
        except OSError as error:
            gone = isinstance(error, FileNotFoundError)
            why = "the file is gone" if gone else f"the file cannot be read ({error.strerror or error})"
            self._manifest[name] = {"sha256": "", "why": f"left out: {why}"}
            return
        self._add(name, content, STORED, {})

    def finish(self) -> None:
        """Nothing is added any more."""
        manifest = json.dumps(self._manifest, indent=1).encode()
        entry = archive.entry(MANIFEST, manifest, self._at_s) + END_OF_ARCHIVE
        self._put(entry, _deflated(entry, LEVEL, zlib.Z_FINISH))
        self._opened.write(struct.pack("<II", self._crc, self._length & 0xFFFFFFFF))

    def _add(self, name: str, content: bytes, level: int, more: dict[str, object]) -> None:
        entry = archive.entry(name, content, self._at_s)
        packed = _deflated(entry, level, zlib.Z_FULL_FLUSH)
        if len(packed) > self._room:
            self._manifest[name] = {"sha256": "", "why": TOO_MUCH} | more
            return
        self._room -= len(packed)
        self._put(entry, packed)
        self._manifest[name] = {"sha256": hashlib.sha256(content).hexdigest()} | more

    def _put(self, entry: bytes, deflated: bytes) -> None:
        self._opened.write(deflated)
        self._crc, self._length = zlib.crc32(entry, self._crc), self._length + len(entry)


def write_bundle(
    file: Path,
    parts: Mapping[str, Iterable[str]],
    files: Iterable[tuple[str, Path]] = (),
    *,
    at_s: int,
    most_bytes: int = MOST_BYTES,
) -> None:
    """Each part is lines; `files`, packed already, follow in their order with the names they have in the bundle."""
    with file.open("wb") as opened:
        bundle = Bundle(opened, at_s, most_bytes)
        for name, lines in parts.items():
            bundle.add_lines(name, lines)
        for name, one in files:
            bundle.add_file(name, one)
        bundle.finish()


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


def _deflated(entry: bytes, level: int, end: int) -> bytes:
    deflater = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(entry) + deflater.flush(end)
