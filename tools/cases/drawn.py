"""Cases drawn by seed: a way to break the world, on a board that can break so, before a charge or in the midst of one.

Every way of the simulator is either here, with the causes that name it, or in LEFT_OUT with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from agent.control.render import quantities
from firmware_sim.breakage import WAYS
from tools.cases.model import CARD, PLUGS_IN, SWIPES, Act, Case, breaks, here, office, world

Draw = Callable[[Random], Mapping[str, object]]
PILOT = ("sim-single", "sim-dual", "sim-socket")
SOCKET = ("sim-socket",)
MODBUS_EVSE = ("sim-simple-evse", "sim-phoenix-serial", "sim-phoenix-ethernet", "sim-bender")
RAPI = ("sim-openevse",)
RELAYS = ("sim-modbus-relay",)
CHIP = ("sim-gpio",)
READERS = ("sim-pn532",)
SENSORS = ("sim-cabinet",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One way to break, and what names it. `moments`: when it can happen; "idle" is before anybody comes."""

    way: str
    keys: tuple[str, ...]
    words: tuple[str, ...] = ()
    boards: tuple[str, ...] = PILOT
    given: Draw = lambda _: {}
    moments: tuple[str, ...] = ("idle", "charging")


def _nothing(_: Random) -> Mapping[str, object]:
    return {}


def _between(name: str, low: float, high: float) -> Draw:
    return lambda random: {name: round(random.uniform(low, high), 1)}


def _one_of(name: str, *values: object) -> Draw:
    return lambda random: {name: random.choice(values)}


def _trouble(way: str, *causes: str, given: Draw = _nothing, keys: tuple[str, ...] = (), **more: object) -> Trouble:
    """`causes` are ids of the fault catalogue, `keys` other reasons."""
    named = (*(f"fault.{cause}" for cause in causes), *keys)
    return Trouble(way=way, keys=named, given=given, **more)  # type: ignore[arg-type]


CHARGING = ("charging",)
IDLE = ("idle",)
SILENT_BOARD = ("board.silent", "fault.mcu.comm")

