"""From the controller's report to what drivers tell. Pure."""

from __future__ import annotations

from agent.core.control_pilot import ContactorState
from agent.drivers.interfaces import DeviceFault, PilotReading
from agent.drivers.openevse.conversation import Report
from agent.drivers.openevse.readings import (
    FIRMWARE_MISMATCH,
    contactor_state,
    faults_of,
    offered_a,
    pilot_state,
)
from agent.errors import DriverError, DriverRejected, DriverUnavailable
from agent.values import frozen

LIMITED = "the controller is set to no more, or the plugged cable bears no more"


@frozen(kw_only=True)
class DeviceState:
    """Everything that a present controller tells."""

    pilot: PilotReading
    contactor: ContactorState
    faults: tuple[DeviceFault, ...]


@frozen(kw_only=True)
class Absence:
    """Nothing is known of the controller, or it is one that cannot be used (`unfit`); `why` says what to check."""

    why: str
    unfit: bool = False

    def error(self, driver: str) -> DriverError:
        """What an operation of `driver` raises."""
        return DriverRejected(driver, self.why) if self.unfit else DriverUnavailable(driver, self.why)

    @property
    def faults(self) -> tuple[DeviceFault, ...]:
        """What the link itself can say is wrong."""
        return (DeviceFault(id=FIRMWARE_MISMATCH, evidence=(("detail", self.why),)),) if self.unfit else ()


Level = DeviceState | Absence | None
"""None: the controller was asked, and there was no time yet for an answer."""


def present(level: Level, driver: str) -> DeviceState | None:
    """What the controller tells, None before its first word. Raises the error of `driver` while it is away."""
    if isinstance(level, Absence):
        raise level.error(driver)
    return level


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
