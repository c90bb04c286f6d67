"""Two copies, each with a check: no damage to one lowers a number, wherever a power cut falls."""

from __future__ import annotations

import json
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.commissioning.canonical import canonical
from agent.core.wear.counting import residual_tested
from agent.core.wear.model import Part, Retired, Wear, replaced
from agent.store.wear_codec import read, written
from agent.store.wear_files import FILE_NAMES, WearFiles

WEAR = replaced(
    Wear()
    .more("contactor:1", "closings", 41)
    .more("rcm:1", "tests")
    .last("rcm:1", "last_test_utc_ms", 1_800_000_000_000)
    .more("charger", "power_on_s", 3_600),
    *("lock:1", "L-7", 5, "ML 2"),
)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    WearFiles(tmp_path).write(WEAR)

    found = WearFiles(tmp_path).read()

    assert (found.wear, found.problems) == (WEAR, ())
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


BEFORE_MODELS = (
    '{"format": 1, "crc32": "%s", "wear": {"parts": {"contactor:1": {"serial": "K-1", "fitted": 5, "counts": '
    '{"closings": 41}}}, "retired": [{"id": "meter:1", "retired": 4, "serial": "M-1", "fitted": 1, "counts": {}}], '
    '"gaps": []}}'
)
"""As releases wrote it in which no part had a model."""


def test_a_file_of_an_earlier_release_is_read_to_its_last_number() -> None:
    body = json.loads(BEFORE_MODELS)["wear"]

    found = read(BEFORE_MODELS % f"{crc32(canonical(body)):08x}")

    assert found.parts == {"contactor:1": Part(serial="K-1", fitted=5, counts={"closings": 41})}
    assert found.retired == (Retired(id="meter:1", part=Part(serial="M-1", fitted=1), retired=4),)


def test_a_new_charger_has_none() -> None:
    found = WearFiles(Path("nowhere")).read()

    assert (found.wear, found.problems) == (Wear(), ())


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_damaged_copy_is_told_and_costs_nothing(tmp_path: Path, name: str) -> None:
    WearFiles(tmp_path).write(WEAR)
    (tmp_path / name).write_bytes(b"\xff\x00")

    found = WearFiles(tmp_path).read()

    assert found.wear == WEAR
    assert [problem.partition(":")[0] for problem in found.problems] == [name]


def test_a_cut_between_the_two_copies_keeps_the_higher_numbers(tmp_path: Path) -> None:
    files = WearFiles(tmp_path)
    files.write(WEAR)
    more = WEAR.more("contactor:1", "closings")
    (tmp_path / FILE_NAMES[0]).write_text(written(more), encoding="utf-8")

    assert files.read().wear == more


def test_a_time_of_a_wrong_clock_that_an_earlier_release_kept_is_gone_with_the_next_test(tmp_path: Path) -> None:
    counts = {"last_test_utc_ms": 2_082_758_400_000, "tests": 3}
    body = {
        "parts": {"rcm:1": {"serial": "", "model": "", "fitted": None, "counts": counts}},
        "retired": [],
        "gaps": [],
    }
    text = json.dumps({"format": 1, "crc32": f"{crc32(canonical(body)):08x}", "wear": body})
    for name in FILE_NAMES:
        (tmp_path / name).write_text(text, encoding="utf-8")

    tested = residual_tested(WearFiles(tmp_path).read().wear, 1, trip_ms=None, utc_ms=1_800_000_000_000)
    # The power goes before the second copy is written.
    (tmp_path / FILE_NAMES[0]).write_text(written(tested), encoding="utf-8")

    assert WearFiles(tmp_path).read().wear.part("rcm:1").counts == {"tests": 4, "last_test_utc_ms": 1_800_000_000_000}


@given(st.data())
def test_a_change_of_any_byte_is_seen(data: st.DataObject) -> None:
    text = written(WEAR)
    place = data.draw(st.integers(0, len(text) - 2))
    other = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda one: one != text[place]))
    changed = text[:place] + other + text[place + 1 :]

    try:
        assert read(changed) == WEAR  # the text changed, what it says did not (an "e" of a key that nobody reads)
    except ValueError:
        return


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"wear": 1, "crc32": "0"}', "[" * 70_000, '{"wear":' * 9_000]
)
def test_what_is_no_record_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^its? "):
        read(text)