TROUBLES: tuple[Trouble, ...] = (
    # The pilot.
    _trouble("cp_short", "cp.short", given=_between("ohm", 0, 60)),
    _trouble("cp_diode", "cp.diode", "cp.range", given=_one_of("diode", "shorted")),
    _trouble("cp_leak", "cp.leak", given=_between("ohm", 7_500, 10_500)),
    _trouble("cp_frozen", "cp.adc"),
    # Judged with no car only: with one the level is the car's.
    _trouble("cp_generator", "cp.generator", given=_one_of("high_v", 10.4, 10.8, 11.1), moments=IDLE),
    _trouble("cp_frequency", "cp.generator", given=_one_of("hz", 930.0, 950.0, 1_060.0), moments=CHARGING),
    _trouble("car_ventilation", "cp.vent_required", moments=CHARGING),
    _trouble("car_flaps", "cp.unstable", given=_one_of("every_s", 1.5, 2.0), moments=CHARGING),
    _trouble("car_no_stop", "ev.no_stop", moments=CHARGING),
    _trouble("rail_low", "power.rail", given=_between("plus_v", 9.9, 10.8)),
    _trouble("cable_cut", "cable.cut", boards=("sim-single",)),
    # The board and its line.
    _trouble("link_cut", keys=SILENT_BOARD),
    _trouble("mcu_hang", keys=SILENT_BOARD),
    _trouble("mcu_damaged", "mcu.selftest", keys=SILENT_BOARD),
    _trouble("serial_noise", keys=SILENT_BOARD, given=_one_of("rate", 0.2, 0.3)),
    _trouble("supply_low", "power.rail", "mcu.brownout", keys=SILENT_BOARD, given=_between("volts", 6.0, 8.5)),
    # Residual current.
    _trouble("rcd_dc", "rcd.dc_trip", given=_between("ma", 8, 60), moments=CHARGING),
    _trouble("rcd_ac", "rcd.ac_trip", given=_between("ma", 40, 120), moments=CHARGING),
    _trouble("rcd_test_dead", "rcd.selftest_failed", moments=IDLE),
    _trouble("rcd_dead", "rcd.selftest_failed", moments=IDLE),
    _trouble("rcd_stuck", "rcd.module_error", "rcd.dc_trip", "rcd.ac_trip", "rcd.selftest_failed"),
    _trouble("rcd_error", "rcd.module_error"),
    # The supply.
    _trouble("pe_lost", "pe.lost"),
    _trouble(
        "pen_lost",
        "pen.fault",
        "mains.undervoltage",
        "mains.overvoltage",
        "mains.polarity",
        "pe.lost",
        given=_between("volts", 160, 190),
    ),
    _trouble("mains_loss", "mains.loss", "rcd.upstream_open"),
    _trouble("mains_undervoltage", "mains.undervoltage", given=_between("volts", 165, 190)),
    _trouble("mains_overvoltage", "mains.overvoltage", given=_between("volts", 268, 280)),
    _trouble("mains_frequency", "mains.frequency", given=_between("hz", 52.4, 54)),
    _trouble("mains_phase_loss", "mains.phase_loss", given=_one_of("phase", 1, 2, 3)),
    _trouble("mains_rotation", "mains.rotation"),
    _trouble("mains_polarity", "mains.polarity", given=_between("volts", 90, 200)),
    # The contactor and its chain.
    _trouble("weld", "contactor.welded", "output.live", moments=CHARGING),
    _trouble("no_close", "contactor.no_close", moments=IDLE),
    _trouble(
        "weld_sticky", "contactor.welded", "contactor.slow", given=_between("release_s", 1.2, 3.0), moments=CHARGING
    ),
    _trouble(
        "mirror_lies",
        "contactor.mismatch",
        "contactor.no_close",
        "contactor.welded",
        "output.live",
        given=_one_of("shows", "open", "closed"),
    ),
    _trouble("output_live", "output.live", "contactor.welded"),
    # A sense that counts edges on an open contactor is what a welded pole shows.
    _trouble("load_sense", "output.live", "contactor.mismatch", "contactor.welded", given=_one_of("edges", 8, 10)),
    _trouble("stray_current", "current.unexpected", given=_one_of("ma", 1_000, 2_000, 4_000), moments=IDLE),
    _trouble("chain_stuck", "chain.mismatch", "rcd.selftest_failed"),
    _trouble("chain_broken", "chain.mismatch", "safety.emergency_stop", "contactor.no_close", "contactor.opened_alone"),
    _trouble("estop", "safety.emergency_stop", "chain.mismatch"),
    _trouble("overcurrent", "current.over_soft", given=_between("excess_a", 5, 9), moments=CHARGING),
    # Heat.
    _trouble("overtemp", "temp.terminal_stop", given=_between("celsius", 103, 115)),
    _trouble(
        "overtemp",
        "temp.terminal_derate",
        "temp.terminal_stop",
        keys=("limit.pilot_board",),
        given=_between("celsius", 84, 95),
        moments=CHARGING,
    ),
    _trouble("ntc_open", "temp.sensor"),
    _trouble("ntc_short", "temp.sensor", "temp.terminal_stop"),
    _trouble("too_cold", "temp.low", given=_between("celsius", -39, -36)),
    _trouble("sensor_gone", "temp.sensor", keys=("device.silent", "limit.thermal"), boards=SENSORS),
    _trouble("sensor_says", "temp.sensor", keys=("device.silent", "limit.thermal"), boards=SENSORS),
    # The meter.
    _trouble("meter_silent", "meter.comm", keys=("meter.silent",)),
    _trouble("meter_garbage", "meter.comm", "meter.implausible", keys=("meter.silent",)),
    _trouble("meter_zero", "meter.implausible", "meter.identity", "meter.comm", keys=("meter.silent",)),
    _trouble("meter_frozen", "meter.implausible", "meter.comm", words=("the same values",), moments=CHARGING),
    _trouble("meter_reversed", "meter.sign_or_phase", "meter.implausible", moments=CHARGING),
    # Below a second most answers still come within the patience of the driver, and a charge goes well.
    _trouble("meter_late", "meter.comm", keys=("meter.silent",), given=_between("delay_s", 1.1, 1.5)),
    _trouble("meter_absent_values", "meter.implausible", "meter.identity", "meter.comm", keys=("meter.silent",)),
    _trouble("meter_swapped", "meter.implausible", "meter.identity", "meter.comm", keys=("meter.silent",)),
    _trouble(
        "meter_other",
        "meter.identity",
        "meter.comm",
        "meter.implausible",
        keys=("meter.silent",),
        given=_one_of("model", "abb-b2x"),
    ),
    # The socket.
    _trouble("lock_jam", "lock.lock_failed", boards=SOCKET, moments=IDLE),
    _trouble("lock_jam", "lock.unlock_failed", boards=SOCKET, moments=CHARGING),
    _trouble("lock_energy", "lock.energy_store", boards=SOCKET, given=_between("volts", 6, 10.5)),
    _trouble("lock_forced", "lock.unexpected_open", boards=SOCKET, moments=CHARGING),
    _trouble("lock_wire", "lock.lock_failed", "lock.unlock_failed", "lock.unexpected_open", boards=SOCKET),
    _trouble("pp_short", "pp.short", boards=SOCKET),
    _trouble("pp_range", "pp.range", boards=SOCKET, given=_one_of("ohm", 2_700.0, 3_000.0, 4_000.0)),
    _trouble("pp_open", "pp.missing", "connector.partial_insertion", boards=SOCKET),
    _trouble("pp_changed", "pp.changed", boards=SOCKET, given=_one_of("ohm", 680.0), moments=CHARGING),
    # Readers.
    _trouble("reader_dead", "reader.failed", keys=("device.silent",), boards=READERS, moments=IDLE),
    _trouble("reader_garbage", "reader.failed", keys=("device.silent",), boards=READERS, moments=IDLE),
    _trouble("reader_refuses", "reader.failed", keys=("device.silent",), boards=READERS, moments=IDLE),
    _trouble("reader_stuck", "reader.failed", keys=("device.silent",), boards=READERS, moments=IDLE),
    # Controllers that people already own.
    _trouble("evse_silent", keys=SILENT_BOARD, boards=MODBUS_EVSE),
    _trouble("evse_garbage", keys=SILENT_BOARD, boards=MODBUS_EVSE),
    _trouble("rapi_mute", keys=SILENT_BOARD, boards=RAPI),
    _trouble("rapi_deaf", keys=SILENT_BOARD, boards=RAPI),
    _trouble("rapi_garbage", keys=SILENT_BOARD, boards=RAPI),
    # Plain switches.
    _trouble("relay_silent", "contactor.mismatch", keys=("device.silent", *SILENT_BOARD), boards=RELAYS),
    _trouble("relay_stuck", "contactor.welded", "contactor.mismatch", boards=RELAYS, moments=CHARGING),
    _trouble("relay_deaf_ears", "contactor.no_close", "contactor.mismatch", boards=RELAYS, moments=IDLE),
    _trouble("relay_garbage", "contactor.mismatch", keys=("device.silent", *SILENT_BOARD), boards=RELAYS),
    _trouble("chip_gone", "contactor.mismatch", keys=("device.silent", *SILENT_BOARD), boards=CHIP),
    # The central system.
    _trouble("csms_gone", keys=("network.offline", "network.closed")),
    _trouble("csms_silent", keys=("network.offline", "network.closed")),
)

