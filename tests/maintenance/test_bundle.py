"""A bundle: what is in it is what its manifest says, and it ends."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent.errors import NotTold
from agent.maintenance.bundle import FOR_THE_MANIFEST_BYTES, LARGEST_PART_BYTES, MANIFEST, write_bundle


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


def test_it_is_one_stream_that_any_reader_takes(tmp_path: Path) -> None:
    write_bundle(tmp_path / "b", {"a.txt": ["one"] * 1000, "b.txt": ["two"]}, at_s=0)

    with tarfile.open(tmp_path / "b", "r|gz") as stream:
        assert [one.name for one in stream] == ["a.txt", "b.txt", MANIFEST]
    subprocess.run(["gzip", "--test"], stdin=(tmp_path / "b").open("rb"), check=True)


def test_a_file_that_cannot_be_read_is_left_out_with_why_and_the_rest_is_there(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"one")
    (tmp_path / "bad").mkdir()

    write_bundle(tmp_path / "b", {}, [(name, tmp_path / name) for name in ("gone", "bad", "good")], at_s=0)

    parts = unpacked(tmp_path / "b")
    manifest = json.loads(parts.pop(MANIFEST))
    assert parts == {"good": b"one"}
    assert manifest["gone"]["why"] == "left out: the file is gone"
    assert manifest["bad"]["why"] == "left out: the file cannot be read (Is a directory)"


def test_lines_that_cannot_be_had_are_no_file_and_the_manifest_says_why(tmp_path: Path) -> None:
    def none(why: str) -> Iterator[str]:
        yield from ()
        raise NotTold(why)

    write_bundle(tmp_path / "b", {"system.jsonl": none("journalctl cannot be run here"), "a.txt": ["one"]}, at_s=0)

    parts = unpacked(tmp_path / "b")
    manifest = json.loads(parts.pop(MANIFEST))
    assert parts == {"a.txt": b"one\n"}
    assert manifest["system.jsonl"] == {"sha256": "", "why": "left out: journalctl cannot be run here"}


@given(st.lists(st.integers(0, 90_000), max_size=8), st.integers(FOR_THE_MANIFEST_BYTES, 300_000))
def test_it_is_never_larger_than_it_may_be_and_says_what_is_left_out(sizes: list[int], most: int) -> None:
    draw = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [(f"recording/{number}.rec", folder / f"{number}.rec") for number in range(len(sizes))]
        for (_, file), size in zip(files, sizes, strict=True):
            file.write_bytes(draw.randbytes(size))

        write_bundle(folder / "b", {"a.txt": ["one"]}, [*files, ("gone", folder / "gone")], at_s=0, most_bytes=most)

        assert (folder / "b").stat().st_size <= most
        parts = unpacked(folder / "b")
        manifest = json.loads(parts.pop(MANIFEST))
    assert {name for name, one in manifest.items() if one["sha256"]} == set(parts)
    assert all("left out" in one["why"] for one in manifest.values() if not one["sha256"])
    assert manifest.keys() == {"a.txt", "gone", *(name for name, _ in files)}
