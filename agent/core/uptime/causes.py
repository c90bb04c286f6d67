"""What takes a port out of service now, and with whom that lies. Pure; the tables are shown in docs/uptime.md.

Keys are those of the health verdict (core/health/rules.py). What a car, its driver or a profile of the network brings
about for one charge is no outage; a fault that only the car can have is one of class vehicle, which does not count.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.asking import Asking, why_closed
from agent.core.control_pilot import MIN_OFFER_A, ContactorState
from agent.core.faults.model import BOARD_SILENT, Fault, Reaction
from agent.core.limits import LimitSource
from agent.core.runs import Run, RunEnd, end_of
from agent.core.session.model import Session, SessionPhase
from agent.core.uptime.model import PRIORITY, Cause, CauseClass

DOWN = frozenset({Reaction.OPEN, Reaction.X1, Reaction.BLOCK})
POWER_CUT, CRASHED, STOPPED, UPDATED, RESTARTED, AWAY = (
    *("power_cut", "program.crashed", "program.stopped", "program.updated", "controller.restarted", "controller.away"),
)
"""Keys of the times in which the program did not run, or was not ready to serve yet."""

SILENT, BOARD_RESTARTED = "board.silent", "board.restarted"
CAN_BE_ASKED = Asking()
_C = CauseClass
CLASS_OF_FAULT: dict[str, CauseClass] = {
    **dict.fromkeys(("mains.loss", "pen.fault"), _C.GRID),
    **dict.fromkeys(
        (
            *("mains.undervoltage", "mains.overvoltage", "mains.frequency", "mains.phase_loss"),
            *("mains.polarity", "pe.lost"),
        ),
        _C.SITE,
    ),
    **dict.fromkeys(
        (*("ev.invalid_mode", "ev.no_stop", "ev.no_request", "current.over_soft"),),
        _C.VEHICLE,
    ),
    **dict.fromkeys(
        (
            *("rcd.dc_trip", "rcd.ac_trip", "rcd.retry_exhausted", "rcd.upstream_open", "safety.emergency_stop"),
            *("cp.short", "cp.range", "cp.diode", "cp.vent_required", "cp.unstable", "connector.partial_insertion"),
            *("pp.short", "pp.range", "pp.changed", "pp.missing"),
            *("enclosure.open", "enclosure.water", "temp.low", "current.over_hard"),
        ),
        _C.UNKNOWN,
    ),
    **dict.fromkeys(("cable.cut", "enclosure.tilt", "lock.unexpected_open"), _C.VANDALISM),
    **dict.fromkeys(
        (
            *("host.lease_expired", "mcu.watchdog_reset", "mcu.firmware_mismatch", "mcu.config_mismatch"),
            *("mcu.restarts", "config.invalid", "host.crash_loop"),
        ),
        _C.CHARGER_SOFTWARE,
    ),
    **dict.fromkeys(("ocpp.boot_rejected", "ocpp.auth_failed"), _C.CSMS),
    **dict.fromkeys(
        ("comm.not_commissioned", "comm.selftest_failed", "comm.supply_mismatch", "comm.site_docs"), _C.MAINTENANCE
    ),
}
"""Every other fault lies with the charger's hardware.

