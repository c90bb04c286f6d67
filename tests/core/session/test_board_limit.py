"""The pilot board's own limit of the offered current, and what it says it encodes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.limits import Limits, LimitSource
from agent.core.session.events import LimitChanged, OfferReported
from tests.core.session.station import charging


def board_limit_a(limits: Limits) -> float | None:
    limit = limits.named(LimitSource.PILOT_BOARD)
    return None if limit is None else limit.current_a


def test_what_the_board_allows_is_offered_at_once_and_its_end_is_followed() -> None:
    station = charging()

    station.feed(OfferReported(offered_a=10.0, limit_a=10.0, detail="heat"))
    assert station.offer_a() == 10
    assert station.session.limits.effective().source is LimitSource.PILOT_BOARD
    station.feed(OfferReported(offered_a=10.0, limit_a=None))
    station.advance(5.1)

    assert station.offer_a() == 16


@pytest.mark.parametrize(("limit_a", "counts"), [(32.0, None), (40.0, None), (26.0, 26.0), (6.0, 6.0), (5.9, None)])
def test_it_counts_below_the_rating_and_down_to_what_can_be_offered(limit_a: float, counts: float | None) -> None:
    station = charging()
    station.feed(LimitChanged(source=LimitSource.HARDWARE, current_a=32.0))

    station.feed(OfferReported(offered_a=0.0, limit_a=limit_a))

    assert board_limit_a(station.session.limits) == counts


def test_a_pause_of_the_board_takes_back_no_order() -> None:
    station = charging()

    station.feed(OfferReported(offered_a=0.0, limit_a=0.0))

    assert (station.offer_a(), station.session.encoded_a) == (16.0, 0.0)


def test_a_silent_board_says_nothing_any_more() -> None:
    station = charging()
    station.feed(OfferReported(offered_a=7.0, limit_a=7.0))

    station.board_falls_silent()

    assert station.session.board_offered_a is None
    assert board_limit_a(station.session.limits) == 7.0


@given(st.lists(st.tuples(st.floats(0, 80), st.none() | st.floats(0, 80)), max_size=8))
def test_nothing_above_the_boards_word_or_its_limit_is_ever_told(said: list[tuple[float, float | None]]) -> None:
    station = charging()
    for offered_a, limit_a in said:
        station.feed(OfferReported(offered_a=offered_a, limit_a=limit_a))

        assert station.session.encoded_a <= offered_a
        assert station.session.encoded_a <= station.offer_a() <= 16
        assert limit_a is None or limit_a < 6 or station.offer_a() <= limit_a
        station.advance(1.0)
