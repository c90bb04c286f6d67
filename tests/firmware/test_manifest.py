"""The manifest has one text for one content, and no name in it points out of the slot."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manifest import FIRST, MOST_CONTENT_BYTES, MOST_FILE_BYTES, Manifest, ManifestError, is_name, version_of

DIGEST = hashlib.sha256(b"").hexdigest()
LINES = (
    FIRST,
    "version 0.2.0",
    "board pilot-board",
    "platform rp2",
    "epoch 7",
    "table 309aa242",
    "key 01234567",
    f"file boards/rp2040.py 5 {DIGEST}",
    f"file main.py 0 {DIGEST}",
)


def read(*lines: str) -> Manifest:
    manifest = Manifest()
    for line in lines:
        manifest.read(line)
    manifest.close()
    return manifest


def with_line(place: int, line: str) -> list[str]:
    return [*LINES[:place], line, *LINES[place + 1 :]]


def test_a_manifest_is_read() -> None:
    manifest = read(*LINES)

    assert manifest.head["version"] == "0.2.0"
    assert (manifest.epoch, manifest.content_bytes) == (7, 5)
    assert manifest.files[0] == ("boards/rp2040.py", 5, bytes.fromhex(DIGEST))


@pytest.mark.parametrize(
    ("place", "line", "reason"),
    [
        (0, "pilot-board-image 2", "format"),
        (1, "board pilot-board", "head"),
        (1, "version", "head"),
        (1, "version ", "head"),
        (1, "version 0.2.0 ", "head"),
        (1, "version 0.2\t", "head"),
        (1, "version " + "9" * 33, "head"),
        (4, "epoch 07", "number"),
        (4, "epoch -7", "number"),
        (4, "epoch 4294967296", "number"),
        (4, "epoch ٧", "head"),
        (7, f"file main.py 5 {DIGEST}", "name"),
        (7, f"file z.py 5 {DIGEST}", "name"),
        (7, f"file boards/rp2040.py 5 {DIGEST[:-2]}", "file"),
        (7, f"file boards/rp2040.py 5 {DIGEST.upper()}", "digest"),
        (7, f"file boards/rp2040.py 5 {DIGEST[:-1]}g", "digest"),
        (7, f"file boards/rp2040.py  5 {DIGEST}", "file"),
        (7, f"File boards/rp2040.py 5 {DIGEST}", "file"),
        (7, f"file boards/rp2040.py 05 {DIGEST}", "number"),
        (7, f"file boards/rp2040.py {MOST_FILE_BYTES + 1} {DIGEST}", "number"),
        (8, f"file other.py 0 {DIGEST}", "incomplete"),
    ],
)
def test_what_is_not_the_one_text_is_refused(place: int, line: str, reason: str) -> None:
    with pytest.raises(ManifestError, match=f"^{reason}$"):
        read(*with_line(place, line))


@pytest.mark.parametrize("lines", [0, 3, 7, 8])
def test_a_manifest_that_ends_early_is_refused(lines: int) -> None:
    with pytest.raises(ManifestError, match="incomplete"):
        read(*LINES[:lines])


def test_more_files_or_bytes_than_a_slot_has_are_refused() -> None:
    many = [f"file a{number:03}.py 0 {DIGEST}" for number in range(121)]
    large = [
        f"file a{number}.py {MOST_FILE_BYTES} {DIGEST}" for number in range(MOST_CONTENT_BYTES // MOST_FILE_BYTES + 1)
    ]

    for files in (many, large):
        with pytest.raises(ManifestError, match="size"):
            read(*LINES[:7], *files)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".py",
        "../a.py",
        "/a.py",
        "a//b.py",
        "a/b/c.py",
        "a.txt",
        "a",
        "A.py",
        "a b.py",
        "a.b.py",
        "./a.py",
        "x" * 38 + ".py",
    ],
)
def test_a_name_that_is_no_file_of_the_program_is_none(name: str) -> None:
    assert not is_name(name)


@given(st.text(alphabet="./\\ab_0\x00", max_size=12))
def test_no_name_points_out_of_its_folder(text: str) -> None:
    if is_name(text + ".py"):
        assert not text.startswith("/") and "\\" not in text and "\x00" not in text
        assert all(part not in ("", ".", "..") for part in text.split("/"))


@given(st.lists(st.text(max_size=40), max_size=12))
def test_any_lines_are_read_or_refused_in_words(lines: list[str]) -> None:
    try:
        read(*lines)
    except ManifestError as error:
        assert str(error) in ("format", "head", "number", "file", "name", "digest", "size", "incomplete")


def test_the_version_is_told_from_the_head_alone() -> None:
    assert version_of("\n".join(LINES).encode()) == "0.2.0"


@pytest.mark.parametrize("version", [b"", b"0.2 0", b"\xff", b"9" * 33, b"9" * 300])
def test_a_damaged_manifest_has_no_version(version: bytes) -> None:
    assert version_of(b"pilot-board-image 1\nversion " + version + b"\n") == "none"


@given(st.binary(max_size=200))
def test_whatever_a_slot_holds_has_a_version_of_one_word(content: bytes) -> None:
    version = version_of(content)

    assert version == "none" or version.encode() in content
    assert " " not in version
