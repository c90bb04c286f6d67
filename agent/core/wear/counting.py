"""What the wear of the parts grows by: a step of a session, or time that passed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import ceil

from agent.core.control_pilot import ContactorState
from agent.core.faults.model import Reaction
from agent.core.limits import LimitSource
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.core.wear.model import CHARGER, ENERGY, HEAT_STEPS_C, LAST_TEST, PartKind, Wear, part_id

LOADED_A = 1.0
"""Below it a contactor opens without an arc that counts."""
HEAVY_SHARE = 0.8
READING_COUNTS_S = 3.0
"""A reading that is older says nothing of the current at an opening: a car ends it within seconds."""

FAULT_COUNTERS: Mapping[str, tuple[PartKind, str]] = {
    "contactor.welded": (PartKind.CONTACTOR, "welds"),
    "output.live": (PartKind.CONTACTOR, "welds"),
    "contactor.no_close": (PartKind.CONTACTOR, "failures"),
    "contactor.mismatch": (PartKind.CONTACTOR, "failures"),
    "contactor.opened_alone": (PartKind.CONTACTOR, "failures"),
    "contactor.slow": (PartKind.CONTACTOR, "slow"),
    "lock.lock_failed": (PartKind.LOCK, "failures"),
    "lock.unlock_failed": (PartKind.LOCK, "failures"),
    "lock.unexpected_open": (PartKind.LOCK, "failures"),
    "rcd.dc_trip": (PartKind.RESIDUAL, "trips_dc"),
    "rcd.ac_trip": (PartKind.RESIDUAL, "trips_ac"),
    "rcd.selftest_failed": (PartKind.RESIDUAL, "failures"),
    "rcd.module_error": (PartKind.RESIDUAL, "failures"),
    "meter.comm": (PartKind.METER, "errors"),
    "meter.implausible": (PartKind.METER, "errors"),
    "temp.connector_stop": (PartKind.CABLE, "overheatings"),
    "temp.terminal_stop": (PartKind.CABLE, "overheatings"),
    "mcu.watchdog_reset": (PartKind.BOARD, "watchdog_resets"),
    "mcu.brownout": (PartKind.BOARD, "brownouts"),
    "mcu.selftest": (PartKind.BOARD, "failures"),
    "power.rail": (PartKind.BOARD, "failures"),
    "mcu.comm": (PartKind.BOARD, "silences"),
}
STATION_COUNTERS: Mapping[str, str] = {
    "mains.undervoltage": "undervoltages",
    "mains.overvoltage": "overvoltages",
    "mains.loss": "interruptions",
    "mains.phase_loss": "interruptions",
    "mains.frequency": "frequency_errors",
    "pe.lost": "earth_faults",
    "pen.fault": "earth_faults",
    "enclosure.open": "openings_of_enclosure",
    "enclosure.tilt": "water_or_tilt",
    "enclosure.water": "water_or_tilt",
}
"""Of the charger as a whole. Each connector sees them, so only the one with the lowest number counts them."""


def stepped(wear: Wear, before: Session, after: Session, *, rated_a: float, is_first: bool, now: Instant) -> Wear:
    """After one step of a session. `is_first`: no connector with a lower number tells of the charger as a whole."""
    if before is after:
        return wear
    for kind, name, by in _happened(before, after, rated_a, now):
        wear = wear.more(part_id(kind, int(after.connector)), name, by)
    if is_first and before.faults is not after.faults:
        for id in _raised(before, after):
            if (counter := STATION_COUNTERS.get(id)) is not None:
                wear = wear.more(CHARGER, counter)
    return wear


def _happened(before: Session, after: Session, rated_a: float, now: Instant) -> Iterator[tuple[PartKind, str, int]]:
    yield from _contactor(before, after, rated_a, now)
    if before.outputs.locked is not after.outputs.locked:
        yield PartKind.LOCK, "moves", 1
    if after.pilot.plugged and not before.pilot.plugged and before.board_heard:
        yield PartKind.CABLE, "insertions", 1
    if None not in (before.board_boot_id, after.board_boot_id) and before.board_boot_id != after.board_boot_id:
        yield PartKind.BOARD, "restarts", 1
    if after.transaction is not None and before.transaction is None and after.found is None and before.found is None:
        yield PartKind.CABLE, "charges", 1
    yield PartKind.METER, ENERGY, _energy_wh(before, after)
    if before.faults is not after.faults:
        for id in _raised(before, after):
            if (counter := FAULT_COUNTERS.get(id)) is not None:
                yield (*counter, 1)


def _contactor(before: Session, after: Session, rated_a: float, now: Instant) -> Iterator[tuple[PartKind, str, int]]:
    was, now_is = before.contactor, after.contactor
    if was is now_is or ContactorState.UNKNOWN in (was, now_is):
        return
    if now_is is ContactorState.CLOSED:
        yield PartKind.CONTACTOR, "closings", 1
    elif was is ContactorState.CLOSED:
        yield PartKind.CONTACTOR, "openings", 1
        current_a = _current_a(after, now)
        if current_a > LOADED_A:
            yield PartKind.CONTACTOR, "openings_loaded", 1
        if current_a > HEAVY_SHARE * rated_a:
            yield PartKind.CONTACTOR, "openings_heavy", 1
        if after.faults.reaction is Reaction.OPEN:
            yield PartKind.CONTACTOR, "openings_by_fault", 1


def _current_a(session: Session, now: Instant) -> float:
    """The most any phase carried by the last reading; 0 where that is too old to say."""
    sample = session.last_sample
    if sample is None or sample.at.boot_id != now.boot_id or now.since(sample.at) > READING_COUNTS_S:
        return 0.0
    return max((abs(current) for current in sample.currents_a if current is not None), default=0.0)


def _energy_wh(before: Session, after: Session) -> int:
    """Within a charge, from one believed register to the next."""
    if before.transaction is None or before.last_register_wh is None or after.last_register_wh is None:
        return 0
    if before.is_register_of_record:
        # What flowed before this start is in the record, and was counted then.
        return 0
    return max(0, after.last_register_wh - before.last_register_wh)


def _raised(before: Session, after: Session) -> Iterator[str]:
    present = {fault.kind.id for fault in before.faults.faults}
    new = (fault for fault in after.faults.faults if fault.kind.id not in present)
    return (fault.kind.id for fault in new if not fault.is_recalled)


def passed(wear: Wear, seconds: int, sessions: Iterable[Session], warmest_c: float | None) -> Wear:
    """Whole seconds in which the program ran."""
    wear = wear.more(CHARGER, "power_on_s", seconds)
    for session in sessions:
        if session.limits.effective().source is LimitSource.THERMAL:
            wear = wear.more(part_id(PartKind.CABLE, int(session.connector)), "derated_s", seconds)
    if warmest_c is None:
        return wear
    for step in HEAT_STEPS_C:
        if warmest_c > step:
            wear = wear.more(CHARGER, f"above_{step}c_s", seconds)
    return wear.at_least(CHARGER, "hottest_c", ceil(warmest_c))


def contactor_timed(wear: Wear, connector: int, *, closing_ms: int | None, opening_ms: int | None) -> Wear:
    """An opening of the contactor and the closing before it, as its board timed them; None: it did not see that."""
    part = part_id(PartKind.CONTACTOR, connector)
    if closing_ms is not None:
        wear = wear.at_least(part, "slowest_closing_ms", closing_ms)
    return wear if opening_ms is None else wear.more(part, "timed").at_least(part, "slowest_opening_ms", opening_ms)


def residual_tested(wear: Wear, connector: int, *, trip_ms: int | None, utc_ms: int | None) -> Wear:
    """The residual current unit has passed its test for another plug, and tripped after `trip_ms` in it."""
    part = part_id(PartKind.RESIDUAL, connector)
    wear = wear.more(part, "tests")
    if trip_ms is not None:
        wear = wear.at_least(part, "slowest_trip_ms", trip_ms)
    return wear if utc_ms is None else wear.last(part, LAST_TEST, utc_ms)
