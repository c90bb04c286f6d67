"""The tool that makes images: the same source gives the same octets, and every mistake is told in words."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cryptography")

from firmware_sim.firmware import FIRMWARE
from tools.firmware_image.__main__ import main
from tools.firmware_image.build import PLATFORMS, build
from tools.firmware_image.layout import Image, ImageError, manifest_text, read_manifest, unpack

SOURCE = {
    "board.py": 'FIRMWARE_VERSION = "1.2.3"\n',
    "main.py": "print(1)\n",
    "messages.py": "def table_hash():\n    return '01234567'\n",
    "boards/rp2040.py": "pins = 1\n",
    "boards/unix.py": "pins = 2\n",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name, text in SOURCE.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "source"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    assert main(["key", str(tmp_path / "key.pem")]) == 0
    return tmp_path / "key.pem"


@pytest.fixture
def image(tmp_path: Path, source: Path, key: Path) -> Path:
    path = tmp_path / "out.img"
    assert main(["build", str(path), "--key", str(key), "--source", str(source), "--epoch", "4"]) == 0
    return path


def test_the_same_source_gives_the_same_octets(source: Path) -> None:
    one, other = build(source, "rp2", 0, "01234567"), build(source, "rp2", 0, "01234567")

    assert one.packed() == other.packed()


def test_an_image_holds_what_runs_on_its_board_and_nothing_else(source: Path) -> None:
    names = {
        platform: [name for name, _, _ in read_manifest(build(source, platform, 0, "k")).files]
        for platform in PLATFORMS
    }

    assert names == {
        "rp2": ["board.py", "boards/rp2040.py", "main.py", "messages.py"],
        "linux": ["board.py", "boards/unix.py", "main.py", "messages.py"],
    }


@pytest.mark.parametrize("platform", PLATFORMS)
def test_our_own_program_fits_into_an_image(platform: str) -> None:
    manifest = read_manifest(build(FIRMWARE, platform, 0, "01234567"))

    assert all((FIRMWARE / name).exists() for name, _, _ in manifest.files)
    assert manifest.head["board"] == "pilot-board"


def test_an_image_is_signed_and_shown(image: Path, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(image)]) == 0
    assert "not signed" in capsys.readouterr().out

    assert main(["sign", str(image), "--key", str(key)]) == 0
    assert main(["show", str(image), "--key", str(key)]) == 0

    shown = capsys.readouterr().out
    assert "version   1.2.3\n" in shown
    assert "epoch     4\n" in shown
    assert shown.endswith("signed by this key\n")


def test_the_public_key_alone_is_enough_to_build_and_to_check(
    tmp_path: Path, source: Path, image: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    main(["key", str(tmp_path / "other.pem")])
    public = tmp_path / "other.pub"
    public.write_text(capsys.readouterr().out)
    main(["sign", str(image), "--key", str(key)])

    assert main(["build", str(tmp_path / "second.img"), "--key", str(public), "--source", str(source)]) == 0
    assert main(["show", str(image), "--key", str(public)]) == 1
    assert f"the signature is not one of {public}" in capsys.readouterr().err


def test_a_key_that_the_image_does_not_name_does_not_sign_it(
    tmp_path: Path, image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = image.read_bytes()
    main(["key", str(tmp_path / "other.pem")])

    assert main(["sign", str(image), "--key", str(tmp_path / "other.pem")]) == 1

    assert "build it for this key" in capsys.readouterr().err
    assert image.read_bytes() == before


def test_a_private_key_is_its_owners_alone_and_never_written_over(
    key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = key.read_bytes()

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert main(["key", str(key)]) == 1
    assert "File exists" in capsys.readouterr().err
    assert key.read_bytes() == before


def test_a_board_is_laid_out_with_loader_program_and_key(tmp_path: Path, image: Path, key: Path) -> None:
    assert main(["sign", str(image), "--key", str(key)]) == 0
    assert main(["lay-out", str(image), str(tmp_path / "flash"), "--key", str(key)]) == 0

    names = sorted(path.relative_to(tmp_path / "flash").as_posix() for path in (tmp_path / "flash").rglob("*.*"))
    assert names == ["a/board.py", "a/boards/rp2040.py", "a/main.py", "a/messages.py", "main.py", "slot_record.py"]
    assert len((tmp_path / "flash" / "update_key").read_bytes()) == 32
    assert (tmp_path / "flash" / "a" / "manifest").read_bytes() == unpack(image.read_bytes()).manifest


def test_an_image_that_the_key_did_not_sign_is_laid_out_nowhere(
    tmp_path: Path, image: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, folder = tmp_path / "other.pem", tmp_path / "flash"
    assert main(["key", str(other)]) == 0

    assert main(["lay-out", str(image), str(folder), "--key", str(key)]) == 1
    assert main(["sign", str(image), "--key", str(key)]) == 0
    assert main(["lay-out", str(image), str(folder), "--key", str(other)]) == 1

    assert capsys.readouterr().err.count("is not signed by") == 2
    assert not folder.exists()


def test_what_lies_in_a_folder_is_never_laid_over(
    tmp_path: Path, image: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "flash"
    folder.mkdir()
    assert main(["sign", str(image), "--key", str(key)]) == 0
    assert main(["lay-out", str(image), str(folder), "--key", str(key)]) == 0
    before = (folder / "update_key").read_bytes()
    (folder / "a" / "main.py").write_text("mine\n")

    assert main(["lay-out", str(image), str(folder), "--key", str(key)]) == 1

    assert "not empty" in capsys.readouterr().err
    assert ((folder / "update_key").read_bytes(), (folder / "a" / "main.py").read_text()) == (before, "mine\n")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("board.py", "VERSION = 1\n", "names no FIRMWARE_VERSION"),
        ("messages.py", "raise ValueError('no table')\n", "no table"),
        ("Main.py", "", "refuse the manifest: name"),
        ("large.py", "#" * 70_000, "refuse the manifest: number"),
    ],
)
def test_a_source_that_is_no_program_is_told(source: Path, name: str, text: str, told: str) -> None:
    (source / name).write_text(text)

    with pytest.raises(ImageError, match=told):
        build(source, "rp2", 0, "01234567")


def test_a_source_without_a_main_file_is_told(source: Path) -> None:
    (source / "main.py").unlink()

    with pytest.raises(ImageError, match="incomplete"):
        build(source, "rp2", 0, "01234567")


def test_a_folder_without_a_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"board\.py cannot be read"):
        build(tmp_path, "rp2", 0, "01234567")


@pytest.mark.parametrize("content", [b"", b"EVPB", b"\x00" * 200])
def test_another_file_is_no_image(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_bytes(content)

    assert main(["show", str(tmp_path / "x")]) == 1
    assert "no firmware image" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(tmp_path / "x")]) == 1
    assert "cannot be read: No such file" in capsys.readouterr().err


FILES = {name: text.encode() for name, text in SOURCE.items()}
HEAD = {"version": "1", "board": "b", "platform": "rp2", "epoch": "0", "table": "01234567", "key": "01234567"}


@given(st.data())
def test_a_changed_or_cut_image_is_noticed(draw: st.DataObject) -> None:
    image = Image(manifest_text(HEAD, FILES), b"".join(FILES[name] for name in sorted(FILES)))
    octets = bytearray(image.packed())
    if draw.draw(st.booleans()):
        del octets[draw.draw(st.integers(0, len(octets) - 1)) :]
    else:
        # Everything but the signature, which is held against a key.
        place = draw.draw(st.integers(0, len(octets) - 1).filter(lambda at: not 44 <= at < 108))
        octets[place] ^= 1 << draw.draw(st.integers(0, 7))

    with pytest.raises(ImageError):
        read_manifest(unpack(bytes(octets)))
