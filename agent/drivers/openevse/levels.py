"""From the controller's report to what drivers tell. Pure."""

from __future__ import annotations

from agent.drivers.device_level import DeviceState
from agent.drivers.interfaces import PilotReading
from agent.drivers.openevse.conversation import Report
from agent.drivers.openevse.readings import contactor_state, faults_of, offered_a, pilot_state

LIMITED = "the controller is set to no more, or the plugged cable bears no more"


def state_of(report: Report) -> DeviceState:
    """What `report` says. The pilot's volts stay None: RAPI does not tell them."""
    state = pilot_state(report.status)
    return DeviceState(
        pilot=PilotReading(
            state=state,
            plug=report.plug if state.plugged else None,
            high_v=None,
            low_v=None,
            offered_a=offered_a(report.status, report.range.set_a),
            board_boot_id=report.watch.id,
            limit_a=report.range.most_a,
            limit_detail=LIMITED,
        ),
        contactor=contactor_state(report.status),
        faults=faults_of(report.status),
    )
