"""A host that has the board start anew: whatever happened before, a start forgets nothing that still counts.

The rule stands in `firmware/bench/watch.py` in its own words and is asked with each start that the board agrees to; the
sentences are those of `firmware/bench/restart_checks.py`.
"""

from __future__ import annotations

import pytest
from full_kind import EVERYTHING
from hypothesis import given
from hypothesis import strategies as st
from kind import SOCKET

from tests.firmware.board_world import GOOD_MV, LACKS, TROUBLES, World, world
from tests.searching import costly

MINUTE_MS, RATE_MS = 62_000, 600_000
RESTS_MS = st.sampled_from((0, 3_000, 29_000, 33_000, 590_000, 601_000))
PERMITS = st.sampled_from((False, False, False, True))


def charges(each: World) -> None:
    """One closing, where nothing stands in its way, and the car drives off."""
    each.bench.show("B")
    each.bench.wish(True, 160)
    each.bench.run(9_000)
    each.bench.show("C")
    each.bench.run(4_000)


def leaves(each: World) -> None:
    each.bench.wish(False, 0)
    each.bench.show("B")
    each.bench.run(7_000)
    each.bench.show("A")
    each.bench.run(3_000)


def meets(each: World, name: str, bad: object, for_ms: int) -> None:
    """A pin shows this for so long, then what it showed before; what the contactor does is none of it here."""
    pins = each.bench.hal.pins
    if name not in ("load_ma", "mirror_stays", "residual"):
        good = getattr(pins, name)
        setattr(pins, name, bad)
        each.bench.touch()
        each.bench.run(for_ms)
        setattr(pins, name, good)
        each.bench.touch()


def starts_anew(each: World) -> bool:
    """The board is asked; whether it did. AssertionError of the watch where it should not have agreed."""
    each.bench.test_step("restart")
    each.bench.run(150)
    if did := bool(each.bench.hal.restarts):
        each.bench.hal.restarts = 0
        each.restart("soft")
        each.bench.run(5_000)
    return did


def at_rest(*, socket: bool = False, lacks: int = 0) -> World:
    found = world((EVERYTHING if socket else EVERYTHING & ~SOCKET) & ~lacks, sparse=True, open_pen=False)
    found.bench.hal.pins.voltage_mv = GOOD_MV
    found.bench.wish(False, 0)
    found.bench.run(MINUTE_MS)
    return found


@given(
    socket=st.booleans(),
    lacks=LACKS,
    charged=st.booleans(),
    trouble=st.sampled_from(TROUBLES),
    rest_ms=RESTS_MS,
    state=st.sampled_from("AAAAB"),
    permit=PERMITS,
)
@costly(20, search=500)
def test_an_ordered_start_forgets_nothing_that_counts(
    *,
    socket: bool,
    lacks: int,
    charged: bool,
    trouble: tuple[str, object, int],
    rest_ms: int,
    state: str,
    permit: bool,
) -> None:
    each = at_rest(socket=socket, lacks=lacks)
    if charged:
        charges(each)
    meets(each, *trouble)
    leaves(each)
    each.bench.run(rest_ms + 1)
    each.bench.show(state)
    each.bench.run(500)
    each.bench.wish(permit, 160 if permit else 0)

    started = starts_anew(each)

    assert not started or (state == "A" and not permit)
    assert not started or not charged or rest_ms >= RATE_MS - 20_000
    assert not each.bench.closed


NOT_BY_A_START = tuple(one for one in TROUBLES if one[0] not in ("residual", "load_ma", "mirror_stays"))
"""Troubles of a board that serves nobody. An error of the residual current module is what a start is to end."""
SERVES_MS, LOOKS_MS = 130_000, 500


def served(each: World) -> list[tuple[int, bool]]:
    """What is offered to a car that comes now, in 0.1 A, and whether it is closed, every half second."""
    bench, seen = each.bench, []
    bench.wish(True, 320)
    for passed_ms in range(0, SERVES_MS, LOOKS_MS):
        bench.show("B" if passed_ms < 4_000 else "C")
        bench.run(LOOKS_MS)
        seen.append((bench.board.interlock.offer.offered_da, bench.closed))
    return seen


@given(lacks=LACKS, trouble=st.sampled_from(NOT_BY_A_START), rest_ms=st.sampled_from((500, 3_000, 33_000, 70_000)))
@costly(25, search=1_000)
def test_after_an_ordered_start_nobody_is_served_sooner_or_given_more(
    lacks: int, trouble: tuple[str, object, int], rest_ms: int
) -> None:
    started, twin = at_rest(lacks=lacks), at_rest(lacks=lacks)
    for each in (started, twin):
        meets(each, *trouble)
        each.bench.run(rest_ms)
    if not starts_anew(started):
        return
    twin.bench.run(5_150)

    for anew, before in zip(served(started), served(twin), strict=True):
        assert anew[0] <= before[0], "more is offered after a start by order"
        assert anew[1] <= before[1], "closed sooner after a start by order"


@pytest.mark.parametrize(
    ("trouble", "rest_ms"),
    [
        (("voltage_mv", (277_000,) * 3, 500), 500),
        (("mains_mhz", 46_999, 3_000), 500),
        (("ntc_codes", (2_048, 4_095, 4_095, 2_048), 2_000), 20_000),
        (("ntc_codes", (500, 2_048, 2_048, 2_048), 2_000), 500),
    ],
)
def test_a_board_that_waits_or_gives_less_does_not_start_anew(trouble: tuple[str, object, int], rest_ms: int) -> None:
    each = at_rest()
    meets(each, *trouble)
    each.bench.run(rest_ms)
    assert each.bench.faults

    assert not starts_anew(each)


@pytest.mark.parametrize("socket", [False, True])
def test_the_fullest_boards_start_anew_when_asked_at_rest(socket: bool) -> None:
    each = at_rest(socket=socket)
    before = each.boots

    assert starts_anew(each)
    assert each.boots == before + 1
    assert each.bench.faults == []
    charges(each)
    assert each.bench.closed, "no life was short: the next car is served at once"