OF_THE_OFFICE = {"csms_gone": office("offline", 120.0), "csms_silent": office("silent", 600.0)}
"""The central system of these plays stands beside the world, and breaks by its own verbs."""

PLAYED_APART = "shows, and is played apart (tools/explain_cases); one more here would change the case of every seed"
LEFT_OUT: Mapping[str, str] = {
    "board_exchanged": "nothing is wrong with the new board; that it is another one stands in the events",
    "meter_exchanged": "nothing is wrong with the new meter",
    "car_gone": "the car is gone, and no defect stays",
    "mcu_reset": "once; the board runs again, and the reset stands in the events",
    "link_gone": "once; the port comes back",
    "csms_drop": "once; the connection comes back",
    "csms_slow": "slow is no defect that anybody can mend",
    "csms_hostile": "twenty bad frames, once",
    "contactor_worn": "works as it should; the slowness that wear brings is contactor_slow",
    "chain_held": "found by a commissioning test",
    "cp_noise": "found by a commissioning test; charging survives it",
    "cp_resistor": "found by a commissioning test; charging survives it",
    "cp_switch": "found by a commissioning test",
    "supply_resistance": f"ends with the current of a charge, so chance decides what a look finds; {PLAYED_APART}",
    "meter_ratio": "found by a commissioning test with a known load",
    "meter_crossed": "found by a commissioning test with a known load",
    "cp_open": "to the pilot a broken wire is a car that is gone, and no charger can tell; an open diode is the same",
    "car_resistance": "1511 ohms lie between two states: one board charges, another does not, both rightly",
    "contactor_slow": "found by a commissioning test; in use the board warns by the mean of eight closings",
    "mcu_reconfigured": "seen where the board file pins a configuration, and those of the simulator pin none",
    "hot_day": "no defect",
    "loose_terminal": "warms over hours of a charge; the heat it ends in is overtemp",
    "evse_deaf_registers": PLAYED_APART,
    "evse_exchanged": "found by the count of its registers at the start",
    "evse_late": PLAYED_APART,
    "evse_letter": PLAYED_APART,
    "evse_other_master": "once",
    "evse_refuses": "one register",
    "evse_scale": "found by the driver, which mends it",
    "evse_self_test": "the device tests itself; no defect",
    "evse_slow": "the driver waits longer",
    "evse_swallows": "once",
    "evse_time_out_dead": "shows only when the agent is gone",
    "line_busy": "a fault of the computer's configuration, before the start",
    "line_cut": "reads as whatever pulls at the line",
    "line_lost_edges": "once",
    "line_stuck": "which line is drawn has to fit the board's wiring; see tests/simulation/test_gpio_stories.py",
    "rapi_checks": PLAYED_APART,
    "rapi_echo": "the driver survives it",
    "rapi_lacks": PLAYED_APART,
    "rapi_late": PLAYED_APART,
    "reader_late": PLAYED_APART,
    "reader_pieces": "the driver survives it",
    "relay_closed": "somebody else on the line, once",
    "relay_held": "somebody else on the line",
    "relay_late": PLAYED_APART,
    "relay_neighbour": "found by hardware test",
    "relay_old": PLAYED_APART,
    "relay_restart": f"once; where it breaks a charge off, it {PLAYED_APART}",
    "wiegand_crossed": "cards read as other cards",
    "wiegand_short": "reads nothing; no answer is owed by such a reader",
}
HEALTHY_BOARDS = (*PILOT, "sim-cabinet", "sim-openevse", "sim-simple-evse", "sim-modbus-relay", "sim-pn532", "sim-sml")


