"""Which plug is in, counted by us: the same identity never for two plugs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.drivers.openevse.readings import ASLEEP, CAR_CONNECTED, DISABLED, Status
from agent.drivers.plug_watch import Watch, look, look_again, never_left


def seen(*, connected: bool, elapsed_s: int | None = 0) -> Status:
    return Status(state=ASLEEP, flags=CAR_CONNECTED if connected else 0, elapsed_s=elapsed_s)


@given(st.lists(st.booleans(), max_size=30))
def test_each_insertion_has_an_identity_of_its_own_and_keeps_it(levels: list[bool]) -> None:
    watch, plugs, before = Watch(id="w"), list[object](), False
    for now, connected in enumerate(levels):
        watch = look(watch, seen(connected=connected), float(now))
        assert (watch.plug is not None) == connected
        if connected and not before:
            assert watch.plug not in plugs
            plugs.append(watch.plug)
        elif connected:
            assert watch.plug == plugs[-1]
        before = connected


def test_where_the_controller_sees_nothing_nothing_is_learnt() -> None:
    watch = look(Watch(id="w"), seen(connected=True), 1.0)

    assert look(watch, Status(state=DISABLED, flags=0, elapsed_s=0), 2.0) == watch


def test_a_car_that_charged_for_longer_than_the_gap_has_never_left() -> None:
    watch = look(look(Watch(id="w"), seen(connected=True), 0.0), seen(connected=True, elapsed_s=600), 600.0)

    again = look_again(watch, seen(connected=True, elapsed_s=630), 630.0, "fresh")

    assert again.plug == watch.plug


def test_a_car_that_is_there_after_a_gap_without_such_proof_is_another_one() -> None:
    watch = look(look(Watch(id="w"), seen(connected=True), 0.0), seen(connected=True, elapsed_s=10), 10.0)

    again = look_again(watch, seen(connected=True, elapsed_s=10), 40.0, "fresh")

    assert again.plug is not None
    assert again.plug.board_boot_id == "fresh"


def test_a_gap_at_an_empty_outlet_begins_no_new_watch() -> None:
    watch = look(look(Watch(id="w"), seen(connected=True), 0.0), seen(connected=False), 1.0)

    empty = look_again(watch, seen(connected=False), 60.0, "fresh")
    taken = look_again(watch, seen(connected=True), 60.0, "fresh")

    assert (empty.id, empty.plug) == ("w", None)
    assert taken.plug not in (None, look(Watch(id="w"), seen(connected=True), 0.0).plug)


@given(
    elapsed_s=st.integers(0, 10_000),
    away_s=st.floats(0.0, 10_000),
    arrives_s=st.floats(0.0, 10_000),
    charges_s=st.floats(0.0, 10_000),
)
def test_no_other_car_that_came_in_the_gap_passes_for_the_one_before(
    elapsed_s: int, away_s: float, arrives_s: float, charges_s: float
) -> None:
    watch = look(look(Watch(id="w"), seen(connected=True), 0.0), seen(connected=True, elapsed_s=elapsed_s), 0.0)
    shown_s = int(min(charges_s, max(0.0, away_s - arrives_s)))

    assert not never_left(watch, seen(connected=True, elapsed_s=shown_s), away_s)
