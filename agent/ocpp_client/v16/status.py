"""StatusReport → StatusNotification (ocpp16.md section 3)."""

from __future__ import annotations

from agent.core.availability import ConnectorStatus, StatusReport
from agent.core.identity import ConnectorId
from agent.core.session.status import connector_status
from agent.core.time import Instant
from agent.ocpp_client.adapter import Payload, WireCall
from agent.ocpp_client.ports import StationPort
from agent.ocpp_client.v16.faults import NO_ERROR, OTHER_ERROR, error_words
from agent.ocpp_client.v16.moments import placed_ms, time_text


def status_notification(report: StatusReport, now: Instant) -> WireCall:
    """The time is that of the change; it is left out where it cannot be told for want of a clock."""
    words = error_words(report)
    is_unnamed_fault = report.status is ConnectorStatus.FAULTED and words.error_code == NO_ERROR
    optional = {
        "timestamp": _time(report.at, now),
        "info": words.info,
        "vendorId": words.vendor_id,
        "vendorErrorCode": words.vendor_error_code,
    }
    payload: Payload = {
        "connectorId": report.connector or 0,
        "errorCode": OTHER_ERROR if is_unnamed_fault else words.error_code,
        "status": report.status.value,
        **{name: value for name, value in optional.items() if value},
    }
    return WireCall("StatusNotification", payload)


def present_status(station: StationPort, connector: ConnectorId | None) -> StatusReport:
    """The status as it is at this moment, for who asks: not held back as a change would be."""
    if connector is None:
        return station.station_report()
    session = station.session(connector)
    status, info = connector_status(session)
    told = session.outputs.status.told
    since = told.at if told is not None and told.status is status else station.now()
    return StatusReport(connector=connector, status=status, at=since, fault_ids=session.faults.ids, info=info)


def _time(at: Instant, now: Instant) -> str:
    placed = placed_ms(at, now)
    return "" if placed is None else time_text(placed)
