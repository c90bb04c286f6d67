"""Counters only rise: whatever copies are joined, in whatever order, and whatever part is exchanged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.core.wear.model import COUNTERS, LAST_TEST, RETIRED_AT_MOST, Part, Wear, joined, named, part_id, replaced

CONTACTOR = part_id(COUNTERS[-1].part, 1)
PARTS = st.sampled_from(["charger", "contactor:1", "contactor:2", "meter:1"])
DEEDS = st.lists(st.tuples(PARTS, st.sampled_from(["closings", "energy_wh"]), st.integers(1, 10**9)), max_size=20)


def grown(deeds: list[tuple[str, str, int]], wear: Wear | None = None) -> Wear:
    wear = wear or Wear()
    for part, name, by in deeds:
        wear = wear.more(part, name, by)
    return wear


@given(DEEDS, DEEDS)
def test_an_older_copy_lowers_nothing(first: list[tuple[str, str, int]], then: list[tuple[str, str, int]]) -> None:
    older = grown(first)
    newer = grown(then, older)

    assert joined([older, newer]) == newer
    assert joined([newer, older]) == newer
    assert joined([newer]) == newer


@given(DEEDS, PARTS, DEEDS)
def test_a_part_that_was_exchanged_does_not_take_over_the_numbers_of_the_one_before(
    first: list[tuple[str, str, int]], part: str, then: list[tuple[str, str, int]]
) -> None:
    older = grown(first)
    newer = grown(then, replaced(older, part, "S-2", 1_800_000_000_000))

    found = joined([older, newer])

    assert found == newer
    assert found.retired[-1].part == older.part(part)
    assert found.part(part).serial == "S-2"


def test_of_a_time_the_copy_holds_that_counted_more_whichever_is_later() -> None:
    ahead = Wear().more("charger", "power_on_s", 60).more("rcm:1", "tests").last("rcm:1", LAST_TEST, 2_082_758_400_000)
    mended = ahead.more("rcm:1", "tests").last("rcm:1", LAST_TEST, 1_800_000_000_000)

    assert joined([ahead, mended]) == joined([mended, ahead]) == mended


def test_a_time_that_only_the_older_copy_knows_is_kept() -> None:
    older, newer = Wear().more("rcm:1", "tests").last("rcm:1", LAST_TEST, 7), Wear().more("rcm:1", "tests", 2)

    assert joined([newer, older]).part("rcm:1").counts == {"tests": 2, LAST_TEST: 7}


def test_the_numbers_of_copies_that_each_know_more_are_both_kept() -> None:
    one, other = Wear().more("contactor:1", "closings", 7), Wear().more("meter:1", "energy_wh", 9)

    found = joined([one, other])

    assert (found.count("contactor:1", "closings"), found.count("meter:1", "energy_wh")) == (7, 9)


def test_a_serial_number_that_a_device_tells_later_is_taken_once() -> None:
    wear = named(Wear().more("meter:1", "energy_wh", 5), "meter:1", "A", 1)

    again = named(wear, "meter:1", "B", 2)

    assert again.part("meter:1") == Part(serial="A", fitted=1, counts={"energy_wh": 5})


def test_a_part_that_gets_a_name_keeps_its_numbers_and_a_serial_number_is_not_overwritten() -> None:
    wear = Wear().more("contactor:1", "closings", 9)

    once = named(wear, "contactor:1", "", None, "K 40")
    then = named(named(once, "contactor:1", "S-1", 7, ""), "contactor:1", "S-2", 8, "K 41")

    assert once.part("contactor:1") == Part(model="K 40", counts={"closings": 9})
    assert then.part("contactor:1") == Part(serial="S-1", model="K 41", fitted=7, counts={"closings": 9})
    assert named(then, "contactor:1", "", None) is then


def test_of_many_exchanged_parts_the_newest_are_kept() -> None:
    wear = Wear()
    for number in range(RETIRED_AT_MOST + 3):
        wear = replaced(wear, "contactor:1", f"S-{number}", None)

    assert len(wear.retired) == RETIRED_AT_MOST
    assert wear.retired[-1].part.serial == f"S-{RETIRED_AT_MOST + 1}"


def test_a_count_stays_where_it_cannot_grow_any_more() -> None:
    assert Part().more("closings", 2**60).more("closings").counts["closings"] == 2**53


def test_a_peak_rises_and_never_falls_even_below_zero() -> None:
    cold = Part().at_least("hottest_c", -12)

    assert cold.counts["hottest_c"] == -12
    assert cold.at_least("hottest_c", -20).counts["hottest_c"] == -12
    assert cold.at_least("hottest_c", 41).counts["hottest_c"] == 41
