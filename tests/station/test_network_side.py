"""What the central system may see and move: the decisions of its side of the charger."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.availability import ConnectorStatus
from agent.core.control_pilot import PilotState
from agent.core.facts import StopReason
from agent.core.identity import TransactionKey
from agent.core.quantities import Measurand, MeterSample
from agent.core.schedule.profile import ChargingProfile, ProfileKind, ProfilePurpose, RateUnit, SchedulePeriod
from agent.core.session.events import (
    AuthorizationStatus,
    AvailabilityRequested,
    StartRequested,
    StopRequested,
    TransactionJudged,
)
from agent.core.session.model import SessionPhase
from agent.core.session.status import connector_status
from agent.errors import DriverUnavailable, StoreError
from agent.ocpp_client.ports import AuthorizationAnswer, AvailabilityVerdict, ProfileVerdict, ResetKind, UnlockVerdict
from agent.ocpp_client.station.settings import AUTHORIZE_REMOTE_START
from agent.station.network_side import FRESH_READING_S
from agent.station.station import Ending
from tests.station.desk import CARD, ONE, TWO, Desk, at_desk, plugged
from tests.station.test_choice import charging
from tests.store.domain import sampled, started, stopped

KEY = TransactionKey("key-1")
POWER = (Measurand.POWER_IMPORT,)


def charges_at_one(desk: Desk) -> None:
    desk.outlets[ONE].session = replace(charging(1, CARD), board_heard=True)


def test_a_start_for_no_connector_in_particular_goes_to_the_one_with_a_plug(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        plugged(desk.outlets[TWO])

        assert desk.network_side.request_start(None, CARD, None)

        assert desk.outlets[ONE].posted == []
        (asked,) = desk.outlets[TWO].posted
        assert isinstance(asked, StartRequested)
        assert (asked.token, asked.authorize) == (CARD, desk.settings.authorize_remote_start)

    at_desk(tmp_path, story)


@pytest.mark.parametrize("asks", [True, False])
def test_whether_a_remote_start_is_authorized_first_is_the_networks_setting(tmp_path: Path, asks: bool) -> None:
    async def story(desk: Desk) -> None:
        await desk.settings.put({AUTHORIZE_REMOTE_START: str(asks)})

        assert desk.network_side.request_start(ONE, CARD, None)

        (asked,) = desk.outlets[ONE].posted
        assert isinstance(asked, StartRequested)
        assert asked.authorize is asks

    at_desk(tmp_path, story)


def test_a_start_is_refused_where_none_can_begin(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        charges_at_one(desk)
        desk.outlets[TWO].becomes(operative=False)

        assert not desk.network_side.request_start(ONE, CARD, None)
        assert not desk.network_side.request_start(TWO, CARD, None)
        assert not desk.network_side.request_start(None, CARD, None)

        assert [outlet.posted for outlet in desk.outlets.values()] == [[], []]

    at_desk(tmp_path, story)


def test_a_stop_names_a_running_transaction_or_is_refused(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        charges_at_one(desk)

        assert not desk.network_side.request_stop(TransactionKey("another"), StopReason.REMOTE)
        assert desk.network_side.request_stop(KEY, StopReason.REMOTE)

        assert desk.outlets[ONE].posted == [StopRequested(reason=StopReason.REMOTE)]

    at_desk(tmp_path, story)


def test_out_of_service_is_scheduled_where_a_charge_runs_and_back_in_service_never(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        charges_at_one(desk)

        assert await desk.network_side.change_availability(ONE, False) is AvailabilityVerdict.SCHEDULED
        assert await desk.network_side.change_availability(TWO, False) is AvailabilityVerdict.ACCEPTED
        assert await desk.network_side.change_availability(ONE, True) is AvailabilityVerdict.ACCEPTED

        assert connector_status(desk.outlets[TWO].session)[0] is ConnectorStatus.UNAVAILABLE

    at_desk(tmp_path, story)


def test_the_station_as_a_whole_goes_out_of_service_in_one_record(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        before = desk.commits

        await desk.network_side.change_availability(None, False)

        assert desk.commits == before + 1
        assert desk.network_side.station_report().status is ConnectorStatus.UNAVAILABLE
        assert all(outlet.posted == [AvailabilityRequested(False)] for outlet in desk.outlets.values())

    at_desk(tmp_path, story)


def test_an_availability_that_cannot_be_kept_is_told_to_no_connector(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.is_full = True

        with pytest.raises(StoreError):
            await desk.network_side.change_availability(None, False)

        assert [outlet.posted for outlet in desk.outlets.values()] == [[], []]
        assert desk.network_side.station_report().status is ConnectorStatus.AVAILABLE

    at_desk(tmp_path, story)


class PaperLock:
    """`answers` is whether the plug is still locked, or what is raised."""

    name = "lock"

    def __init__(self, answers: bool | DriverUnavailable) -> None:
        self.answers = answers
        self.asked: list[bool] = []

    async def open(self) -> None: ...

    async def aclose(self) -> None: ...

    async def set_locked(self, locked: bool) -> bool:
        self.asked.append(locked)
        if isinstance(self.answers, DriverUnavailable):
            raise self.answers
        return self.answers


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (False, UnlockVerdict.UNLOCKED),
        (True, UnlockVerdict.FAILED),
        (DriverUnavailable("lock", "the test"), UnlockVerdict.FAILED),
    ],
)
def test_a_lock_is_asked_to_unlock_and_what_it_says_is_told(
    tmp_path: Path, answers: bool | DriverUnavailable, verdict: UnlockVerdict
) -> None:
    async def story(desk: Desk) -> None:
        lock = desk.locks[ONE] = PaperLock(answers)

        assert await desk.network_side.unlock(ONE) is verdict
        assert lock.asked == [False]

    at_desk(tmp_path, story)


def test_a_charge_that_does_not_end_keeps_its_plug(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        charges_at_one(desk)
        lock = desk.locks[ONE] = PaperLock(False)

        assert await desk.network_side.unlock(ONE) is UnlockVerdict.FAILED
        assert lock.asked == []

    at_desk(tmp_path, story)


def test_a_cable_that_is_kept_for_somebody_is_let_go_before_the_lock_is_asked(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        lock = desk.locks[ONE] = PaperLock(False)
        desk.outlets[ONE].becomes(phase=SessionPhase.CABLE_LEFT, pilot=PilotState.A, cable_in=True, held_for=CARD)

        assert await desk.network_side.unlock(ONE) is UnlockVerdict.UNLOCKED

        assert desk.outlets[ONE].session.held_for is None, "else the session would lock it again"
        assert lock.asked == [False]

    at_desk(tmp_path, story)


def test_a_tethered_cable_has_nothing_to_unlock(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert await desk.network_side.unlock(ONE) is UnlockVerdict.NOT_SUPPORTED

    at_desk(tmp_path, story)


def test_only_a_fresh_sample_is_a_present_reading(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert desk.network_side.readings(ONE, POWER) is None
        at = desk.clock.now()
        desk.outlets[ONE].becomes(last_sample=MeterSample(at=at, register_wh=1000, power_w=3600.0))
        readings = desk.network_side.readings(ONE, POWER)
        assert readings is not None
        assert [reading.value for reading in readings.readings] == [3600.0]
        assert desk.network_side.readings(None, POWER) is None, "two meters are nobody's in particular"

        await asyncio.sleep(FRESH_READING_S + 1.0)

        assert desk.network_side.readings(ONE, POWER) is None

    at_desk(tmp_path, story)


def test_the_networks_word_on_a_start_reaches_the_charge_it_is_about(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        charges_at_one(desk)
        answer = AuthorizationAnswer(status=AuthorizationStatus.BLOCKED)

        desk.network_side.transaction_judged(TransactionKey("over"), answer)
        desk.network_side.transaction_judged(KEY, answer)

        assert desk.outlets[ONE].posted == [TransactionJudged(key=KEY, status=AuthorizationStatus.BLOCKED)]
        assert desk.outlets[TWO].posted == []

    at_desk(tmp_path, story)


def test_a_reset_stops_every_charge_and_only_then_ends_the_program(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        charges_at_one(desk)
        desk.outlets[ONE].is_stuck = True
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(desk.station.deeds.run())
            ended = tasks.create_task(desk.station.ended())
            assert desk.network_side.reset(ResetKind.SOFT)
            await asyncio.sleep(59.0)
            assert not ended.done(), "the charge is not over yet"
            await asyncio.sleep(2.0)
            assert ended.result() is Ending.RESTART
            running.cancel()

        assert StopRequested(reason=StopReason.SOFT_RESET) in desk.outlets[ONE].posted
        assert [news.name for news in desk.news()] == ["station.reset"]

    at_desk(tmp_path, story)


def test_a_reset_is_objected_to_while_the_site_file_on_disk_is_of_no_use(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert await desk.network_side.objection_to_reset() == ""
        file = desk.station.config.site_file
        file.write_text(file.read_text(encoding="utf-8") + "suply = 1\n", encoding="utf-8")

        assert "suply" in await desk.network_side.objection_to_reset()

    at_desk(tmp_path, story)


def test_a_record_the_network_does_not_answer_is_told_of_and_so_is_its_answer(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        desk.network_side.fact_set_aside(started(1))
        desk.network_side.fact_set_aside(sampled(None))
        desk.network_side.fact_answered_after_all(stopped(1))

        assert [(news.name, dict(news.fields)) for news in desk.news()] == [
            ("record.postponed", {"kind": "start", "transaction": started(1).key}),
            ("record.postponed", {"kind": "sample", "transaction": None}),
            ("record.answered", {"kind": "stop", "transaction": stopped(1).key}),
        ]

    at_desk(tmp_path, story)


def test_the_boot_message_names_the_meter_where_all_are_of_one_kind(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert desk.network_side.identity.meter_type == "eastron-sdm630"

        config, (one, two) = desk.station.config, desk.station.config.board.connectors
        meter = replace(two.drivers["meter"], options={**two.drivers["meter"].options, "map": "abb-b23"})
        other = replace(two, drivers={**two.drivers, "meter": meter})
        desk.station.config = replace(config, board=replace(config.board, connectors=(one, other)))

        assert desk.network_side.identity.meter_type == ""

    at_desk(tmp_path, story)


def test_the_boot_message_names_a_meter_whose_map_is_a_file_by_the_file_alone(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        config, (one, _) = desk.station.config, desk.station.config.board.connectors
        meter = replace(one.drivers["meter"], options={"map": "/etc/evse-agent/acme-pm3.toml"})
        alone = replace(one, drivers={**one.drivers, "meter": meter})
        desk.station.config = replace(config, board=replace(config.board, connectors=(alone,)))

        assert desk.network_side.identity.meter_type == "acme-pm3"

    at_desk(tmp_path, story)


def test_the_first_word_on_the_time_of_day_is_taken_over(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        assert desk.clock.now().utc_ms is None

        desk.network_side.clock_told(1_800_000_000_000)

        assert desk.clock.now().utc_ms == 1_800_000_000_000

    at_desk(tmp_path, story)


def test_a_connector_in_the_middle_of_a_charge_is_none_to_start_at(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        for phase in (SessionPhase.STARTING, SessionPhase.CHARGING, SessionPhase.STOPPING):
            desk.outlets[ONE].becomes(phase=phase)
            assert not desk.network_side.request_start(ONE, CARD, None)

    at_desk(tmp_path, story)


OF_THE_CHARGE = ChargingProfile(
    id=7,
    connector=ONE,
    purpose=ProfilePurpose.TX,
    kind=ProfileKind.RELATIVE,
    stack_level=0,
    unit=RateUnit.A,
    periods=(SchedulePeriod(start_s=0, limit=8.0),),
    transaction=KEY,
)


@pytest.mark.parametrize("stops", [True, False])
def test_a_profile_of_a_charge_outlives_no_stop_that_is_on_its_way(tmp_path: Path, stops: bool) -> None:
    async def story(desk: Desk) -> None:
        await desk.store.ledger.record_start(replace(started(1), key=KEY), None)
        charges_at_one(desk)

        async with asyncio.TaskGroup() as tasks:
            if stops:
                tasks.create_task(desk.store.ledger.record_stop(replace(stopped(1), key=KEY)))
                await asyncio.sleep(0)
            verdict = await desk.network_side.install_profile(OF_THE_CHARGE)

        assert verdict is (ProfileVerdict.REJECTED if stops else ProfileVerdict.ACCEPTED)
        assert len(desk.store.profiles.all()) == (0 if stops else 1)

    at_desk(tmp_path, story)
