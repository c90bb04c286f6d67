"""A bundle: what is in it is what its manifest says, and it ends."""

from __future__ import annotations

import hashlib
import json
import tarfile
from itertools import repeat
from pathlib import Path

from agent.maintenance.bundle import LARGEST_PART_BYTES, MANIFEST, write_bundle


def unpacked(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as bundle:
        return {one.name: bundle.extractfile(one).read() for one in bundle.getmembers()}  # type: ignore[union-attr]


def test_the_manifest_vouches_for_every_part(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b", {"a.txt": ["one", "zwei \udc80"], "b.txt": []}, at_s=0)

    parts = unpacked(tmp_path / "b")
    manifest = json.loads(parts.pop(MANIFEST))
    assert {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()} == {
        name: part["sha256"] for name, part in manifest.items()
    }
    assert parts["a.txt"] == b"one\nzwei \\udc80\n"


def test_a_part_that_is_too_long_is_cut_and_says_so(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b", {"a.txt": repeat("x" * 999, 10_000)}, at_s=0)

    parts = unpacked(tmp_path / "b")
    assert len(parts["a.txt"]) == LARGEST_PART_BYTES // 1000 * 1000
    assert json.loads(parts[MANIFEST])["a.txt"]["lines_left_out"] == 10_000 - LARGEST_PART_BYTES // 1000
