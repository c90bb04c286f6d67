"""Reservations of the station: granted, kept over restarts, told to the connectors, and ended when they are over.

Who may charge where is decided in `agent/core/reservations.py`; a session knows what concerns its own connector.
"""

from __future__ import annotations

import asyncio
import logging

from agent.core import reservations
from agent.core.availability import Reservation
from agent.core.identity import ConnectorId
from agent.core.reservations import Place, ReservationVerdict
from agent.core.session.events import BookingsChanged
from agent.core.session.model import Session
from agent.core.session.occupancy import place_of
from agent.errors import StoreError
from agent.station.station import Station

log = logging.getLogger(__name__)

END_AGAIN_S = 30.0
"""After a store that could not end one."""


class Reservations:
    """One object a run; `ReservationPort` of the OCPP client. Costs next to nothing while nothing is reserved."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._places: dict[ConnectorId, Place] = {}
        self._changed = asyncio.Event()

    # What the network asks.

    async def reserve(self, asked: Reservation) -> ReservationVerdict:
        """Durable when accepted. Raises StoreError."""
        said = self._verdict(asked)
        if said is not ReservationVerdict.ACCEPTED:
            return said
        store = self._station.store.latches.reservations
        await store.keep(asked)
        said = self._verdict(asked)
        if said is not ReservationVerdict.ACCEPTED:
            # Somebody was accepted there while it went on record: they came first.
            await store.end(asked.id)
            return said
        self._tell_connectors()
        self._changed.set()
        self._station.tell(
            "reservation.made",
            reservation=asked.id,
            token=asked.token.masked,
            place=0 if asked.connector is None else asked.connector,
        )
        return said

    async def cancel(self, id: int) -> bool:
        """Whether there was one; durable when it returns. Raises StoreError."""
        return await self._end(id, "the network cancelled it")

    def _verdict(self, asked: Reservation) -> ReservationVerdict:
        places = self._look()
        return reservations.verdict(
            asked,
            self._station.store.latches.reservations.all(),
            places,
            self._station.clock.now(),
            anywhere_is_supported=len(places) > 1,
        )

    # What changes them.

    def session_changed(self, session: Session) -> None:
        """After each step of a connector."""
        place = place_of(session)
        if self._places.get(session.connector) != place:
            self._places[session.connector] = place
            if self._station.store.latches.reservations.all():
                # At once: what one connector takes may be the last one that was free.
                self._tell_connectors()
                self._changed.set()

    def transaction_changed(self) -> None:
        """A charge began, and may have used one up, or ended."""
        self._tell_connectors()

    def clock_told(self) -> None:
        """The wall clock may be trusted now."""
        self._changed.set()

    def restored(self) -> None:
        """After a start of the program: the connectors hear of what is on record before anything else happens."""
        self._tell_connectors()

    # How they end.

    async def run(self) -> None:
        """End each when it is over, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            due_at = await self._end_what_is_over()
            timer = None if due_at is None else loop.call_at(due_at, self._changed.set)
            try:
                await self._changed.wait()
            finally:
                if timer is not None:
                    timer.cancel()

    async def _end_what_is_over(self) -> float | None:
        """When to look again, monotonic seconds; None: when something changes."""
        store, now = self._station.store.latches.reservations, self._station.clock.now()
        for over in reservations.ended(store.all(), self._look(), now):
            try:
                await self._end(over.reservation.id, over.why)
            except StoreError as error:
                log.warning("reservation was not ended", extra={"error": str(error)})
                return now.monotonic_s + END_AGAIN_S
        return reservations.next_end_s(store.all(), self._station.clock.now())

    async def _end(self, id: int, why: str) -> bool:
        was_known = await self._station.store.latches.reservations.end(id)
        if was_known:
            self._tell_connectors()
            self._station.tell("reservation.ended", reservation=id, why=why)
        return was_known

    def _look(self) -> tuple[Place, ...]:
        return tuple(place_of(session) for session in self._station.sessions())

    def _tell_connectors(self) -> None:
        known, places = self._station.store.latches.reservations.all(), self._look()
        for id, connector in self._station.connectors.items():
            bookings = reservations.bookings_of(id, known, places)
            if connector.session.bookings != bookings:
                connector.post(BookingsChanged(bookings))
