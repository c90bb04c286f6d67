"""What Prometheus is told of this charger: gathered from what runs and what is on record, and nothing invented.

Loaded when somebody asks, or where the site file names a file. What must not fall over a restart is told as it stands
on the disk, so that a power cut takes no number back; the register of a meter is the meter's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent import VERSION
from agent.clock import time_quality
from agent.core.availability import ConnectorStatus
from agent.core.exposition.sheet import Sheet
from agent.core.faults.catalogue import CATALOGUE
from agent.core.health.model import Verdict
from agent.core.identity import ConnectorId
from agent.core.quantities import MeterSample, Phase
from agent.core.session.model import Session
from agent.core.session.status import connector_status
from agent.core.time import Instant
from agent.core.uptime.model import CauseClass
from agent.core.wear.model import PartKind, part_id
from agent.drivers.interfaces import TemperatureSample
from agent.host import process
from agent.station.certificate_ends import longest_of_each
from agent.station.counts import RESULTS
from agent.station.remembered import RememberedSensor

if TYPE_CHECKING:
    from agent.station.control_side import ControlSide
    from agent.station.health import StationHealth
    from agent.station.network import Network
    from agent.station.station import Station
    from agent.station.upkeep import Upkeep

FRESH_S = 60.0
"""A reading that is older says nothing of now; a meter is read every five seconds at least."""
CLOCK_QUALITY = {"none": 0, "csms": 1, "clock": 2}
BUS_ERRORS = ("timeouts", "damaged", "foreign", "refused", "wire_lost")
"""What a line counts of requests without a good answer (agent/drivers/modbus/statistics.py)."""
UP = "evse_up"


async def text_of(side: ControlSide, station: Station, upkeep: Upkeep, link: Network) -> str:
    """Everything that is known now. Does not fail."""
    health = side.health_of
    await health.look()
    sheet, now = Sheet(), side.now()
    _of_program(sheet, side, station, upkeep, now)
    for connector in side.connectors():
        _of_port(sheet, side.session(connector), now)
        _of_record(sheet, connector, side, upkeep)
    _of_health(sheet, health)
    _of_network(sheet, side, link)
    _of_devices(sheet, side)
    return sheet.text()


def text_of_the_end() -> str:
    """What stands in the file once the program ended in order: nothing else is known any more."""
    sheet = Sheet()
    sheet.put(UP, 0)
    return sheet.text()


def _of_program(sheet: Sheet, side: ControlSide, station: Station, upkeep: Upkeep, now: Instant) -> None:
    boards = {board.firmware_version for one in side.connectors() if (board := side.board(one)) is not None}
    firmware = ",".join(sorted(boards - {""}))
    sheet.put("evse_build_info", 1, version=VERSION, mcu=firmware or None, board=station.config.board.board)
    sheet.put(UP, 1)
    sheet.put("evse_clock_quality", CLOCK_QUALITY[time_quality(station.clock)])
    sheet.put("evse_store_bytes_written_total", process.written_bytes())
    if upkeep.counts.lag.cumulative()[-1]:
        sheet.put("evse_loop_lag_seconds", upkeep.counts.lag)
    sheet.put("evse_charge_start_seconds", upkeep.counts.starts)
    used = process.process()
    if isinstance(rss_kb := used.get("rss_kb"), int):
        sheet.put("evse_process_resident_memory_bytes", rss_kb * process.KB)
    for name, key in (("evse_process_cpu_seconds_total", "cpu_s"), ("evse_process_threads", "threads")):
        if isinstance(value := used.get(key), int | float):
            sheet.put(name, value)
    if now.utc_ms is not None:
        started_ms = now.utc_ms - 1000 * now.since(station.started_at)
        sheet.put("evse_process_start_time_seconds", round(started_ms / 1000))


def _of_port(sheet: Sheet, session: Session, now: Instant) -> None:
    port = int(session.connector)
    status, _ = connector_status(session)
    sheet.put_states("evse_port_state", "state", (one.value for one in ConnectorStatus), status.value, port=port)
    sheet.put("evse_offered_current_amperes", session.encoded_a, port=port)
    for limit in session.limits.entries:
        sheet.put("evse_limit_amperes", limit.current_a, port=port, owner=limit.source.value)
    if not session.is_register_of_record:
        # The record may lie behind the meter, and a counter that falls and rises is counted twice.
        sheet.put("evse_energy_wh_total", session.last_register_wh, port=port)
    if (sample := _fresh(session, now)) is not None:
        sheet.put("evse_power_watts", sample.power_w, port=port)
        for phase, current_a, voltage_v in zip(Phase, sample.currents_a, sample.voltages_v, strict=True):
            sheet.put("evse_current_amperes", current_a, port=port, phase=phase.value)
            sheet.put("evse_voltage_volts", voltage_v, port=port, phase=phase.value)


def _fresh(session: Session, now: Instant) -> MeterSample | None:
    sample = session.last_sample
    if sample is None or session.meter_lost_since is not None or sample.at.boot_id != now.boot_id:
        return None
    return sample if now.since(sample.at) <= FRESH_S else None


def _of_record(sheet: Sheet, connector: ConnectorId, side: ControlSide, upkeep: Upkeep) -> None:
    """What is counted of one port: on the disk, and since the start."""
    port, wear, counts = int(connector), upkeep.wear.kept, upkeep.counts
    openings, loaded, heavy = (
        wear.count(part_id(PartKind.CONTACTOR, port), name)
        for name in ("openings", "openings_loaded", "openings_heavy")
    )
    for load, count in (("none", openings - loaded), ("loaded", loaded - heavy), ("heavy", heavy)):
        sheet.put("evse_contactor_operations_total", count, port=port, load=load)
    if side.board(connector) is not None:
        board = part_id(PartKind.BOARD, port)
        sheet.put("evse_mcu_restarts_total", wear.count(board, "restarts"), port=port)
        for reason, name in (("watchdog", "watchdog_resets"), ("brownout", "brownouts")):
            sheet.put("evse_mcu_resets_total", wear.count(board, name), port=port, reason=reason)
    for id in CATALOGUE:
        sheet.put("evse_faults_total", counts.faults[port, id], port=port, code=id)
    for result in RESULTS:
        sheet.put("evse_sessions_total", counts.sessions[port, result], port=port, result=result.value)
    for of in CauseClass:
        for is_excluded in (False, True):
            seconds = counts.outages_s.get((port, of.value, is_excluded), 0.0)
            labels = {"cause": of.value, "excluded": str(is_excluded).lower()}
            sheet.put("evse_outage_seconds_total", seconds, port=port, **labels)


def _of_health(sheet: Sheet, health: StationHealth) -> None:
    for port, judgement in health.judgements().items():
        states = (one.value for one in Verdict)
        sheet.put_states("evse_port_verdict", "verdict", states, judgement.verdict.value, port=port)
    for port, month in health.uptime.items():
        if (percent := month.get("percent")) is not None:
            sheet.put("evse_uptime_month_ratio", percent / 100, port=port)
    for one in longest_of_each(health.certificates):
        sheet.put("evse_cert_expiry_timestamp_seconds", one.ends_ms // 1000, kind=one.kind)


def _of_network(sheet: Sheet, side: ControlSide, link: Network) -> None:
    figures = side.link_figures()
    if figures is None:
        return
    sheet.put("evse_ocpp_connected", int(figures.is_connected))
    for reason, count in figures.losses:
        sheet.put("evse_ocpp_reconnects_total", count, reason=reason)
    for action, times in link.call_times().items():
        sheet.put("evse_ocpp_call_seconds", times, action=action)
    sheet.put("evse_ocpp_queue_messages", figures.queued)
    sheet.put("evse_ocpp_queue_ratio", figures.fill)
    sheet.put("evse_clock_offset_seconds", figures.clock_offset_s)


def _of_devices(sheet: Sheet, side: ControlSide) -> None:
    for device in side.agent().devices:
        for kind, count in device.counters:
            if kind in BUS_ERRORS:
                sheet.put("evse_meter_errors_total", count, device=device.name, kind=kind)
    for sensor in side.sensors():
        sample = sensor.driver.latest if isinstance(sensor.driver, RememberedSensor) else None
        if isinstance(sample, TemperatureSample):
            sheet.put("evse_temperature_celsius", sample.celsius, sensor=sensor.key)
