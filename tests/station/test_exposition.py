"""What Prometheus is told where no device is: what a power cut may take is not told, and what nobody knows neither."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.core.control_pilot import ContactorState
from agent.core.quantities import MeterSample
from agent.core.session.model import Session
from tests.core.exposition.reading import counters, one, series
from tests.core.session.station import charging
from tests.station.desk import ONE, Desk, at_desk

CLOSED, OPEN = ContactorState.CLOSED, ContactorState.OPEN
LOADS = ("none", "loaded", "heavy")


def operations(text: str) -> list[float | None]:
    return [one(text, "evse_contactor_operations_total", port="1", load=load) for load in LOADS]


def opens_under(session: Session, current_a: float | None, desk: Desk) -> None:
    """Closed, with this current by the last reading, and open again."""
    sample = None
    if current_a is not None:
        sample = MeterSample(at=desk.clock.now(), register_wh=1000, currents_a=(current_a, None, None))
    changed: dict[str, Any] = {"contactor": CLOSED, "last_sample": sample}
    desk.outlets[ONE].session = session
    desk.outlets[ONE].becomes(**changed)
    desk.upkeep.wear.session_changed(desk.outlets[ONE].session)
    desk.outlets[ONE].becomes(contactor=OPEN)
    desk.upkeep.wear.session_changed(desk.outlets[ONE].session)


@pytest.fixture
def charged() -> Session:
    return charging().session


def test_an_operation_is_told_once_it_is_on_disk_and_no_restart_takes_it_back(tmp_path: Path, charged: Session) -> None:
    async def story(desk: Desk) -> None:
        for outlet in desk.outlets.values():
            outlet.devices = SimpleNamespace(meter=None)  # type: ignore[attr-defined]
        for current_a in (0.2, 16.0, 31.0, None, 16.0):
            opens_under(charged, current_a, desk)
        assert operations(await desk.control_side.exposition()) == [0, 0, 0]

        await desk.upkeep.wear.flush()
        text = await desk.control_side.exposition()

        assert operations(text) == [2, 2, 1]
        opens_under(charged, 16.0, desk)
        assert operations(await desk.control_side.exposition()) == [2, 2, 1]

    at_desk(tmp_path, story)

    async def after_a_power_cut(desk: Desk) -> None:
        assert operations(await desk.control_side.exposition()) == [2, 2, 1]

    at_desk(tmp_path, after_a_power_cut)


def test_a_reading_of_more_than_a_minute_ago_says_nothing_of_now(tmp_path: Path, charged: Session) -> None:
    async def story(desk: Desk) -> None:
        for age_s, is_told in ((0.0, True), (59.0, True), (61.0, False)):
            at = desk.clock.now().plus(-age_s)
            sample = MeterSample(at=at, register_wh=1000, power_w=3680.0, currents_a=(16.0, None, None))
            desk.outlets[ONE].becomes(last_sample=sample)
            text = await desk.control_side.exposition()
            assert (one(text, "evse_power_watts", port="1") == 3680.0) is is_told
            assert (one(text, "evse_current_amperes", port="1", phase="L1") == 16.0) is is_told
            assert one(text, "evse_current_amperes", port="1", phase="L2") is None
            assert one(text, "evse_voltage_volts", port="1", phase="L1") is None

    at_desk(tmp_path, story)


def test_a_register_from_before_a_restart_is_not_told(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.outlets[ONE].becomes(last_register_wh=1234, is_register_of_record=True)
        assert one(await desk.control_side.exposition(), "evse_energy_wh_total", port="1") is None
        desk.outlets[ONE].becomes(last_register_wh=1240, is_register_of_record=False)
        assert one(await desk.control_side.exposition(), "evse_energy_wh_total", port="1") == 1240

    at_desk(tmp_path, story)


def test_without_a_central_system_a_clock_or_a_board_nothing_is_told_of_them(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        text = await desk.control_side.exposition()
        names = {name for name, _ in series(text)}
        assert not any(name.startswith("evse_ocpp") for name in names)
        assert names.isdisjoint({"evse_clock_offset_seconds", "evse_process_start_time_seconds", "evse_power_watts"})
        assert names.isdisjoint(
            {"evse_uptime_month_ratio", "evse_cert_expiry_timestamp_seconds", "evse_loop_lag_seconds"}
        )
        assert one(text, "evse_clock_quality") == 0
        desk.clock.told(1_800_000_000_000)
        text = await desk.control_side.exposition()
        assert one(text, "evse_clock_quality") is not None
        started_s = one(text, "evse_process_start_time_seconds")
        assert started_s is not None
        assert abs(started_s - 1_800_000_000) < 5

    at_desk(tmp_path, story)


def test_every_counter_that_can_be_0_is_there_from_the_start_so_that_the_first_one_is_an_increase(
    tmp_path: Path,
) -> None:
    async def story(desk: Desk) -> None:
        text = await desk.control_side.exposition()
        zeros = {name for (name, _), value in counters(text).items() if value == 0}
        assert zeros >= {"evse_faults_total", "evse_sessions_total", "evse_outage_seconds_total"}
        assert one(text, "evse_faults_total", port="2", code="contactor.welded") == 0

    at_desk(tmp_path, story)
