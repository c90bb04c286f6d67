"""From the controller's report to what drivers tell. Pure."""

from __future__ import annotations

from agent.drivers.device_level import DeviceState
from agent.drivers.interfaces import PilotReading
from agent.drivers.modbus_evse.conversation import Report

WITHOUT_EFFECT = "it keeps the current that is set and offers none; check its own limits, its inputs and its settings"


def state_of(report: Report) -> DeviceState:
    """What `report` says. The pilot's volts stay None: none of these devices tells them."""
    told = report.told
    return DeviceState(
        pilot=PilotReading(
            state=told.state,
            plug=report.watch.plug if told.state.plugged else None,
            high_v=None,
            low_v=None,
            offered_a=told.offered_a,
            board_boot_id=report.watch.id,
            limit_a=0.0 if report.is_without_effect else told.limit_a,
            limit_detail=WITHOUT_EFFECT if report.is_without_effect else told.limit_detail,
        ),
        contactor=told.contactor,
        faults=told.faults,
    )
