"""What this room needs of the list of tokens, the reservations and the link: protocols beside those of `ports.py`."""

from __future__ import annotations

from typing import Protocol

from agent.core.availability import Reservation
from agent.core.link_figures import LinkFigures
from agent.core.local_list import ListUpdate, UpdateVerdict
from agent.core.reservations import ReservationVerdict


class LinkPort(Protocol):
    """The link as the rest of the charger sees it."""

    def link_figures(self) -> LinkFigures | None:
        """None before there is one."""
        ...


class LocalListPort(Protocol):
    """The list of tokens that the network sends, and that it alone changes."""

    @property
    def version(self) -> int:
        """agent.core.local_list.EMPTY where nothing is on it."""
        ...

    async def update(self, update: ListUpdate) -> UpdateVerdict:
        """All of it or nothing; durable when accepted. A store that fails, or is full, is FAILED."""
        ...


class ReservationPort(Protocol):
    """Connectors kept for somebody."""

    async def reserve(self, asked: Reservation) -> ReservationVerdict:
        """Durable when accepted; one with the same id is replaced."""
        ...

    async def cancel(self, id: int) -> bool:
        """Whether there was one; durable when it returns."""
        ...
