"""GetCompositeSchedule: what a connector, or with 0 the whole station, may draw from now on (ocpp16.md section 9)."""

from __future__ import annotations

from agent.core.schedule.profile import RateUnit
from agent.ocpp_client.adapter import Answered, Payload
from agent.ocpp_client.v16.message import Charger, Message, status
from agent.ocpp_client.v16.profiles import written_schedule


async def handle(asked: Payload, charger: Charger) -> Answered:
    """Rejected for a connector there is not, no time at all, or a unit that is not taken in profiles either.

    Without a unit it is told in that of the profiles: amperes, where both are taken. A duration that is longer than can
    be told of is answered with a shorter one.
    """
    number, duration_s = asked["connectorId"], asked["duration"]
    connector = charger.connector(number)
    units = charger.settings.rate_units
    unit = RateUnit(asked["chargingRateUnit"]) if "chargingRateUnit" in asked else units[0]
    if (connector is None and number != 0) or duration_s < 1 or unit not in units:
        return status("Rejected")
    schedule = await charger.station.composite_schedule(connector, duration_s)
    return Answered({"status": "Accepted", "connectorId": number} | written_schedule(schedule, unit))


MESSAGE = Message(handle)
