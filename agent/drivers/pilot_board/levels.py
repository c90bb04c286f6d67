"""From the board's status to what drivers tell: pilot, contactor, faults. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.control_pilot import ContactorState
from agent.core.faults.catalogue import ID_BY_CODE
from agent.core.identity import PlugIdentity
from agent.drivers.interfaces import BoardReport, DeviceFault, PilotReading
from agent.drivers.pilot_board.conversation import Mismatch, Report
from agent.drivers.pilot_board.messages import (
    CAPABILITIES,
    CONTACTOR_STATES,
    EVIDENCE,
    LOCK_STATES,
    PILOT_STATES,
    TABLE_HASH,
    WAITS_FOR,
    Evidence,
    Identity,
    Status,
)
from agent.errors import DriverError, DriverRejected, DriverUnavailable
from agent.values import frozen

FIRMWARE_MISMATCH = "mcu.firmware_mismatch"
VOLTS_STEP = 0.25
"""A pilot level that moved by less is told as it was: noise of the measurement is no news."""
CABLE_LIMITS = "the plugged cable bears no more"
BOARD_LIMITS = "its rating, or a reduction such as by heat"
PHASES = ("L1", "L2", "L3")
SENSORS = ("board", "contactor", "terminal", "connector")
"""Where the temperature sensors sit, in the order of their channels (pilot-board-hardware.md section 4)."""
_UNITS = {"_mv": ("_v", 1000), "_ma": ("_a", 1000), "_mhz": ("_hz", 1000), "_dc": ("_celsius", 10), "_da": ("_a", 10)}
"""From the endings of the board's integers to those that people read, and by what they are divided."""


@frozen(kw_only=True)
class BoardState:
    """Everything a present board tells."""

    pilot: PilotReading
    contactor: ContactorState
    faults: tuple[DeviceFault, ...]
    lock: str = "none"
    """A word of LOCK_STATES."""


@frozen(kw_only=True)
class Absence:
    """Nothing is known of the board; `why` says what to check."""

    why: str
    mismatch: Mismatch | None = None

    def error(self, driver: str) -> DriverError:
        """What an operation of `driver` raises."""
        return DriverUnavailable(driver, self.why) if self.mismatch is None else DriverRejected(driver, self.why)

    @property
    def faults(self) -> tuple[DeviceFault, ...]:
        """What the link itself can say is wrong."""
        if self.mismatch is None:
            return ()
        evidence = (
            ("board_speaks", self.mismatch.board_speaks),
            ("agent_needs", TABLE_HASH),
            ("board_firmware", self.mismatch.firmware_version),
        )
        return (DeviceFault(id=FIRMWARE_MISMATCH, evidence=evidence),)


BoardLevel = BoardState | Absence | None
"""None: the board was asked, and there was no time yet for an answer."""


def refusal(mismatch: Mismatch) -> Absence:
    """The absence of a board that cannot be talked to."""
    why = f"board speaks {mismatch.board_speaks}, agent needs {TABLE_HASH}; run `evsectl board flash`"
    return Absence(why=why, mismatch=mismatch)


def present(level: BoardLevel, driver: str) -> BoardState | None:
    """What the board tells, None before its first word. Raises the error of `driver` while it is away."""
    if isinstance(level, Absence):
        raise level.error(driver)
    return level


def state_of(report: Report, before: BoardLevel) -> BoardState:
    """What `report` says, with the noise of the volts taken out by `before`."""
    status = report.status
    told = before.pilot if isinstance(before, BoardState) else None
    return BoardState(
        pilot=PilotReading(
            state=PILOT_STATES[status.pilot_state],
            plug=PlugIdentity(report.boot_id, status.insertions) if status.plugged else None,
            high_v=_volts(status.high_mv, told.high_v if told else None),
            low_v=_volts(status.low_mv, told.low_v if told else None),
            offered_a=status.offered_da / 10,
            board_boot_id=report.boot_id,
            limit_a=status.limit_da / 10,
            limit_detail=CABLE_LIMITS if status.cable_da == status.limit_da else BOARD_LIMITS,
            # A board of a socket has both, lock and proximity contact (firmware/pilot_board/kind.py).
            cable_in=None if LOCK_STATES[status.lock] == "none" else status.cable_da is not None,
        ),
        contactor=CONTACTOR_STATES[status.contactor],
        faults=faults_of(status),
        lock=LOCK_STATES[status.lock],
    )


