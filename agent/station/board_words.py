"""What the control pilot of a connector says of its device: for people."""

from __future__ import annotations

from agent.control.ports import BoardState
from agent.drivers.interfaces import ControlPilot, ReportingBoard, UnrestartedDevice

NOTHING_RESTARTS = "nothing at this connector starts anew by order; have its supply switched off and on"


def board_state(pilot: ControlPilot) -> BoardState | None:
    """None where it is no board that reports."""
    if not isinstance(pilot, ReportingBoard):
        return None
    said = pilot.report()
    if said is None:
        return BoardState(answering=False, name=pilot.name)
    return BoardState(
        answering=True,
        waits_for=said.waits_for,
        high_v=said.high_v,
        low_v=said.low_v,
        offered_a=said.offered_a,
        name=pilot.name,
        firmware_version=said.firmware_version,
        live_phases=said.live_phases,
        lock=said.lock,
        cable_a=said.cable_a,
        limit_a=said.limit_a,
        testing=said.testing,
        shows_f=said.shows_f,
        capabilities=said.capabilities,
    )


def why_no_restart(pilot: ControlPilot) -> str:
    """Of a device that nobody has start anew by order, and what there is instead."""
    return pilot.no_restart if isinstance(pilot, UnrestartedDevice) else NOTHING_RESTARTS
