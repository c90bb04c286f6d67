"""Load profiles that were exported are read back as they were, and one that was changed is not read at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.load_profile.days import Day, PortDay
from agent.core.load_profile.quarters import QUARTERS
from tests.tools.support.load_profiles import FIRST, a_day, answer, exported
from tools.support.load_files import MOST_BYTES, LoadFileError, of_document, read_profile, read_profiles

ROWS = st.dictionaries(st.integers(0, QUARTERS - 1), st.none() | st.integers(0, 20_000), max_size=6).map(
    lambda told: tuple(told.get(place, 0) for place in range(QUARTERS))
)
PORTS = st.dictionaries(
    st.integers(1, 64), st.builds(lambda wh, w: PortDay(energy_wh=wh, peak_w=w), ROWS, ROWS), min_size=1, max_size=3
)


@st.composite
def days(draw: st.DrawFn) -> tuple[Day, ...]:
    numbers = draw(st.lists(st.integers(FIRST, FIRST + 400), unique=True, min_size=1, max_size=2).map(sorted))
    return tuple(Day(number=number, ports=draw(PORTS), peak_w=draw(ROWS)) for number in numbers)


@given(days())
def test_what_a_charger_exported_is_read_back_in_either_form(
    tmp_path_factory: pytest.TempPathFactory, told: tuple[Day, ...]
) -> None:
    folder = tmp_path_factory.getbasetemp()

    for form, serial in (("json", "QE-1"), ("csv", "")):
        whose, member = read_profile(exported(folder / f"profile.{form}", answer("QE-1", *told), form))
        assert (whose, member.days) == (serial, told)


@given(days(), st.data())
def test_no_quarter_can_be_changed_unnoticed(told: tuple[Day, ...], data: st.DataObject) -> None:
    body = json.loads(json.dumps(answer("QE-1", *told)))
    day = data.draw(st.sampled_from(body["days"]))
    row = data.draw(st.sampled_from([day["mean_w"], *(one["energy_wh"] for one in day["ports"])]))
    place = data.draw(st.integers(0, QUARTERS - 1))
    row[place] = data.draw((st.none() | st.integers(0, 80_000)).filter(lambda value: value != row[place]))

    with pytest.raises(LoadFileError, match="it was changed"):
        of_document(body, "file")


def test_of_a_folder_only_its_own_files_are_read_and_what_is_no_profile_is_named(tmp_path: Path) -> None:
    exported(tmp_path / "one.json", answer("QE-1", a_day(FIRST, 10)))
    exported(tmp_path / ".one.json.swp", answer("QE-1", a_day(FIRST, 10)))
    (tmp_path / "last-year").mkdir()
    exported(tmp_path / "last-year" / "one.json", answer("QE-1", a_day(FIRST, 10)))
    with (tmp_path / "large").open("wb") as large:
        large.truncate(MOST_BYTES + 1)

    found = read_profiles([tmp_path])

    assert ([one.name for one in found.members], found.serials, found.files) == (["QE-1"], {"QE-1": "QE-1"}, 2)
    assert [(one.serial, one.why) for one in found.left_out] == [
        ("large", "it is larger than 64 MB, no load profile is")
    ]
