"""What is broken, when, and what `explain` has to name; written down from what is broken, before any run.

The faults of the pilot board come from the world's own table (firmware_sim/injections.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Reaction
from firmware_sim.injections import INJECTIONS, Injection, Moment
from tools.csms.behaviour import Behaviour
from tools.simulate.clock import VirtualClock

CARD, OTHER_CARD = "04A1B2C3", "04D4E5F6A7B8C9"
BOARDS = ("sim-single", "sim-socket", "sim-dual", "pi_pilot_single_phase_7kw")
SINGLE, SOCKET = BOARDS[:2]
PLUGGED_IN = {"ready_delay_s": 0.5, "draw_delay_s": 0.5, "current_a": 32.0}


class Actor(Enum):
    """Who does something: the world, its central system, or somebody with the controller's own disk and program."""

    WORLD = "world"
    NETWORK = "network"
    CONTROLLER = "controller"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done."""

    actor: Actor
    verb: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`before` is done in order; then `names` has to be among the reasons within `within_s`, and block `link`.

    `link` "" is a thing that stops no charge: it is named, and nothing would start what goes on. `mends` ends what was
    broken where that is more than to heal everything. `options` are those of the run. `changes`: the kinds that are
    expected in exactly this order on its own board, where it matters. `tethered`: a lock would keep the plug in.
    `rounds`: how often it may be asked anew, where a part that is
    mended tells then what nobody could see before.
    """

    name: str
    names: str
    link: str
    before: tuple[Act, ...]
    board: str = SINGLE
    within_s: float = 20.0
    mends: tuple[Act, ...] = ()
    options: Callable[[], Mapping[str, Any]] = dict
    changes: tuple[str, ...] = ()
    rounds: int = 1
    tethered: bool = False

    def __reduce__(self) -> tuple[object, ...]:
        """It goes to another process by its name."""
        return by_name, (self.name,)


def world(verb: str, **given: Any) -> Act:
    return Act(Actor.WORLD, verb, given)


def network(verb: str, **given: Any) -> Act:
    return Act(Actor.NETWORK, verb, given)


def controller(verb: str, **given: Any) -> Act:
    return Act(Actor.CONTROLLER, verb, given)


def waits(seconds: float) -> Act:
    return controller("wait", seconds=seconds)


PLUG_IN, PLUG_OUT = world("plug_in", connector=1, **PLUGGED_IN), world("plug_out", connector=1)
SWIPE, SWIPE_OTHER = world("swipe", token=CARD), world("swipe", token=OTHER_CARD)
HEAL = world("heal")
CHARGE = (PLUG_IN, waits(3), SWIPE, world("wait", until="charging", connector=1, timeout_s=60))
PLUGGED = (PLUG_IN, waits(3), SWIPE)


def broken(way: str, **given: Any) -> Act:
    return world("fault", name=way, connector=1, **given)


def _of_injection(id: str, injection: Injection) -> Case:
    """A fault of the pilot board, at the moment that makes it this one."""
    breaks = broken(injection.way, **injection.given)
    breaks_first = () if injection.together_with is None else (broken(injection.together_with),)
    once: tuple[Act, ...]
    match injection.moment:
        case Moment.REST:
            once = (*breaks_first, breaks)
        case Moment.PLUGGING:
            once = (*breaks_first, breaks, *PLUGGED)
        case Moment.CHARGE:
            once = (*CHARGE, waits(2), *breaks_first, breaks)
        case Moment.STOPPING:
            once = (*CHARGE, waits(2), *breaks_first, breaks, network("remote_stop"))
    again = (waits(injection.within_s), HEAL, PLUG_OUT, waits(45), *once) * (injection.times - 1)
    # A fault that bars the next charge lets a running one go on.
    bars = injection.moment is not Moment.CHARGE and CATALOGUE[id].reaction is Reaction.BLOCK
    stops = bars or CATALOGUE[id].reaction in (Reaction.OPEN, Reaction.X1)
    return Case(
        name=id,
        names=f"fault.{id}",
        link="*" if stops else "",
        before=(*once, *again),
        board=SOCKET if injection.socket else SINGLE,
        within_s=injection.within_s + 15,
        options=lambda: {"board_kind": injection.kind},
    )


LEFT_OUT = {
    "host.lease_expired": "the agent cannot hear it while the line is cut; the case link_cut tells of that",
    "mcu.config_mismatch": "only a board file with a pinned mark tells it (tests/drivers/pilot_board)",
    "mcu.watchdog_reset": "it is over with the restart, before anybody could ask",
    "mcu.brownout": "the same",
    "contactor.slow": "a warning after eight closings; the board's own test has it (tests/firmware_sim)",
    "rcd.retry_exhausted": "three trips in a day; slow, and the same as any fault that a signature ends",
    "temp.terminal_derate": "a warning after twenty minutes of heat; tests/simulation/test_cabinet_stories.py",
    "lock.unlock_failed": "the plug cannot be drawn while it lasts, which is the fault itself",
}
"""Injections of the board's own table that are not played here, and why."""
OF_BOARD = tuple(_of_injection(id, one) for id, one in INJECTIONS.items() if id not in LEFT_OUT)


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


def _profile(purpose: str, connector: int, *periods: tuple[int, float], id: int = 9) -> Act:
    schedule = {
        "chargingRateUnit": "A",
        "startSchedule": "2027-01-15T08:00:00Z",
        "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in periods],
    }
    profile = {
        "chargingProfileId": id,
        "stackLevel": 1,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
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
        tethered=True,
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
    _case(
        "profile_of_zero",
        "limit.network",
        "limit",
        *CHARGE,
        network("limit", amps=0, connector=1),
        waits(3),
        changes=("raise_limit",),
    ),
    _case(
        "profile_of_five",
        "limit.network",
        "limit",
        *CHARGE,
        network("limit", amps=5, connector=1),
        waits(3),
        changes=("raise_limit",),
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
        "offline_and_a_stranger",
        "refused",
        "network",
        network("offline"),
        waits(10),
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
        "refused",
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
        "refused",
        "network",
        *PLUGGED,
        options=_central_system(boot_status="Pending", boot_interval_s=30),
        mends=(network("heal"), waits(60)),
        changes=("network_returns", "present_card"),
    ),
    _case(
        "rejected",
        "refused",
        "network",
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

CASES = (*OF_OTHERS, *OF_PEOPLE, *OF_BACKEND, *OF_NETWORK, *OF_METER, *OF_CONTROLLER, *OF_BOARD)


def by_name(name: str) -> Case:
    return next(case for case in CASES if case.name == name)
