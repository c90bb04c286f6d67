"""`evse-support verify`: the verdict, what was changed, and what a key proves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.security.device_key import DeviceKey
from agent.security.sealed import Signer, sealed
from tests.security.test_sealed import DOCUMENT
from tools.support.__main__ import UNREAD, main

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> DeviceKey:
    return DeviceKey(tmp_path_factory.mktemp("charger"))


@pytest.fixture
def file(tmp_path: Path, key: DeviceKey) -> Path:
    file = tmp_path / "report.json"
    file.write_bytes(sealed(DOCUMENT, Signer(public_key=key.public_key(), sign=key.sign)))
    return file


def test_the_public_key_alone_proves_a_report(
    file: Path, key: DeviceKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digits = tmp_path / "key.txt"
    digits.write_text(f"public key of QE-1\n{key.public_key().hex()}\n", encoding="utf-8")

    assert main(["verify", str(file), "--key", key.public_key().hex()]) == 0
    assert main(["verify", str(file), "--key", str(digits)]) == 0
    assert "as it was sealed, and by the charger whose key was given" in capsys.readouterr().out


def test_the_key_inside_proves_less_and_that_is_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(file)]) == 0
    told = capsys.readouterr().out
    assert "by whom is not proven" in told
    assert "note: the key is the one inside the file" in told


def test_what_was_changed_is_told_with_what_to_do(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(file.read_bytes().replace(b"0.12", b"0.02"))

    assert main(["verify", str(file)]) == 1

    told = capsys.readouterr().out
    assert told.startswith("report QE-1-R2: NOT as it was sealed\n")
    assert '"tests: ST901/-/1" was changed after sealing' in told
    assert "ask for it again" in told


@pytest.mark.parametrize("word", ["12", "/nowhere/key.txt"])
def test_a_key_that_is_none_is_wrong_use(file: Path, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(file), "--key", word]) == 2
    assert "neither 64 hexadecimal digits nor a file" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path / "none.json")]) == 2
    assert "none.json: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "says"), [(b"%PDF-1.7\n%\xe2\xe3", "is a PDF"), (b"<html>", "is no JSON"), (b"", "is no JSON")]
)
def test_a_paper_of_the_report_is_told_apart_from_a_report_that_was_changed(
    tmp_path: Path, content: bytes, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(content)

    assert main(["verify", str(file)]) == 2
    told = capsys.readouterr().err
    assert says in told and "only the report as JSON carries the seal" in told and "NOT as" not in told


def test_a_report_without_its_first_byte_is_a_report_that_was_changed(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(file.read_bytes()[1:])

    assert main(["verify", str(file)]) == 1
    assert "NOT as it was sealed" in capsys.readouterr().out


@pytest.mark.processes
def test_a_reader_who_had_enough_gets_no_word_of_error_and_no_verdict(file: Path) -> None:
    command = [sys.executable, "-m", "tools.support", "verify", str(file)]
    reads, writes = os.pipe()
    os.close(reads)

    with os.fdopen(writes, "wb") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, cwd=ROOT, check=False)

    assert (done.returncode, done.stderr) == (UNREAD, b"")
