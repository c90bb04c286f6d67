"""What is broken, when, and what `explain` has to name; written down from what is broken, before any run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tools.csms.behaviour import Behaviour
from tools.explain_cases.case import (
    CARD,
    CHARGE,
    OTHER_CARD,
    PLUG_IN,
    PLUG_OUT,
    PLUGGED,
    SOCKET,
    SWIPE,
    Act,
    Case,
    broken,
    controller,
    network,
    waits,
    world,
)
from tools.explain_cases.of_board import OF_BOARD, OF_BOARD_ELSEWHEN
from tools.explain_cases.of_neighbours import OF_NEIGHBOURS
from tools.explain_cases.of_silence import OF_SILENCE
from tools.explain_cases.of_ways import OF_WAYS
from tools.simulate.clock import VirtualClock


def _case(name: str, names: str, link: str, *before: Act, **more: Any) -> Case:
    return Case(name=name, names=names, link=link, before=before, **more)


def _central_system(**traits: Any) -> Callable[[], Mapping[str, Any]]:
    """One of its own for each run, because a run changes it."""
    return lambda: {"behaviour": Behaviour(**traits)}


def _without_clock() -> Mapping[str, Any]:
    clock = VirtualClock()
    clock.is_trusted = False
    return {"clock": clock, "behaviour": Behaviour(refused_status=503)}


def _settings(**changed: str | int) -> Callable[[], Mapping[str, Any]]:
    return lambda: {"settings": {"MeterValueSampleInterval": 60, **changed}}


def _profile(
    purpose: str, connector: int, *periods: tuple[int, float], id: int = 9, level: int = 1, is_relative: bool = False
) -> Act:
    schedule = {
        "chargingRateUnit": "A",
        **({} if is_relative else {"startSchedule": "2027-01-15T08:00:00Z"}),
        "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in periods],
    }
    profile = {
        "chargingProfileId": id,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative" if is_relative else "Absolute",
        "chargingSchedule": schedule,
    }
    payload = {"connectorId": connector, "csChargingProfiles": profile}
    return network("call", action="SetChargingProfile", payload=payload)


OF_PEOPLE = (
    _case("nobody", "no_plug", "car", changes=("plug_in", "present_card")),
    _case("no_card", "nobody_accepted", "authorization", PLUG_IN, changes=("present_card",)),
    _case("card_first", "no_plug", "car", SWIPE, waits(3), changes=("plug_in",)),
    _case("car_rests", "car.not_asking", "car", *CHARGE, world("suspend", connector=1), changes=("car_asks",)),
    _case("ended_by_card", "finished", "authorization", *CHARGE, waits(9), SWIPE, waits(9), changes=("present_card",)),
    _case(
        "free_for_all",
        "no_plug",
        "car",
        options=lambda: {"authorization": "free"},
        changes=("plug_in",),
    ),
    _case(
        "free_for_all_is_over",
        "finished",
        "authorization",
        PLUG_IN,
        world("wait", until="charging", connector=1, timeout_s=60),
        network("remote_stop"),
        waits(15),
        options=lambda: {"authorization": "free"},
        changes=("replug",),
    ),
    _case(
        "unplugged_and_goes_on",
        "unplugged",
        "car",
        *CHARGE,
        PLUG_OUT,
        waits(5),
        options=_settings(StopTransactionOnEVSideDisconnect="false"),
        not_on=(SOCKET,),
        changes=("plug_in",),
    ),
    _case("waited_too_long", "finished", "authorization", PLUG_IN, waits(140), changes=("present_card",)),
)
"""What the people around it do, and do not."""

OF_BACKEND = (
    *(
        _case(
            f"card_{status.lower()}",
            "refused",
            "authorization",
            network("refuse_token", token=CARD, status=status),
            *PLUGGED,
            mends=(network("heal"),),
            changes=("present_card",),
        )
        for status in ("Blocked", "Expired", "Invalid", "ConcurrentTx")
    ),
    _case(
        "refused_after_the_start",
        "deauthorized",
        "authorization",
        network("send_list", version=1, kind="Full", tokens={CARD: "Accepted"}),
        network("refuse_token", token=CARD, status="Blocked"),
        *PLUGGED,
        waits(5),
        options=_settings(StopTransactionOnInvalidId="false", LocalPreAuthorize="true"),
        changes=("replug", "present_card"),
    ),
    _case(
        "reserved",
        "reserved",
        "authorization",
        network("reserve", connector=1, token=OTHER_CARD, reservation=5, until="2027-01-15T09:00:00Z"),
        PLUG_IN,
        waits(3),
        changes=("present_card",),
    ),
    _case(
        "out_of_service",
        "out_of_service",
        "authorization",
        network("change_availability", connector=1, operative=False),
        changes=("put_in_service", "plug_in", "present_card"),
    ),
    *(
        _case(
            f"profile_of_{word}",
            "limit.network",
            "limit",
            *CHARGE,
            network("limit", amps=amps, connector=1),
            waits(3),
            changes=("raise_limit",),
        )
        for word, amps in (("zero", 0), ("five", 5))
    ),
    _case(
        "station_of_zero",
        "limit.charge_point_max",
        "limit",
        *CHARGE,
        network("limit", amps=0, connector=0, purpose="ChargePointMaxProfile"),
        waits(3),
        changes=("raise_limit",),
    ),
    _case(
        "schedule_until_later",
        "limit.network",
        "limit",
        _profile("TxDefaultProfile", 1, (0, 0.0), (300, 16.0)),
        *PLUGGED,
        waits(5),
        changes=("raise_limit",),
    ),
    _case(
        "profile_of_the_next_charge",
        "nobody_accepted",
        "authorization",
        _profile("TxDefaultProfile", 0, (0, 5.0), is_relative=True),
        PLUG_IN,
        waits(3),
        changes=("raise_limit", "present_card"),
    ),
    _case(
        "profile_until_the_next_charge",
        "limit.network",
        "limit",
        _profile("TxDefaultProfile", 0, (0, 5.0)),
        _profile("TxDefaultProfile", 0, (0, 16.0), id=10, level=2, is_relative=True),
        PLUG_IN,
        waits(3),
        changes=("present_card",),
    ),
    _case(
        "rest_after_a_pause",
        "offer.due",
        "limit",
        *CHARGE,
        network("limit", amps=0, connector=1),
        waits(10),
        network("clear_limit"),
        within_s=5,
        changes=("wait",),
    ),
)
"""What the central system says."""

OF_NETWORK = (
    _case(
        "never_online",
        "network.offline",
        "network",
        network("offline"),
        waits(30),
        mends=(network("heal"), waits(60)),
        changes=("network_returns", "plug_in", "present_card"),
    ),
    _case(
        "offline_for_whoever_need_not_ask",
        "no_plug",
        "car",
        network("offline"),
        waits(30),
        options=lambda: {"authorization": "free"},
        changes=("plug_in",),
    ),
    _case(
        "offline_and_a_stranger",
        "network.offline",
        "network",
        network("offline"),
        waits(30),
        *PLUGGED,
        mends=(network("heal"), waits(60)),
        changes=("network_returns", "present_card"),
    ),
    _case(
        "slow_to_a_card",
        "authorization.waiting",
        "authorization",
        network("slow", delay_s=4),
        *PLUGGED,
        changes=("accept_token",),
    ),
    _case(
        "silent_to_a_card",
        "network.offline",
        "network",
        network("silent"),
        *PLUGGED,
        waits(60),
        within_s=60,
        mends=(network("heal"), waits(60)),
        changes=("network_returns", "present_card"),
    ),
    _case(
        "pending",
        "network.not_accepted",
        "network",
        waits(30),
        *PLUGGED,
        options=_central_system(boot_status="Pending", boot_interval_s=30),
        mends=(network("heal"), waits(60)),
        changes=("network_returns", "present_card"),
    ),
    _case(
        "rejected",
        "network.not_accepted",
        "network",
        waits(30),
        *PLUGGED,
        options=_central_system(boot_status="Rejected", boot_interval_s=30),
        mends=(network("heal"), waits(60)),
        changes=("network_returns", "present_card"),
    ),
    _case("offline_while_charging", "network.offline", "", *CHARGE, network("offline"), waits(10)),
    _case(
        "turned_away",
        "network.offline",
        "",
        *CHARGE,
        network("refuse", status=401),
        network("drop"),
        waits(10),
    ),
    _case("half_open", "network.offline", "", *CHARGE, network("freeze"), within_s=400),
    _case("clock_unknown", "clock.unknown", "", options=_without_clock),
)
"""The way to the central system, and the time of day that comes over it."""

OF_METER = (
    _case("meter_silent_before", "nobody_accepted", "*", broken("meter_silent"), waits(70), PLUG_IN),
    _case("meter_silent_at_the_start", "fault.meter.comm", "meter", broken("meter_silent"), *PLUGGED, waits(12)),
    _case("meter_silent_in_a_charge", "meter.silent", "", *CHARGE, broken("meter_silent"), within_s=40),
    _case("meter_silent_for_good", "fault.meter.comm", "meter", *CHARGE, broken("meter_silent"), waits(80)),
    _case("meter_garbage", "fault.meter.comm", "meter", broken("meter_garbage"), *PLUGGED, waits(12)),
    _case("meter_wire", "fault.meter.comm", "meter", broken("link_cut", wire="meter"), *PLUGGED, waits(12)),
)

OF_CONTROLLER = (
    _case("board_silent", "board.silent", "hardware", *CHARGE, broken("link_cut"), changes=("board_answers",)),
    _case("board_gone", "board.silent", "hardware", *CHARGE, broken("link_gone"), changes=("board_answers",)),
    _case("board_hangs", "board.silent", "hardware", *CHARGE, broken("mcu_hang"), rounds=2),
    _case("board_without_supply", "fault.mcu.brownout", "hardware", broken("supply_low", volts=2.0), waits(2)),
    _case("three_short_lives", "fault.mcu.restarts", "hardware", *(broken("mcu_reset", cause="power"), waits(5)) * 3),
    _case(
        "crash_loop",
        "crash_loop",
        "car",
        *(controller("dies"), waits(20)) * 3,
        changes=("plug_in", "present_card"),
        says="'died_of': 'OSError'",
        gone_after_s=3600.0,
    ),
    _case("crash_loop_in_a_charge", "crash_loop", "", *CHARGE, *(controller("dies"), waits(40)) * 3, says="OSError"),
    _case("chain_broken", "fault.safety.emergency_stop", "hardware", broken("chain_broken"), *PLUGGED),
    _case("disk_read_only", "store.fails", "hardware", controller("disk", writable=False), *PLUGGED),
    _case(
        "disk_read_only_for_long",
        "refused",
        "hardware",
        controller("disk", writable=False),
        *PLUGGED,
        waits(15),
        changes=("make_room", "present_card"),
    ),
    _case(
        "reader_dead",
        "fault.reader.failed",
        "authorization",
        broken("reader_dead"),
        waits(40),
        PLUG_IN,
        waits(3),
        board="sim-pn532",
        changes=("remote_start",),
    ),
    _case(
        "not_commissioned",
        "fault.comm.not_commissioned",
        "authorization",
        options=lambda: {"commissioning": "required"},
        changes=("clear_fault", "plug_in", "present_card"),
    ),
    _case("door_open", "fault.enclosure.open", "hardware", world("press", what="door", for_s=600), board="sim-gpio"),
    _case("estop_pressed", "fault.safety.emergency_stop", "hardware", *CHARGE, broken("estop")),
    _case("dc_leak", "fault.rcd.dc_trip", "hardware", *CHARGE, world("leak", connector=1, kind="dc", ma=20)),
    _case("rail_sags", "fault.power.rail", "hardware", world("supply", rail="+12V", volts=10.4, connector=1)),
    _case("mains_gone", "fault.mains.loss", "grid", *CHARGE, world("mains", volts=0.0)),
    _case("mains_low", "fault.mains.undervoltage", "grid", *CHARGE, world("mains", volts=185.0)),
)
"""The charger itself, and its supply."""

OF_OTHERS = (
    _case("openevse_mute", "board.silent", "hardware", *CHARGE, broken("rapi_mute"), board="sim-openevse", rounds=2),
    _case("bender_silent", "board.silent", "hardware", *CHARGE, broken("evse_silent"), board="sim-bender", rounds=2),
    _case(
        "simple_silent", "board.silent", "hardware", *CHARGE, broken("evse_silent"), board="sim-simple-evse", rounds=2
    ),
    _case(
        "relay_silent",
        "fault.mcu.comm",
        "hardware",
        *CHARGE,
        broken("relay_silent"),
        board="sim-modbus-relay",
        rounds=2,
    ),
    _case("chip_gone", "fault.mcu.comm", "hardware", *CHARGE, broken("chip_gone"), board="sim-gpio", rounds=2),
    _case("motor_lock_jam", "fault.lock.lock_failed", "lock", broken("lock_jam"), *PLUGGED, board="sim-motor-lock"),
)
"""Controllers of other makers, and parts that Linux drives. No Phoenix: nothing ends its power where it is silent, and
`explain` says that as well."""

CASES = (
    *OF_OTHERS,
    *OF_SILENCE,
    *OF_NEIGHBOURS,
    *OF_PEOPLE,
    *OF_BACKEND,
    *OF_NETWORK,
    *OF_METER,
    *OF_CONTROLLER,
    *OF_BOARD,
    *OF_BOARD_ELSEWHEN,
    *OF_WAYS,
)


def by_name(name: str) -> Case:
    return next(case for case in CASES if case.name == name)
