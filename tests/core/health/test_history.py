"""What goes on record of a port's verdict: each change that stays, seldom enough, and no port as well too early."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.health.history import (
    AT_ONCE,
    BELIEVED_AFTER_S,
    ONE_MORE_AFTER_S,
    Away,
    Change,
    Port,
    Standing,
    Stretch,
    stretches,
)
from agent.core.health.model import Verdict
from agent.core.time import Instant

LOOKS_EVERY_S = 10.0
OK = Standing(verdict=Verdict.OK)
OFFLINE = Standing(verdict=Verdict.DEGRADED, reason="network.offline")
METER = Standing(verdict=Verdict.DEGRADED, reason="meter.silent")
WELDED = Standing(verdict=Verdict.DOWN, reason="fault.contactor.welded")
WORDS = {"o": OK, "n": OFFLINE, "m": METER, "w": WELDED}
STANDINGS = st.sampled_from(list(WORDS.values()))


def kept(looks: list[Standing], told: Standing | None, began_s: float = 0.0) -> list[tuple[float, Standing, int]]:
    """Of looks every ten seconds: when something went on record, what, and how many before it did not."""
    port, found = Port(told), []
    for number, standing in enumerate(looks):
        now_s = began_s + LOOKS_EVERY_S * number
        unkept = port.looked(standing, now_s)
        if unkept is not None:
            found.append((now_s, standing, unkept))
    return found


@pytest.mark.parametrize(
    ("told", "looks", "on_record"),
    [
        (None, "oooooooooo", {80.0: "o"}),
        (None, "nnnnnnnnnn", {10.0: "n"}),
        ("o", "oooooooooo", {}),
        ("n", "oooooonnnnnn", {}),
        ("n", "oooooooooooo", {80.0: "o"}),
        ("n", "wwwwwwwwwwww", {10.0: "w"}),
        ("w", "nnnnnnnnnnnn", {80.0: "n"}),
        ("o", "oooooooooowooooo", {}),
        ("o", "oooooooooowwoooo", {110.0: "w", 130.0: "o"}),
        ("m", "mmmmmmmmmmmmnnnnn", {130.0: "n"}),
    ],
    ids=lambda one: str(one),
)
def test_what_stays_goes_on_record_and_of_a_young_program_only_what_is_worse(
    told: str | None, looks: str, on_record: dict[float, str]
) -> None:
    found = kept([WORDS[one] for one in looks], None if told is None else WORDS[told])

    assert {at_s: standing for at_s, standing, _ in found} == {at_s: WORDS[one] for at_s, one in on_record.items()}


@given(st.lists(st.tuples(STANDINGS, st.integers(1, 12)), min_size=1), st.none() | STANDINGS)
def test_the_record_ends_with_what_the_port_is_and_repeats_nothing(
    runs: list[tuple[Standing, int]], told: Standing | None
) -> None:
    looks = [standing for standing, count in runs for _ in range(count)]
    last = looks[-1]
    # Long enough for the pace to let the last word through, however much went before.
    found = kept([*looks, *[last] * (int(ONE_MORE_AFTER_S / LOOKS_EVERY_S) + 10)], told, began_s=BELIEVED_AFTER_S)

    on_record = [standing for _, standing, _ in found]
    assert (on_record[-1] if on_record else told) == last
    assert all(one != following for one, following in zip([told, *on_record], on_record, strict=False))


@given(st.lists(STANDINGS, min_size=1, max_size=4_000))
def test_however_it_flaps_the_record_grows_slowly_and_tells_what_it_left_out(looks: list[Standing]) -> None:
    found = kept(looks, OK, began_s=BELIEVED_AFTER_S)

    for begin in range(len(found)):
        within = [at_s for at_s, _, _ in found if found[begin][0] <= at_s < found[begin][0] + 3_600]
        assert len(within) <= AT_ONCE + 3_600 / ONE_MORE_AFTER_S + 1
    assert sum(unkept for _, _, unkept in found) + len(found) <= len(looks)


@given(STANDINGS, st.lists(STANDINGS, min_size=30, max_size=150), st.integers(0, 59))
def test_what_waited_for_its_turn_goes_on_record_as_it_settled_and_not_as_one_look_found_it(
    settled: Standing, glimpses: list[Standing], odd: int
) -> None:
    flaps = [one for _ in range(AT_ONCE) for one in (WELDED, WELDED, OK, OK)] + [OK] * odd
    looks = [*flaps, settled, settled, *(one for glimpse in glimpses for one in (glimpse, settled))]

    found = kept(looks, OK, began_s=BELIEVED_AFTER_S)

    since_s = BELIEVED_AFTER_S + LOOKS_EVERY_S * (len(flaps) + 1)
    assert {standing for at_s, standing, _ in found if at_s >= since_s} <= {settled}


def test_a_verdict_that_flaps_every_half_minute_is_told_with_what_was_not_kept() -> None:
    found = kept([one for _ in range(200) for one in (WELDED, WELDED, WELDED, OK, OK, OK)], OK, BELIEVED_AFTER_S)

    assert [unkept for _, _, unkept in found[:AT_ONCE]] == [0] * AT_ONCE
    assert 0 < len(found) - AT_ONCE <= 1 + 200 * 60 / ONE_MORE_AFTER_S
    # Nothing is lost unsaid: two changes each minute, kept or counted, but for those behind the last that was kept.
    told = len(found) + sum(unkept for _, _, unkept in found)
    assert told == pytest.approx((found[-1][0] - BELIEVED_AFTER_S) / 30, abs=1)


BOOT = "boot"


def at(second: float, *, boot: str = BOOT, clock: bool = True) -> Instant:
    return Instant(second, 1_800_000_000_000 + round(second * 1000) if clock else None, boot)


def change(port: int, second: float, standing: Standing = OFFLINE, **more: object) -> Change:
    return Change(port=port, at=at(second, **more), standing=standing)  # type: ignore[arg-type]


def test_each_port_stands_from_change_to_change_and_the_last_one_until_now() -> None:
    first, other, second = change(1, 100.0, WELDED), change(2, 150.0), change(1, 400.0, OK)

    assert list(stretches([first, other, second], [], at(1_000.0))) == [
        Stretch(change=second, since=second.at, until=None, lasted_ms=600_000, away_ms=0),
        Stretch(change=other, since=other.at, until=None, lasted_ms=850_000, away_ms=0),
        Stretch(change=first, since=first.at, until=second.at, lasted_ms=300_000, away_ms=0),
    ]


def test_a_port_stands_so_since_its_reason_began_and_not_since_somebody_looked() -> None:
    changes = [change(1, 100.0, OK), replace(change(1, 400.0, WELDED), stood_s=22.5), change(1, 500.0, OK)]

    sound, broken, mended = reversed(list(stretches(changes, [], at(1_000.0))))

    assert (sound.until, sound.lasted_ms) == (at(377.5), 277_500)
    assert (broken.since, broken.until, broken.lasted_ms) == (at(377.5), at(500.0), 122_500)
    assert mended.since == at(500.0)


def test_a_reason_that_was_there_before_the_change_did_not_make_it() -> None:
    """A meter is silent all the time, and between two looks a weld was graver."""
    meter = [replace(change(1, second, METER), stood_s=second - 85.0) for second in (100.0, 700.0)]
    changes = [meter[0], replace(change(1, 400.0, WELDED), stood_s=10.0), meter[1]]

    found = list(reversed(list(stretches(changes, [], at(1_000.0)))))

    assert [one.since for one in found] == [at(85.0), at(390.0), at(700.0)]


def test_without_a_clock_a_reason_is_dated_by_how_long_it_had_stood() -> None:
    (found,) = stretches([replace(change(1, 100.0, WELDED, clock=False), stood_s=30.0)], [], at(200.0, clock=False))

    assert (found.since, found.lasted_ms) == (at(70.0, clock=False), 130_000)


def test_what_nobody_saw_is_told_apart_and_only_where_a_clock_spans_it() -> None:
    began, away = change(1, 100.0), [Away(since=at(50.0), until=at(130.0)), Away(since=at(200.0), until=at(260.0))]
    other_boot = Instant(5.0, None, "another boot")

    assert next(stretches([began], away, at(230.0))).away_ms == 30_000 + 30_000
    unknown = next(stretches([change(1, 100.0, clock=False)], away, other_boot))
    assert (unknown.lasted_ms, unknown.away_ms) == (None, 0)
    assert next(stretches([began], [Away(since=at(200.0), until=other_boot)], at(230.0))).away_ms == 0


@given(
    st.lists(st.tuples(st.integers(1, 3), st.floats(0, 1e6)), max_size=20).map(
        lambda rows: sorted(rows, key=lambda r: r[1])
    ),
    st.lists(st.floats(0, 1e6), max_size=8).map(sorted),
)
def test_the_stretches_of_a_port_join_and_together_last_since_its_first_change(
    rows: list[tuple[int, float]], edges: list[float]
) -> None:
    changes = [change(port, second) for port, second in rows]
    away = [Away(since=at(one), until=at(two)) for one, two in zip(edges[::2], edges[1::2], strict=False)]

    found = list(stretches(changes, away, at(1e6)))

    assert [one.change for one in reversed(found)] == changes
    assert all(one.lasted_ms is not None and 0 <= one.away_ms <= one.lasted_ms + 8 for one in found)
    for port in {port for port, _ in rows}:
        lasted = sum(one.lasted_ms or 0 for one in found if one.change.port == port)
        assert lasted == pytest.approx(1000 * (1e6 - min(second for one, second in rows if one == port)), abs=20)
