"""What the connectors tell, handed to whoever has to hear it."""

from __future__ import annotations

from agent.bus import News
from agent.core.availability import StatusReport
from agent.core.identity import ConnectorId
from agent.core.session.events import SessionEvent
from agent.core.session.model import Session
from agent.station.current_limits import CurrentLimits
from agent.station.network import Network
from agent.station.prices import Prices
from agent.station.reading_tokens import Presentations
from agent.station.reservations import Reservations
from agent.station.station import Station


class Hearing:
    """`Listener` of every connector; returns at once and does not fail."""

    def __init__(
        self,
        station: Station,
        limits: CurrentLimits,
        link: Network,
        presentations: Presentations,
        reservations: Reservations,
        *,
        prices: Prices,
    ) -> None:
        self._station = station
        self._reservations = reservations
        self._prices = prices
        self._limits = limits
        self._network = link
        self._presentations = presentations

    def status_changed(self, report: StatusReport) -> None:
        self._network.status_changed(report)

    def facts_recorded(self) -> None:
        self._network.facts_recorded()

    def transaction_changed(self, connector: ConnectorId) -> None:
        self._limits.transaction_changed()
        self._reservations.transaction_changed()

    def tell(self, news: News) -> None:
        self._station.publish(news)

    def session_changed(self, session: Session, event: SessionEvent) -> None:
        """After each step of a connector."""
        self._limits.session_changed(session)
        self._presentations.session_changed(session)
        self._reservations.session_changed(session)
        self._prices.session_changed(session, event)
