"""An installed program against the list of its package: any octet that is another, any file that is away, by name."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.host.release import software

PROGRAM = {
    "agent/__init__.py": b'"""The charger."""\n',
    "agent/core/limits.py": b"MOST_A = 32\n",
    "tools/with, comma.txt": b"x",
    "agent/telemetry/schemas/health.schema.json": b"{}",
}


def installed(folder: Path, files: Mapping[str, bytes] = PROGRAM) -> Path:
    """As pip leaves a wheel behind: what it made later has no hash."""
    rows = []
    for name, octets in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(octets)
        digest = urlsafe_b64encode(sha256(octets).digest()).decode().rstrip("=")
        rows.append(f'"{name}",sha256={digest},{len(octets)}')
    own = folder / "evse_agent-0.1.0.dist-info"
    own.mkdir()
    rows += ["agent/__pycache__/__init__.cpython-311.pyc,,", "evse_agent-0.1.0.dist-info/RECORD,,"]
    (own / "RECORD").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_a_program_as_it_was_released_is_told_with_the_number_of_its_files(tmp_path: Path) -> None:
    assert software(installed(tmp_path)) == {"files": len(PROGRAM), "altered": 0}


@given(st.data())
def test_any_octet_of_any_file_that_is_another_names_that_file(data: st.DataObject) -> None:
    import tempfile

    name = data.draw(st.sampled_from(sorted(PROGRAM)))
    at = data.draw(st.integers(0, len(PROGRAM[name]) - 1))
    other = data.draw(st.integers(1, 255))
    with tempfile.TemporaryDirectory() as folder:
        place = installed(Path(folder))
        octets = bytearray(PROGRAM[name])
        octets[at] ^= other
        (place / name).write_bytes(octets)

        assert software(place) == {"files": len(PROGRAM), "altered": 1, "altered_names": name}


def test_files_that_are_away_are_counted_and_the_first_of_them_named(tmp_path: Path) -> None:
    for name in PROGRAM:
        installed_in = tmp_path if (tmp_path / "agent").exists() else installed(tmp_path)
        (installed_in / name).unlink()

    told = software(tmp_path)

    assert told["altered"] == len(PROGRAM)
    assert str(told["altered_names"]).endswith("tools/with, comma.txt and 1 more")


def test_a_checkout_has_no_list_and_two_releases_are_one_too_many(tmp_path: Path) -> None:
    assert "checkout" in str(software(tmp_path)["not_compared"])
    editable = installed(tmp_path / "editable", {"__editable___evse_agent_finder.py": b"x"})
    assert "checkout" in str(software(editable)["not_compared"])
    (installed(tmp_path / "both") / "evse_agent-0.2.0.dist-info").mkdir()
    (tmp_path / "both/evse_agent-0.2.0.dist-info/RECORD").write_text("")
    with pytest.raises(ValueError, match="2 releases"):
        software(tmp_path / "both")


@pytest.mark.parametrize("kept", [0, 1])
def test_a_list_that_a_card_has_emptied_or_cut_is_no_good_program(kept: int, tmp_path: Path) -> None:
    record = installed(tmp_path) / "evse_agent-0.1.0.dist-info/RECORD"
    record.write_text("".join(record.read_text().splitlines(keepends=True)[:kept]))

    told = software(tmp_path)

    assert (told["files"], told["altered"]) == (2, 2 - kept)
    assert "agent/core/limits.py" in str(told["altered_names"])


def test_a_list_without_an_end_is_none(tmp_path: Path) -> None:
    record = installed(tmp_path) / "evse_agent-0.1.0.dist-info/RECORD"
    record.write_text("x" * 200_000)

    with pytest.raises(ValueError, match="RECORD"):
        software(tmp_path)


def test_a_list_that_is_none_is_an_error_and_not_a_good_program(tmp_path: Path) -> None:
    record = installed(tmp_path) / "evse_agent-0.1.0.dist-info/RECORD"
    record.write_text("agent/__init__.py\n")

    with pytest.raises(ValueError, match="unpack"):
        software(tmp_path)
