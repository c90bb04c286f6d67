"""The protective functions of a board: the rows that pilot, mirror contact and host link tell by themselves, and the
guards that its `Kind` has (safety reference, section 3). Reactions and recoveries are the catalogue's or stricter.
"""

import fault_codes as code
from cable import Cable
from chain import Chain
from configuration import Configuration
from current import Current
from earth import Earth
from faults import BY_RESTART, BY_SERVICE, BY_UNPLUGGING, NONE, OPEN, X1, Check, no_evidence
from kind import CHAIN_FEEDBACK, EARTH_SENSE, LOAD_SENSE, METERING, RAILS, RESIDUAL_CURRENT, SOCKET, TEMPERATURES
from lease import EXPIRED
from load_side import LoadSide
from lock import Lock
from low_phase import LEAK, LOADED, NO_DIODE, shunt_ohm, vehicle_ohm
from mains import Mains
from open_pen import OpenPen
from pilot import D, E
from proximity import Proximity
from rails import Rails
from residual import Residual
from situation import Situation
from startup import HANGS, Startup
from temperature import Temperature
from wake_up import WakeUp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from guard import Guard
    from kind import Kind

HIGH_MV = 0
LOW_MV = 1
SHUNT_OHM = 2
VEHICLE_OHM = 3
AFTER_MS = 4
COUNT = 5
LIVE = 17
"""The numbers of `messages.EVIDENCE` that are used here."""


def levels(situation: Situation) -> "dict[int, int]":
    """The pilot's two levels, and the resistances that explain them as far as there are such."""
    inputs = situation.inputs
    found = {
        HIGH_MV: inputs.high_mv,
        LOW_MV: inputs.low_mv,
        SHUNT_OHM: None if inputs.low_mv is None else shunt_ohm(inputs.low_mv),
        VEHICLE_OHM: vehicle_ohm(inputs.high_mv, inputs.low_mv),
    }
    return {kind: number for kind, number in found.items() if number is not None}


def is_short(situation: Situation) -> bool:
    return situation.pilot.state == E and not situation.pilot.out_of_range


def is_without_diode(situation: Situation) -> bool:
    return situation.low_phase.believed == NO_DIODE


def is_out_of_range(situation: Situation) -> bool:
    return situation.pilot.out_of_range or situation.low_phase.believed == LOADED


def is_leaking(situation: Situation) -> bool:
    return situation.low_phase.believed == LEAK


def needs_ventilation(situation: Situation) -> bool:
    return situation.pilot.state == D and not situation.kind.ventilation


def has_no_samples(situation: Situation) -> bool:
    return situation.samples_missing


def is_unstable(situation: Situation) -> bool:
    return situation.toggles.too_many


def did_not_stop(situation: Situation) -> bool:
    return situation.opened_under_load


def is_welded(situation: Situation) -> bool:
    return situation.contactor.welded


def did_not_close(situation: Situation) -> bool:
    return situation.contactor.no_close


def failed_to_close_again(situation: Situation) -> bool:
    return situation.contactor.no_close and situation.contactor.failures.too_many


def is_slow(situation: Situation) -> bool:
    return situation.contactor.travel.slow_ms is not None


def slowness(situation: Situation) -> "dict[int, int]":
    slow_ms = situation.contactor.travel.slow_ms
    return {} if slow_ms is None else {AFTER_MS: slow_ms}


def failures(situation: Situation) -> "dict[int, int]":
    found = live_phases(situation)
    found[COUNT] = situation.contactor.failures.count
    return found


def live_phases(situation: Situation) -> "dict[int, int]":
    return {LIVE: situation.live} if situation.kind.fits(LOAD_SENSE) else {}


def opened_alone(situation: Situation) -> bool:
    return situation.contactor.opened_alone


def lost_its_host(situation: Situation) -> bool:
    return situation.lease.standing == EXPIRED


def was_reset_by_watchdog(situation: Situation) -> bool:
    return situation.reset_cause == "watchdog" and situation.reset_is_recent


def is_reset_by_watchdog_too_often(situation: Situation) -> bool:
    return situation.hangs >= HANGS


def was_reset_by_brownout(situation: Situation) -> bool:
    return situation.reset_cause == "brownout" and situation.reset_is_recent


def lacks_power(situation: Situation) -> bool:
    return was_reset_by_brownout(situation) or situation.power.low


GUARDS: "tuple[tuple[int, Callable[[Kind, int], Guard]], ...]" = (
    (0, Startup),
    (0, Configuration),
    (LOAD_SENSE, LoadSide),
    (METERING, Current),
    (RESIDUAL_CURRENT, Residual),
    (SOCKET, Proximity),
    (SOCKET, Lock),
    (RAILS, Rails),
    (CHAIN_FEEDBACK, Chain),
    (0, WakeUp),
    (METERING, Mains),
    (EARTH_SENSE, Earth),
    (METERING, OpenPen),
    (TEMPERATURES, Temperature),
    (TEMPERATURES, Cable),
)
"""Which parts of a `Kind` ask for which guard. A guard is made with the kind and the moment of the start."""


def guards_of(kind: "Kind", now: int) -> "tuple[Guard, ...]":
    """The guards that this board needs, freshly made."""
    guards = tuple([make(kind, now) for part, make in GUARDS if kind.fits(part)])
    for guard in guards:
        for check in guard.checks:
            check.watcher = guard
    return guards


CHECKS = (
    Check(code.CP_SHORT, OPEN, BY_UNPLUGGING, is_short, levels),
    Check(code.CP_DIODE, OPEN, BY_UNPLUGGING, is_without_diode, levels),
    Check(code.CP_RANGE, OPEN, 2_000, is_out_of_range, levels),
    Check(code.CP_LEAK, NONE, 10_000, is_leaking, levels),
    Check(code.CP_VENT_REQUIRED, OPEN, BY_UNPLUGGING, needs_ventilation, levels),
    Check(code.CP_ADC, OPEN, BY_RESTART, has_no_samples, no_evidence),
    Check(code.CP_UNSTABLE, X1, 60_000, is_unstable, no_evidence),
    Check(code.EV_NO_STOP, NONE, BY_UNPLUGGING, did_not_stop, levels),
    Check(code.CONTACTOR_WELDED, OPEN, BY_SERVICE, is_welded, live_phases),
    Check(code.CONTACTOR_NO_CLOSE, OPEN, BY_UNPLUGGING, did_not_close, failures),
    Check(code.CONTACTOR_NO_CLOSE, OPEN, BY_SERVICE, failed_to_close_again, failures),
    Check(code.CONTACTOR_SLOW, NONE, 10_000, is_slow, slowness),
    # The catalogue says x1. The contacts are open already; a coil left on could close them again behind our back.
    Check(code.CONTACTOR_OPENED_ALONE, OPEN, BY_UNPLUGGING, opened_alone, no_evidence),
    Check(code.HOST_LEASE_EXPIRED, X1, 0, lost_its_host, no_evidence),
    Check(code.MCU_WATCHDOG_RESET, X1, 0, was_reset_by_watchdog, no_evidence),
    Check(code.MCU_WATCHDOG_RESET, X1, BY_SERVICE, is_reset_by_watchdog_too_often, no_evidence),
    Check(code.MCU_BROWNOUT, OPEN, 0, lacks_power, no_evidence),
)