def drawn(seed: int) -> Case:
    """The case of a seed. Troubles come in turn, so that 100 seeds hold each of them at least once."""
    random = Random(seed)
    trouble = TROUBLES[seed % len(TROUBLES)]
    board = random.choice(trouble.boards)
    connector = random.randint(1, 2) if board == "sim-dual" else 1
    moment = random.choice(trouble.moments)
    given = {"connector": connector, **trouble.given(random)}
    breaking = OF_THE_OFFICE[trouble.way] if trouble.way in OF_THE_OFFICE else breaks(trouble.way, 20.0, **given)
    return Case(
        name=f"{seed}: {trouble.way} on {board} at {connector}, {moment}",
        story="",
        cause=_cause(trouble.way, given),
        keys=trouble.keys,
        words=trouble.words,
        board=board,
        connector=connector,
        acts=_acts(moment, breaking, connector),
    )


OF_AN_ARGUMENT = re.compile(r"[;,][^;,]*`[^`]*`[^;,.]*")
"""What a sentence says of an argument by its name is for who calls it."""


def _cause(way: str, given: Mapping[str, object]) -> str:
    """In the words of the simulator, with what it was told."""
    first, _, _ = (WAYS[way].__doc__ or "").strip().partition("\n")
    first = OF_AN_ARGUMENT.sub("", first)
    told = quantities(given)
    return f"{first.rstrip('.')}{f' ({told})' if told else ''}."


def _acts(moment: str, breaking: Act, connector: int) -> tuple[Act, ...]:
    comes = (world("plug_in", 6.0, connector=connector, current_a=32.0), world("swipe", 25.0, token=CARD))
    if moment == "idle":
        return (breaking, *comes, here("wait", 45.0))
    return (*comes, breaking, here("wait", 45.0), world("swipe", 25.0, token=CARD))


def healthy(seed: int) -> Case:
    """Nothing is wrong, and nothing may be named: nobody there, somebody charging, or somebody who has left."""
    random = Random(seed)
    board = random.choice(HEALTHY_BOARDS)
    acts = ((here("wait", 60.0),), (PLUGS_IN, SWIPES, here("wait", 90.0)))[seed % 2]
    return Case(name=f"healthy {seed}: {board}", story="", keys=(), board=board, acts=acts)
