"""Whose load it is: what was typed, a plan or a fleet give names, or a sentence that says what would."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from tests.tools.support import chargers
from tests.tools.support.load_profiles import FIRST, a_day, answer, exported
from tools.support.failures import NotReachable, WrongUse
from tools.support.load_sources import Site, chosen_names, names_in, profiles_of
from tools.support.picture import Picture

QUAY = Site(name="QUAY", names={"QE-1": "QE-1", "QE-2": "quay-two"})


def typed(*source: str, site: str = "", match: str = "", days: int | None = None) -> argparse.Namespace:
    return argparse.Namespace(source=list(source), site=site, match=match, days=days)


@pytest.fixture
def fleet() -> Picture:
    """Two set up by a plan of the order A-1, and one without."""
    picture = Picture()
    for name, order in (("QUAY-1", "A-1"), ("QUAY-2", "A-1"), ("HALL-1", "")):
        health = chargers.health(name)
        told = {**health, "identity": {**health["identity"], "site_ref": order}}
        picture.take(f"evse/v1/{name}/health", json.dumps(told).encode(), retained=True, now_ms=1)
    return picture


@pytest.mark.parametrize(
    ("words", "site", "names"),
    [
        (typed(), None, ["QUAY-1", "QUAY-2", "HALL-1"]),
        (typed(match="*-1"), None, ["HALL-1", "QUAY-1"]),
        (typed(site="A-1"), None, ["QUAY-1", "QUAY-2"]),
        (typed("HALL-1", "ELSEWHERE"), None, ["HALL-1", "ELSEWHERE"]),
        (typed(), QUAY, ["QE-1", "quay-two"]),
    ],
)
def test_of_a_fleet_those_are_meant_that_were_chosen_and_all_where_none_was(
    fleet: Picture, words: argparse.Namespace, site: Site | None, names: list[str]
) -> None:
    assert names_in(fleet, words, site) == names


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (typed(match="QUAI-1"), '"QUAI-1"; did you mean "QUAY-1"'),
        (typed(site="A-2"), 'of the order "A-2"; did you mean "A-1"?; they name A-1'),
    ],
)
def test_where_nothing_of_a_fleet_fits_it_is_told_what_is_there(
    fleet: Picture, words: argparse.Namespace, says: str
) -> None:
    with pytest.raises(NotReachable) as raised:
        names_in(fleet, words, None)

    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("words", "site", "says"),
    [
        (typed(), None, "whose load?"),
        (typed("QE-1"), QUAY, "one of these at a time"),
        (typed("QE-1", match="QE-*"), None, "one of these at a time"),
        (typed("QE-1", "QE-2", "QE-1"), None, "QE-1 is named twice, and a charger counts once"),
        (typed("exports/may 2026"), None, "there is no such file or folder, and no charger is called so"),
    ],
)
def test_what_names_nobody_or_somebody_twice_is_refused(
    words: argparse.Namespace, site: Site | None, says: str
) -> None:
    with pytest.raises(WrongUse) as raised:
        chosen_names(words, site)

    assert says in str(raised.value)


def test_two_files_of_one_charger_of_a_plan_are_refused_where_one_says_so_by_its_name_on_the_broker(
    tmp_path: Path,
) -> None:
    exported(tmp_path / "QE-2.csv", answer("", a_day(FIRST, 10)), "csv")
    exported(tmp_path / "quay-two.csv", answer("", a_day(FIRST, 20)), "csv")

    with pytest.raises(WrongUse, match="two files are of QE-2, and a charger counts once"):
        profiles_of(typed(str(tmp_path)), QUAY, None, None)
