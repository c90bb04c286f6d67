"""Reservations of a connector, drawn at random."""

from __future__ import annotations

from itertools import count

from hypothesis import strategies as st

from agent.core.availability import Bookings, Reservation
from agent.core.identity import IdToken
from tests.core.session.station import CARD, CONNECTOR, FAMILY, OTHER_CARD

Holder = tuple[IdToken, IdToken | None]
"""A token and the group that may use its reservation too."""

NUMBERS = count(1)
"""The network gives each reservation a number of its own."""

holders = st.tuples(st.sampled_from([CARD, OTHER_CARD]), st.sampled_from([None, FAMILY]))


def _reservation(holder: Holder, *, is_own: bool) -> Reservation:
    connector = CONNECTOR if is_own else None
    return Reservation(id=next(NUMBERS), connector=connector, token=holder[0], group=holder[1], expires_ms=1)


bookings = st.builds(
    lambda own, anywhere, is_needed: Bookings(
        own=None if own is None else _reservation(own, is_own=True),
        anywhere=tuple(_reservation(one, is_own=False) for one in anywhere),
        is_needed=is_needed,
    ),
    st.none() | holders,
    st.lists(holders, max_size=2),
    st.booleans(),
)
