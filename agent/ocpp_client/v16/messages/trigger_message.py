"""TriggerMessage: answered first, then sent (ocpp16.md section 13).

A boot message is sent again also after registration was accepted. Errata 3.35 would let us refuse that; a central
system that has restarted finds its chargers anew by it (csms-expectations.md section 3).
"""

from __future__ import annotations

from agent.core.availability import StatusReport
from agent.core.identity import ConnectorId
from agent.ocpp_client.adapter import Answered, Payload, WireCall
from agent.ocpp_client.v16 import calls
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.ocpp_client.v16.notices import triggered
from agent.ocpp_client.v16.render import UNKNOWN_TRANSACTION, meter_values
from agent.ocpp_client.v16.status import present_status


async def handle(asked: Payload, charger: Charger) -> Answered:
    """A connector that does not matter to the message is ignored. Nothing to send is Rejected."""
    match asked["requestedMessage"]:
        case "BootNotification":
            return _accepted(calls.boot_notification(charger.station.identity))
        case "Heartbeat":
            return _accepted(calls.heartbeat())
        case "StatusNotification":
            return _anew(_statuses(charger, asked.get("connectorId")))
        case "MeterValues":
            return _accepted(*_meter_values(charger, asked.get("connectorId")))
        case "DiagnosticsStatusNotification":
            return _accepted(triggered(charger.maintained.upload_notice(is_log=False)))
        case "FirmwareStatusNotification":
            return _accepted(triggered(charger.maintained.firmware_notice(is_signed=False)))
        case _:
            return status("NotImplemented")


def _accepted(*wanted: WireCall) -> Answered:
    return Answered({"status": "Accepted"}, then=wanted) if wanted else status("Rejected")


def _anew(reports: tuple[StatusReport, ...]) -> Answered:
    return Answered({"status": "Accepted"}, statuses=reports) if reports else status("Rejected")


def _statuses(charger: Charger, number: int | None) -> tuple[StatusReport, ...]:
    numbers = (0, *charger.station.connectors()) if number is None else (number,)
    places = [charger.connector(one) for one in numbers if one == 0 or charger.connector(one) is not None]
    return tuple(present_status(charger.station, place) for place in places)


def _meter_values(charger: Charger, number: int | None) -> list[WireCall]:
    """Of the connectors that have a reading; 0 is the station's own meter, where there is one."""
    numbers = charger.station.connectors() if number is None else (number,)
    places = [charger.connector(one) for one in numbers if one == 0 or charger.connector(one) is not None]
    return [call for place in places if (call := _meter_values_of(charger, place)) is not None]


def _meter_values_of(charger: Charger, connector: ConnectorId | None) -> WireCall | None:
    taken = charger.station.readings(connector, charger.settings.sampled_measurands)
    if taken is None:
        return None
    return meter_values(
        taken,
        connector=connector or 0,
        transaction_id=_transaction_id(charger, connector),
        now=charger.station.now(),
    )


def _transaction_id(charger: Charger, connector: ConnectorId | None) -> int | None:
    transaction = None if connector is None else charger.station.session(connector).transaction
    if transaction is None:
        return None
    known = charger.station.remote_id_of(transaction.key)
    return UNKNOWN_TRANSACTION if known is None else known


MESSAGE = Message(handle)
