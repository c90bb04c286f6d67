"""Tokens shown at readers: which connector each is for."""

from __future__ import annotations

import asyncio

from agent.core.facts import StopReason
from agent.core.identity import ConnectorId, IdToken
from agent.core.limits import brought_by
from agent.core.session.events import (
    DriverLost,
    DriverReturned,
    SessionEvent,
    StartRequested,
    StopRequested,
    TokenPresented,
)
from agent.core.session.model import Session, SessionPhase
from agent.station import choice
from agent.station.station import Station


class Presentations:
    """Routes what the readers say. `place` None is the station's own reader."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._has_common_reader = "token_reader" in station.config.board.drivers
        self._phases: dict[ConnectorId, SessionPhase] = {}
        self._aside: asyncio.Future[IdToken | str] | None = None
        """Somebody tests the readers: the next card is theirs."""

    def hear(self, place: ConnectorId | None, event: SessionEvent) -> None:
        """A reader reported a token, or that it is silent, or back."""
        if self._aside is not None and not self._aside.done():
            match event:
                case TokenPresented():
                    self._aside.set_result(event.token)
                    return
                case DriverLost():
                    self._aside.set_result(event.detail)
                case _:
                    pass
        match event:
            case TokenPresented() if place is None:
                chosen = choice.for_token(self._station.sessions(), event.token)
                if chosen is not None:
                    self._station.connectors[chosen].post(event)
            case DriverLost() | DriverReturned() if place is None:
                for connector in self._station.connectors.values():
                    connector.post(event)
            case _ if place is not None:
                self._station.connectors[place].post(event)

    async def taken_aside(self) -> IdToken | str:
        """The next card at any reader, which no session hears of; or why a reader is silent. For one at a time."""
        self._aside = asyncio.get_running_loop().create_future()
        try:
            return await self._aside
        finally:
            self._aside = None

    def session_changed(self, session: Session) -> None:
        """Somebody accepted at one connector may have taken the cable of another: the acceptance moves there.

        Once, at the moment of the insertion: what becomes of it there is that connector's to decide.
        """
        before, self._phases[session.connector] = self._phases.get(session.connector), session.phase
        is_insertion = session.phase is SessionPhase.PLUGGED and before in (SessionPhase.IDLE, SessionPhase.CABLE_LEFT)
        if not is_insertion or not self._has_common_reader:
            return
        elsewhere = choice.misplaced(self._station.sessions(), session)
        if elsewhere is not None and elsewhere.token is not None:
            token = elsewhere.token
            self._station.connectors[elsewhere.connector].post(StopRequested(reason=StopReason.LOCAL))
            moved = StartRequested(token=token, authorize=False, profile=brought_by(elsewhere.brought, token))
            self._station.connectors[session.connector].post(moved)
