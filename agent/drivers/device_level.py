"""What a link knows of the EVSE controller behind it, for the drivers on it."""

from __future__ import annotations

from agent.core.control_pilot import ContactorState
from agent.drivers.interfaces import DeviceFault, PilotReading
from agent.drivers.level import Level
from agent.errors import DriverError, DriverRejected, DriverUnavailable
from agent.values import frozen

FIRMWARE_MISMATCH = "mcu.firmware_mismatch"


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


DeviceLevel = DeviceState | Absence | None
"""None: the controller was asked, and there was no time yet for an answer."""

KnownDevice = Level[DeviceLevel]


def present(level: DeviceLevel, driver: str) -> DeviceState | None:
    """What the controller tells, None before its first word. Raises the error of `driver` while it is away."""
    if isinstance(level, Absence):
        raise level.error(driver)
    return level