The rule excludes "electric utility service interruptions": mains that are gone, and the PEN that the utility leads in.
A blown fuse, a loose terminal, a lost PE, an islanded generator may be the installation's, which the charger cannot
tell from the utility's: these count until a person says `utility`, and are still no failure of the charger.
"""


def class_of_fault(id: str) -> CauseClass:
    return CLASS_OF_FAULT.get(id, CauseClass.CHARGER_HARDWARE)


def cause_of(
    session: Session, asking: Asking = CAN_BE_ASKED, *, is_window: bool = False, firmware_waits: bool = False
) -> Cause | None:
    """What keeps everybody from charging here; None where it serves, or is in use.

    `is_window`: a maintenance window is open, and what is out of service is so by intent. `firmware_waits`: it is so by
    the agent itself, until the last charge ends and new firmware is installed. A board that was not heard yet is no
    cause of its own: that is the end of a start (tracker.py).
    """
    if session.permitted and session.contactor is ContactorState.CLOSED:
        return None  # in use, and it dispenses
    found = _causes(session, asking, _out_of_service(session, is_window, firmware_waits))
    return min(found, key=lambda one: PRIORITY[one.of], default=None)


def as_ordered(cause: Cause | None) -> Cause | None:
    """The same while the board starts anew by order: its silence is what was asked for, as a restart of the program."""
    if cause is None or cause.key != SILENT:
        return cause
    return Cause(key=BOARD_RESTARTED, of=_C.CHARGER_SOFTWARE, evidence="the pilot board was ordered to start anew")


def _causes(session: Session, asking: Asking, out: Iterator[Cause]) -> Iterator[Cause]:
    if session.board_lost or session.faults.find(BOARD_SILENT) is not None:
        yield Cause(key=SILENT, of=_C.CHARGER_HARDWARE, evidence="the pilot board does not answer")
    for fault in session.faults.faults:
        if _takes_out(fault, session):
            yield Cause(key=f"fault.{fault.kind.id}", of=class_of_fault(fault.kind.id), evidence=_words(fault))
    if session.phase is SessionPhase.STARTING and session.store_refuses:
        yield Cause(key="store.failed", of=_C.CHARGER_HARDWARE, evidence="the start could not be put on record")
    if session.loan is not None:
        yield Cause(key="lent", of=_C.MAINTENANCE, evidence=session.loan.by)
    yield from out
    for limit in session.limits.entries:
        if limit.current_a < MIN_OFFER_A and limit.source in CLASS_OF_LIMIT:
            words = f"{limit.source.value.replace('_', ' ')} allows {limit.current_a:g} A: {limit.detail}"
            yield Cause(key=f"limit.{limit.source.value}", of=CLASS_OF_LIMIT[limit.source], evidence=words)
    if why := why_closed(session, asking):
        yield Cause(key="network.closed", of=_C.CSMS if asking.is_connected else _C.NETWORK, evidence=why)


def _out_of_service(session: Session, is_window: bool, firmware_waits: bool) -> Iterator[Cause]:
    if session.operative:
        return
    if firmware_waits:
        words = "new firmware is installed once no car charges any more, and no charge begins before"
        yield Cause(key="firmware.waits", of=_C.MAINTENANCE, evidence=words)
    else:
        of = _C.MAINTENANCE if is_window else _C.CSMS
        yield Cause(key="out_of_service", of=of, evidence="the central system took it out of service")


CLASS_OF_LIMIT = {
    LimitSource.HARDWARE: _C.CHARGER_HARDWARE,
    LimitSource.PILOT_BOARD: _C.CHARGER_HARDWARE,
    LimitSource.THERMAL: _C.CHARGER_HARDWARE,
    LimitSource.LOCAL: _C.CHARGER_SOFTWARE,
    LimitSource.FAILSAFE: _C.NETWORK,
}
"""Limits below 6 A that nobody far away wishes; those of profiles, the cable and a shared supply are no outage."""


def _takes_out(fault: Fault, session: Session) -> bool:
    if fault.kind.id == BOARD_SILENT:
        return False  # told as board.silent, from its first moment to its last
    bars_only = fault.kind.reaction is Reaction.BLOCK and session.transaction is not None
    return fault.kind.reaction in DOWN and not bars_only


def _words(fault: Fault) -> str:
    values = ", ".join(f"{name} {value}" for name, value in fault.evidence)
    return f"{fault.kind.meaning}{f' ({values})' if values else ''}"[:200]


CAUSE_OF_END: dict[RunEnd, tuple[str, CauseClass]] = {
    RunEnd.IN_ORDER: (STOPPED, _C.CHARGER_SOFTWARE),
    RunEnd.RESTART: (STOPPED, _C.CHARGER_SOFTWARE),
    RunEnd.UPDATED: (UPDATED, _C.MAINTENANCE),
    RunEnd.CRASHED: (CRASHED, _C.CHARGER_SOFTWARE),
    RunEnd.WATCHDOG: (CRASHED, _C.CHARGER_SOFTWARE),
    RunEnd.HARDWARE_WATCHDOG: (RESTARTED, _C.CHARGER_SOFTWARE),
    RunEnd.PANIC: (RESTARTED, _C.CHARGER_SOFTWARE),
    RunEnd.POWER: (POWER_CUT, _C.GRID),
    RunEnd.UNKNOWN: (AWAY, _C.UNKNOWN),
}
GAP_KEYS = frozenset(key for key, _ in CAUSE_OF_END.values())


def gap_cause(before: Run, now: Run) -> Cause:
    """Why the program did not run between two runs: the word of health (core/runs.py), and with whom that lies."""
    end = end_of(before, now)
    key, of = CAUSE_OF_END[end.how]
    return Cause(key=key, of=of, evidence=end.words)
