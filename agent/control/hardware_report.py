"""Each device of the board file as the agent sees it now: readings, a verdict, and the next thing to check. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any, assert_never

from agent.config.board_checks import located_drivers
from agent.config.model import BusConfig, DriverConfig
from agent.control.ports import BoardState, DeviceState, ElementState, StationPort
from agent.core.control_pilot import ContactorState, PilotState
from agent.core.faults.model import Fault, Severity
from agent.core.identity import ConnectorId
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.values import frozen


class Verdict(Enum):
    """NONE: nothing of it can be read from here."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"
    NONE = "-"


FAULTS_OF: Mapping[str, tuple[str, ...]] = {
    "meter": ("meter.",),
    "control_pilot": ("cp.", "mcu.", "ev.", "pp.", "mains.", "pe.", "pen.", "rcd.", "power.", "host.lease_expired"),
    "contactor": ("contactor.", "output.", "chain."),
    "cut_off": ("chain.",),
    "lock": ("lock.",),
    "token_reader": ("reader.",),
}
"""Beginnings of the faults that speak of a device of this interface; inputs and sensors speak for themselves."""

FRESH_WITHIN_S = 15.0
"""A meter is read each second while a car is there, and every 5 s else."""
WITHOUT_CAR_V = (11.4, 12.6)
"""Of the pilot (IEC 61851-1 table A.2)."""
ERRORS_AT_MOST = 0.01
"""Of all requests; a line that is wired well stays far below."""
ERRORS = ("timeouts", "damaged", "foreign")


@frozen(kw_only=True)
class DeviceReport:
    """One device. `readings` end their names with the unit; `says` is what is wrong, `check` what to look at."""

    name: str
    driver: str
    verdict: Verdict
    readings: Mapping[str, Any]
    says: str = ""
    check: str = ""


def reports(station: StationPort, elements: Mapping[str, ElementState]) -> Iterator[DeviceReport]:
    """Every device of the board file, and then every bus. `elements`: inputs, sensors, and who tells of itself."""
    board = station.config.board
    for at, driver in located_drivers(board):
        connector = board.connectors[int(at[1])].id if at[0] == "connector" else None
        yield _device(station, driver, connector, elements.get(driver.key))
    states = station.agent().devices
    for bus in board.buses:
        found = bus_report(bus, tuple(state for state in states if state.name.endswith(f" on {bus.name}")))
        # What the bus knows of its own wire comes first: where a port is not there, no unit can answer.
        gone = elements.get(f"bus.{bus.name}")
        yield found if gone is None else replace(found, verdict=Verdict.FAIL, says=gone.problem, check="")


def is_meant(report: DeviceReport, name: str) -> bool:
    """By its place in the board file, a place around it, its interface, or the name of its bus."""
    return name == report.name or report.name.startswith(f"{name}.") or name in report.name.split(".")


@frozen
class Seen:
    """What can be said of a device by its readings alone."""

    readings: Mapping[str, Any]
    verdict: Verdict = Verdict.OK
    says: str = ""
    check: str = ""


def _device(
    station: StationPort, driver: DriverConfig, connector: ConnectorId | None, element: ElementState | None
) -> DeviceReport:
    connectors = station.connectors() if connector is None else (connector,)
    sessions = [station.session(one) for one in connectors]
    seen = _seen(station, driver.interface, connectors[0]) if element is None else element_seen(element)
    if mine := [fault for session in sessions for fault in session.faults.faults if _is_of(driver.interface, fault)]:
        seen = _by_fault(min(mine, key=lambda fault: list(Severity).index(fault.kind.severity)), seen)
    return DeviceReport(
        name=driver.key,
        driver=_called(driver),
        verdict=seen.verdict,
        readings=seen.readings,
        says=seen.says,
        check=seen.check,
    )


def _called(driver: DriverConfig) -> str:
    bus, address = driver.options.get("bus"), driver.options.get("address")
    name = f"{driver.driver} on {bus}" if isinstance(bus, str) else driver.driver
    return f"{name}, address {address}" if address is not None else name


def _seen(station: StationPort, interface: str, connector: ConnectorId) -> Seen:
    session, board = station.session(connector), station.board(connector)
    match interface:
        case "meter":
            return meter_seen(session, station.now())
        case "control_pilot":
            return pilot_seen(session, board)
        case "contactor":
            return contactor_seen(session, board)
        case "lock":
            return lock_seen(board)
        case "indicator":
            return Seen({}, Verdict.NONE, check="it cannot be read; look at it while the state of the charger changes")
        case "token_reader":
            return Seen({}, check="show a card: evsectl watch tells what the charger makes of it")
        case _:
            return Seen({})


def _is_of(interface: str, fault: Fault) -> bool:
    return fault.kind.id.startswith(FAULTS_OF.get(interface, ("-",)))


def _by_fault(fault: Fault, seen: Seen) -> Seen:
    detail = dict(fault.evidence).get("detail")
    says = f"{fault.kind.id}: {fault.kind.meaning}" + (f" ({detail})" if detail else "")
    grave = fault.kind.severity in (Severity.CRITICAL, Severity.STOP, Severity.BLOCK)
    verdict = Verdict.FAIL if grave or seen.verdict is Verdict.FAIL else Verdict.WARN
    return Seen(seen.readings, verdict, says, fault.kind.remedy)


