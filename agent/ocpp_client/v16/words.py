"""Everything 1.6 says and reads, but for the network's commands: one half of the adapter."""

from __future__ import annotations

from agent.core.availability import StatusReport
from agent.core.facts import QueuedFact
from agent.ocpp_client.adapter import WireCall
from agent.ocpp_client.ports import StationPort
from agent.ocpp_client.station.settings import NetworkSettings
from agent.ocpp_client.v16 import calls, notices, price_messages
from agent.ocpp_client.v16.render import objection_to, render
from agent.ocpp_client.v16.status import status_notification


class Words16:
    """Holds no state but what it was built with."""

    def __init__(self, station: StationPort, settings: NetworkSettings) -> None:
        self._station = station
        self._settings = settings

    boot = staticmethod(calls.boot_notification)
    heartbeat = staticmethod(calls.heartbeat)
    authorize = staticmethod(calls.authorize)
    notice = staticmethod(notices.notification)
    security_event = staticmethod(calls.security_event)
    sign_certificate = staticmethod(calls.sign_certificate)
    connector_unplugged = staticmethod(price_messages.connector_unplugged)
    read_boot = staticmethod(calls.read_boot)
    read_heartbeat = staticmethod(calls.read_heartbeat)
    read_authorize = staticmethod(calls.read_authorize)
    read_fact = staticmethod(calls.read_fact)
    objection_to = staticmethod(objection_to)

    def status(self, report: StatusReport) -> WireCall:
        return status_notification(report, self._station.now())

    def render(self, queued: QueuedFact) -> WireCall | None:
        """Raises ProtocolMisuse for a start with a token 1.6 cannot carry."""
        settings = self._settings
        return render(queued, self._station.now(), settings.most_stop_readings, settings.signing_wishes)
