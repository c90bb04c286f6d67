"""Which reservations are granted, and which go on; pure decisions over all connectors of the station."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from agent.core.availability import NO_BOOKINGS, Bookings, Reservation
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.values import frozen


class ReservationVerdict(Enum):
    """OCPP's answer to ReserveNow."""

    ACCEPTED = "Accepted"
    FAULTED = "Faulted"
    OCCUPIED = "Occupied"
    REJECTED = "Rejected"
    UNAVAILABLE = "Unavailable"


class Occupancy(Enum):
    """What a connector is to a reservation, whether or not one is on it."""

    FREE = "free"
    """Nobody is there, and nobody was accepted."""
    PLUGGED = "plugged"
    """A plug is in, and nobody was accepted."""
    IN_USE = "in use"
    STARTING = "starting"
    """The pilot board has not reported since the program began: nothing is known yet."""
    FAULTED = "faulted"
    OUT_OF_SERVICE = "out of service"


OUT = (Occupancy.FAULTED, Occupancy.OUT_OF_SERVICE)
"""What ends a reservation of the connector."""


@frozen
class Place:
    """One connector as a reservation sees it."""

    connector: ConnectorId
    occupancy: Occupancy


Reservations = tuple[Reservation, ...]


def verdict(
    asked: Reservation, known: Reservations, places: Sequence[Place], now: Instant, *, anywhere_is_supported: bool
) -> ReservationVerdict:
    """What ReserveNow is answered. One with the id of `asked` is replaced, so it does not stand in its way."""
    if now.utc_ms is None or asked.is_over(now):
        # Without a clock nobody could say when it ends; the network has told the time before it can ask.
        return ReservationVerdict.REJECTED
    before = next((one for one in known if one.id == asked.id), None)
    others = tuple(one for one in known if one is not before)
    if asked.connector is None:
        return _anywhere(others, places) if anywhere_is_supported else ReservationVerdict.REJECTED
    place = next((one for one in places if one.connector == asked.connector), None)
    if place is None:
        return ReservationVerdict.REJECTED
    if any(one.connector == asked.connector for one in others):
        return ReservationVerdict.OCCUPIED
    if before is not None and before.connector == asked.connector and place.occupancy is Occupancy.PLUGGED:
        # A stranger's cable does not keep the holder from changing the date.
        return ReservationVerdict.ACCEPTED
    found = _OF_OCCUPANCY[place.occupancy]
    if found is ReservationVerdict.ACCEPTED and _is_needed(asked.connector, others, places):
        return ReservationVerdict.OCCUPIED
    return found


_OF_OCCUPANCY = {
    Occupancy.FREE: ReservationVerdict.ACCEPTED,
    Occupancy.PLUGGED: ReservationVerdict.OCCUPIED,
    Occupancy.IN_USE: ReservationVerdict.OCCUPIED,
    Occupancy.STARTING: ReservationVerdict.UNAVAILABLE,
    Occupancy.FAULTED: ReservationVerdict.FAULTED,
    Occupancy.OUT_OF_SERVICE: ReservationVerdict.UNAVAILABLE,
}


def _anywhere(others: Reservations, places: Sequence[Place]) -> ReservationVerdict:
    """One more connector has to be free than are kept for others; else the best that can be said of any of them."""
    if len(_open(others, places)) > len(_for_any(others)):
        return ReservationVerdict.ACCEPTED
    words = {_OF_OCCUPANCY[place.occupancy] for place in places}
    if words & {ReservationVerdict.ACCEPTED, ReservationVerdict.OCCUPIED}:
        return ReservationVerdict.OCCUPIED
    is_faulted = words == {ReservationVerdict.FAULTED}
    return ReservationVerdict.FAULTED if is_faulted else ReservationVerdict.UNAVAILABLE


def bookings_of(connector: ConnectorId, known: Reservations, places: Sequence[Place]) -> Bookings:
    """What this connector has to know of them."""
    if not known:
        return NO_BOOKINGS
    own = next((one for one in known if one.connector == connector), None)
    return Bookings(own=own, anywhere=_for_any(known), is_needed=_is_needed(connector, known, places))


def _is_needed(connector: ConnectorId, known: Reservations, places: Sequence[Place]) -> bool:
    """Were it taken, fewer would be free than were promised to those who may charge anywhere."""
    elsewhere = [one for one in _open(known, places) if one != connector]
    return len(elsewhere) < len(_for_any(known))


def _open(known: Reservations, places: Sequence[Place]) -> list[ConnectorId]:
    """Connectors that are free, and reserved for nobody in particular."""
    taken = {one.connector for one in known}
    return [one.connector for one in places if one.occupancy is Occupancy.FREE and one.connector not in taken]


def _for_any(known: Reservations) -> Reservations:
    return tuple(one for one in known if one.connector is None)


@frozen
class Ended:
    """A reservation that is over, and why, in words."""

    reservation: Reservation
    why: str


def ended(known: Reservations, places: Sequence[Place], now: Instant) -> tuple[Ended, ...]:
    """Those that are over at this moment: by their date, or because the connector cannot serve any more.

    One for any connector lasts while a single one is left that may serve it. A connector the board has no more is out
    of service for good.
    """
    found = []
    for one in known:
        its = [place for place in places if one.connector in (None, place.connector)]
        if one.is_over(now):
            found.append(Ended(one, "its date has come"))
        elif all(place.occupancy in OUT for place in its):
            is_faulted = any(place.occupancy is Occupancy.FAULTED for place in its)
            found.append(Ended(one, "the connector is faulted" if is_faulted else "the connector is out of service"))
    return tuple(found)


def next_end_s(known: Reservations, now: Instant) -> float | None:
    """When the next one expires, monotonic seconds; None where none does, or no clock can be trusted."""
    if now.utc_ms is None or not known:
        return None
    first_ms = min(one.expires_ms for one in known)
    return now.monotonic_s + max(0, first_ms - now.utc_ms) / 1000