def element_seen(element: ElementState) -> Seen:
    """An input's level or a sensor's temperature; the driver's own words for why there is none say what to check."""
    return Seen(element.readings, Verdict.FAIL if element.problem else Verdict.OK, element.problem)


def meter_seen(session: Session, now: Instant) -> Seen:
    """The last sample, how old it is, and whether it can be billed by."""
    sample = session.last_sample
    if sample is None:
        check = "check its power, A and B, its address and the baud rate; evsectl hardware scan looks for it"
        return Seen({}, Verdict.FAIL, "it has not been read yet", check)
    age_s = round(now.since(sample.at), 1)
    readings = {
        "register_wh": sample.register_wh,
        "power_w": sample.power_w,
        "voltages_v": list(sample.voltages_v),
        "currents_a": list(sample.currents_a),
        "frequency_hz": sample.frequency_hz,
        "age_s": age_s,
    }
    if session.meter_lost_since is not None or age_s > FRESH_WITHIN_S:
        return Seen(readings, Verdict.FAIL, f"the last reading is {age_s:g} s old", "check its wires and its power")
    if sample.register_wh is None:
        check = "check its map; a new SunSpec meter tells none before its first Wh"
        return Seen(readings, Verdict.WARN, "it tells no energy register", check)
    return Seen(readings)


def pilot_seen(session: Session, board: BoardState | None) -> Seen:
    """State and levels of the control pilot."""
    readings: dict[str, Any] = {"state": session.pilot.value, "offered_a": session.encoded_a}
    if board is not None:
        readings |= {"high_v": board.high_v, "low_v": board.low_v, "firmware": board.firmware_version}
    if (board is not None and not board.answering) or session.pilot is PilotState.UNKNOWN:
        return Seen(readings, Verdict.FAIL, "it does not answer", "check its plug, its power and its port or address")
    if session.pilot is PilotState.E:
        return Seen(readings, Verdict.FAIL, "the pilot is shorted to earth", "check the CP wire and the car's inlet")
    low_v, high_v = WITHOUT_CAR_V
    level_v = board.high_v if board is not None else None
    if session.pilot is PilotState.A and level_v is not None and not low_v <= level_v <= high_v:
        says = f"{level_v:g} V without a car, and it should be {low_v:g} to {high_v:g} V"
        return Seen(readings, Verdict.FAIL, says, "check what else hangs at the CP wire, and the 12 V supply")
    return Seen(readings)


def contactor_seen(session: Session, board: BoardState | None) -> Seen:
    """Its state, and which phases are live behind it."""
    readings: dict[str, Any] = {"state": session.contactor.value}
    if board is not None:
        readings |= {"live_phases": list(board.live_phases), "waits_for": board.waits_for}
    match session.contactor:
        case ContactorState.WELDED:
            check = "switch the supply off, then check the coil and the contacts"
            return Seen(readings, Verdict.FAIL, "it does not open", check)
        case ContactorState.NO_CLOSE:
            check = "check the wires of its coil and of its mirror contact"
            return Seen(readings, Verdict.FAIL, "it does not close", check)
        case ContactorState.UNKNOWN:
            return Seen(readings, Verdict.WARN, "its state is not known", "check the controller it hangs at")
        case ContactorState.OPEN | ContactorState.CLOSED:
            return Seen(readings)
        case _:
            assert_never(session.contactor)


def lock_seen(board: BoardState | None) -> Seen:
    """Its own feedback."""
    if board is None or not board.answering:
        return Seen({"state": "unknown"}, Verdict.WARN, "nothing is known of it", "check the controller it hangs at")
    readings = {"state": board.lock, "cable_a": board.cable_a}
    if board.lock == "fault":
        check = "check the wires of its motor and of its feedback"
        return Seen(readings, Verdict.FAIL, "it does not move, or says nothing of it", check)
    if board.lock == "none":
        return Seen(readings, Verdict.FAIL, "the controller has none", 'check the board file: outlet = "tethered"?')
    return Seen(readings)


def bus_report(bus: BusConfig, devices: tuple[DeviceState, ...]) -> DeviceReport:
    """Every device on the wire with its counters; who does not answer, and whose answers are spoilt."""
    verdict, says, check = Verdict.OK, "", ""
    for device in devices:
        counters = dict(device.counters)
        share = sum(counters.get(name, 0) for name in ERRORS) / max(1.0, counters.get("requests", 0))
        if not device.answering:
            verdict, says = Verdict.FAIL, f"{device.name} does not answer"
            check = device.detail or "check its power, its wires and its address"
            break
        if share > ERRORS_AT_MOST:
            verdict, says = Verdict.WARN, f"{100 * share:.1f} % of the requests to {device.name} failed"
            check = "check A and B, the common wire, the termination at both ends, and cables of motors beside it"
    readings = {device.name: dict(device.counters) for device in devices}
    return DeviceReport(
        name=f"bus.{bus.name}", driver=bus.kind, verdict=verdict, readings=readings, says=says, check=check
    )