def report_of(status: Status, identity: Identity) -> BoardReport:
    """The status in a person's units."""
    return BoardReport(
        model=f"{identity.board} {identity.revision}",
        firmware_version=identity.firmware_version,
        waits_for=WAITS_FOR[status.waits_for],
        high_v=status.high_mv / 1000,
        low_v=None if status.low_mv is None else status.low_mv / 1000,
        offered_a=status.offered_da / 10,
        live_phases=phases_of(status.live),
        lock=LOCK_STATES[status.lock],
        cable_a=None if status.cable_da is None else status.cable_da / 10,
        limit_a=status.limit_da / 10,
        testing=status.testing,
        # Steady -12 V is the only drive without any high phase.
        shows_f=status.duty == 0,
        capabilities=capabilities_of(identity.capabilities),
    )


def phases_of(bits: int) -> tuple[str, ...]:
    """The phases of a mask, L1 its lowest bit."""
    return tuple(name for place, name in enumerate(PHASES) if bits >> place & 1)


def capabilities_of(bits: int) -> tuple[str, ...]:
    """What the board has, by name; a bit that this agent has no word for is left out."""
    return tuple(name for place, name in enumerate(CAPABILITIES) if bits >> place & 1)


def faults_of(status: Status) -> tuple[DeviceFault, ...]:
    """The board's faults by their ids, in the order of the codes.

    A code the catalogue lacks comes from a firmware that is newer than this agent. It is never left out: it is told as
    a mismatch, which blocks.
    """
    known = [
        DeviceFault(id=ID_BY_CODE[code], evidence=_evidence(status.faults[code]))
        for code in sorted(status.faults)
        if code in ID_BY_CODE
    ]
    unknown = [f"0x{code:04X}" for code in sorted(status.faults) if code not in ID_BY_CODE]
    if unknown:
        known.append(DeviceFault(id=FIRMWARE_MISMATCH, evidence=(("unknown_faults", " ".join(unknown)),)))
    return tuple(known)


def _evidence(evidence: Evidence) -> tuple[tuple[str, str | int | float | bool], ...]:
    return tuple(_named(kind, number) for kind, number in sorted(evidence.items()))


def _named(kind: int, number: int) -> tuple[str, str | int | float | bool]:
    """In the units and names that people use: volts, °C, hertz, percent, L2."""
    return quantity_of(EVIDENCE[kind], number)


def quantity_of(name: str, number: int) -> tuple[str, str | int | float | bool]:
    """One integer of the board under the name that ends in its unit; a place that has a name is told by it."""
    match name:
        case "duty":
            return "duty_percent", number / 100
        case "live":
            return "live", " ".join(phases_of(number)) or "none"
        case "phase" if 1 <= number <= len(PHASES):
            return "phase", PHASES[number - 1]
        case "sensor" if 0 <= number < len(SENSORS):
            return "sensor", SENSORS[number]
    for ending, (unit, divisor) in _UNITS.items():
        if name.endswith(ending):
            return name.removesuffix(ending) + unit, number / divisor
    return name, number


def _volts(millivolts: int | None, told_v: float | None) -> float | None:
    if millivolts is None:
        return None
    volts = millivolts / 1000
    return told_v if told_v is not None and abs(volts - told_v) < VOLTS_STEP else volts


def counters_of(status: Status) -> Mapping[str, float]:
    """What the board itself counts."""
    return {
        "board_closings": status.closings,
        "board_load_openings": status.load_openings,
        "board_frame_errors": status.frame_errors,
    }
