"""Which charging profiles are installed: replacing, clearing, and the end of a transaction."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.identity import ConnectorId, TransactionKey
from agent.core.schedule.compose import Profiles
from agent.core.schedule.installing import (
    MAX_INSTALLED,
    cleared,
    installed,
    objection,
    without_transaction,
)
from agent.core.schedule.profile import ChargingProfile, ProfileKind, ProfilePurpose, SchedulePeriod
from tests.core.schedule.profiles import CHARGE, ONE, TWO, any_profile, profile

TX, DEFAULT, STATION = ProfilePurpose.TX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.STATION_MAX


def ids(profiles: Profiles) -> list[int]:
    return [one.id for one in profiles]


def test_the_same_id_is_replaced_wherever_it_was() -> None:
    before = (profile(1, level=3, connector=TWO), profile(2, level=1))

    after = installed(before, profile(1, level=0))

    assert ids(after) == [2, 1]
    assert after[1].connector == ONE


def test_the_same_purpose_level_and_connector_is_replaced() -> None:
    before = (profile(1), profile(2, connector=None), profile(3, level=1), profile(4, purpose=TX))

    assert ids(installed(before, profile(9))) == [2, 3, 4, 9]


def test_an_id_makes_the_other_filters_of_a_clearing_irrelevant() -> None:
    before = (profile(1), profile(2, level=2))

    assert ids(cleared(before, profile_id=1, connector=TWO, stack_level=7)) == [2]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({}, []),
        ({"connector": ONE}, [2, 3, 5]),
        ({"station_only": True}, [1, 3, 4]),
        ({"purpose": TX}, [1, 2, 3, 5]),
        ({"stack_level": 2}, [1, 2, 4, 5]),
        ({"purpose": DEFAULT, "stack_level": 2}, [1, 2, 4, 5]),
        ({"purpose": STATION, "connector": ONE}, [1, 2, 3, 4, 5]),
        ({"profile_id": 77}, [1, 2, 3, 4, 5]),
    ],
)
def test_filters_of_a_clearing_must_all_match(filters: dict[str, object], left: list[int]) -> None:
    before = (
        profile(1),
        profile(2, connector=None),
        profile(3, connector=TWO, level=2),
        profile(4, purpose=TX, transaction=CHARGE),
        profile(5, purpose=STATION, connector=None),
    )

    assert ids(cleared(before, **filters)) == left  # type: ignore[arg-type]


def test_the_profiles_of_a_charge_end_with_it() -> None:
    running = (profile(1), profile(2, purpose=TX, transaction=CHARGE), profile(3, purpose=TX, connector=TWO))

    assert ids(without_transaction(running, CHARGE)) == [1, 3]


def test_defaults_outlive_the_transaction() -> None:
    before = (profile(1), profile(2, purpose=TX, transaction=TransactionKey("other")))

    assert without_transaction(before, CHARGE) == before


GOOD = profile(1, (0, 16), (2, 8))
ROOM_FOR_LATER = SchedulePeriod(start_s=5, limit=6.0)


@pytest.mark.parametrize(
    ("new", "running", "words"),
    [
        (replace(GOOD, stack_level=21), None, "outside 0…20"),
        (replace(GOOD, stack_level=-1), None, "outside 0…20"),
        (replace(GOOD, purpose=STATION), None, "whole station"),
        (replace(GOOD, purpose=TX), None, "does not run"),
        (replace(GOOD, purpose=TX, transaction=TransactionKey("old")), CHARGE, "does not run"),
        (replace(GOOD, purpose=TX, connector=None), CHARGE, "one connector"),
        (replace(GOOD, periods=()), None, "0 periods"),
        (replace(GOOD, periods=(ROOM_FOR_LATER,)), None, "begin with 0"),
        (replace(GOOD, periods=(*GOOD.periods, ROOM_FOR_LATER)), None, "rise"),
        (replace(GOOD, periods=(SchedulePeriod(start_s=0, limit=-1.0),)), None, "no rate"),
        (replace(GOOD, periods=(SchedulePeriod(start_s=0, limit=float("nan")),)), None, "no rate"),
        (replace(GOOD, periods=(SchedulePeriod(start_s=0, limit=6.0, phases=4),)), None, "1…3"),
        (replace(GOOD, kind=ProfileKind.RECURRING), None, "Daily or Weekly"),
    ],
)
def test_what_may_not_be_installed_is_told_why(
    new: ChargingProfile, running: TransactionKey | None, words: str
) -> None:
    why = objection((), new, running)

    assert why is not None and words in why


def test_a_full_house_takes_only_what_replaces_something() -> None:
    full = tuple(profile(id, connector=ConnectorId(id)) for id in range(1, MAX_INSTALLED + 1))

    assert objection(full, profile(7, level=4), None) is None
    why = objection(full, profile(999, level=4), None)
    assert why is not None and "clear some first" in why


@given(st.lists(st.integers(0, 9).flatmap(any_profile), max_size=12))
def test_no_two_installed_profiles_share_an_id_or_a_place(wishes: list[ChargingProfile]) -> None:
    profiles: Profiles = ()
    for new in wishes:
        assert objection(profiles, new, CHARGE) is None
        profiles = installed(profiles, new)

    places = [(one.purpose, one.stack_level, one.connector) for one in profiles]
    assert len(set(ids(profiles))) == len(profiles) == len(set(places))
    assert not wishes or profiles[-1] == wishes[-1]
