"""The other ways of the simulator to break, each with what a user sees of it; and those that no case is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.explain_cases.case import CHARGE, PLUG_IN, PLUGGED, SINGLE, SOCKET, Act, Case, broken, network, waits


def _way(name: str, names: str, link: str, *before: Act, board: str = SINGLE, **more: Any) -> Case:
    return Case(name=name, names=names, link=link, before=before, board=board, **more)


def _meter(way: str, **given: Any) -> Case:
    """One that answers nothing that could be believed."""
    return _way(way, "fault.meter.comm", "meter", broken(way, **given), *PLUGGED, waits(12))


def _reader(way: str) -> Case:
    before = (broken(way), waits(40), PLUG_IN, waits(3))
    return _way(way, "fault.reader.failed", "authorization", *before, board="sim-pn532", changes=("remote_start",))


def _silent(way: str, board: str) -> Case:
    return _way(way, "board.silent", "hardware", *CHARGE, broken(way), board=board, rounds=2)


def _sensor(way: str) -> Case:
    """A warning, and a charge with less."""
    return _way(way, "fault.temp.sensor", "", broken(way), waits(60), board="sim-cabinet", within_s=60)


def _relay(name: str, names: str, *before: Act, **more: Any) -> Case:
    return _way(name, names, "hardware", *before, board="sim-modbus-relay", **more)


def _relay_silent(way: str) -> Case:
    return _relay(way, "fault.mcu.comm", *CHARGE, broken(way), rounds=2)


OPENEVSE, PHOENIX = "sim-openevse", "sim-phoenix-ethernet"
OF_WAYS = (
    _way("cp_frequency", "fault.cp.generator", "*", *CHARGE, waits(2), broken("cp_frequency", hz=950.0)),
    _way("car_gone", "no_plug", "car", *CHARGE, waits(2), broken("car_gone"), waits(10)),
    _meter("meter_absent_values"),
    _meter("meter_swapped"),
    _meter("meter_zero"),
    _meter("meter_other", model="abb-b2x"),
    _way("meter_frozen", "fault.meter.comm", "meter", *CHARGE, waits(20), broken("meter_frozen"), within_s=150),
    _way("meter_reversed", "fault.meter.sign_or_phase", "", *CHARGE, waits(20), broken("meter_reversed"), within_s=300),
    _way("mirror_shows_closed", "fault.contactor.mismatch", "*", broken("mirror_lies", shows="closed"), waits(5)),
    _way("mirror_shows_open", "fault.contactor.no_close", "*", broken("mirror_lies", shows="open"), *PLUGGED),
    _way("ntc_short", "fault.temp.sensor", "", broken("ntc_short")),
    _way("rcd_dead", "fault.rcd.selftest_failed", "*", broken("rcd_dead"), *PLUGGED),
    _way("rcd_stuck", "fault.rcd.module_error", "*", broken("rcd_stuck"), *PLUGGED),
    _way("serial_noise", "board.silent", "hardware", *CHARGE, broken("serial_noise", rate=0.3), rounds=2),
    _way(
        "weld_that_lets_go",
        "fault.contactor.welded",
        "*",
        *CHARGE,
        waits(2),
        broken("weld_sticky", release_s=3.0),
        network("remote_stop"),
    ),
    _way("supply_resistance", "fault.mains.undervoltage", "grid", *CHARGE, broken("supply_resistance"), within_s=60),
    _way("lock_wire", "fault.lock.lock_failed", "lock", broken("lock_wire"), *PLUGGED, board=SOCKET),
    _silent("rapi_garbage", OPENEVSE),
    _silent("rapi_checks", OPENEVSE),
    _silent("rapi_late", OPENEVSE),
    _silent("rapi_lacks", OPENEVSE),
    _silent("evse_garbage", "sim-bender"),
    _silent("evse_late", "sim-bender"),
    _silent("evse_letter", "sim-phoenix-serial"),
    _way("evse_deaf_registers", "offer.board", "*", broken("evse_deaf_registers"), *PLUGGED, board=PHOENIX),
    _reader("reader_garbage"),
    _reader("reader_late"),
    _reader("reader_refuses"),
    _reader("reader_stuck"),
    _relay_silent("relay_garbage"),
    _relay_silent("relay_late"),
    _relay_silent("relay_old"),
    _relay("relay_restart", "fault.contactor.opened_alone", *CHARGE, waits(2), broken("relay_restart")),
    _relay("relay_stuck", "fault.contactor.welded", *CHARGE, waits(2), broken("relay_stuck"), network("remote_stop")),
    _sensor("sensor_gone"),
    _sensor("sensor_says"),
)

BY_THE_OFFICE = "the central system of a case stands beside the world, and does this by a verb of its own: "
COMMISSIONING = "shows in no charge; a commissioning test finds it"
SURVIVED = "the driver gets over it, and a charge goes on"
ONCE = "over in a moment, and no defect stays"
WAYS_LEFT_OUT: Mapping[str, str] = {
    "csms_gone": f"{BY_THE_OFFICE}offline (never_online)",
    "csms_silent": f"{BY_THE_OFFICE}silent (silent_to_a_card)",
    "csms_slow": f"{BY_THE_OFFICE}slow (slow_to_a_card)",
    "csms_drop": f"{BY_THE_OFFICE}drop (turned_away)",
    "csms_hostile": ONCE,
    **dict.fromkeys(
        ("relay_deaf_ears", "relay_neighbour"),
        "not told well: a contactor that did not close is taken for mended once it is to be open again, so that "
        "`explain` asks for plug and card, which start nothing before the relay is mended",
    ),
    "rapi_deaf": "the controller is for the laboratory and goes on giving power, of which `explain` warns; a case asks "
    "that none flows",
    "cp_open": "to the pilot a broken wire is a car that is gone, and no charger can tell",
    "mcu_reconfigured": "told where the board file pins a configuration, and those of the simulator pin none",
    "board_exchanged": "nothing is wrong with the new board",
    "meter_exchanged": "nothing is wrong with the new meter",
    "hot_day": "no defect; the heat it may end in is overtemp",
    "loose_terminal": "warms over hours of a charge; the heat it ends in is overtemp",
    "contactor_slow": "in use the board warns by the mean of eight closings; a commissioning test finds it",
    "contactor_worn": "works as it should",
    **dict.fromkeys(("chain_held", "cp_noise", "cp_resistor", "cp_switch"), COMMISSIONING),
    **dict.fromkeys(("meter_ratio", "meter_crossed"), "only a known load shows it: a commissioning test"),
    "meter_late": "as late as it was tried, two seconds and a half, a charge begins and goes on",
    **dict.fromkeys(("rapi_echo", "reader_pieces", "evse_scale", "evse_slow"), SURVIVED),
    **dict.fromkeys(("evse_other_master", "evse_swallows", "line_lost_edges", "relay_closed", "relay_held"), ONCE),
    "evse_refuses": "which register it is decides what comes of it (tests/drivers/modbus_evse)",
    "evse_exchanged": "not told well: how a box counts is looked at when the agent starts, and before that `explain` "
    "takes the car for one that does not ask",
    "evse_self_test": "the device tests itself; no defect",
    "evse_time_out_dead": "shows only once the agent is gone",
    "line_busy": "a fault of the computer, found at the start of the agent",
    "line_cut": "reads as whatever pulls at the line; which line it is decides what comes of it",
    "line_stuck": "which line it is decides what comes of it (tests/simulation/test_gpio_stories.py)",
    "wiegand_crossed": "cards read as other cards, which are refused as such",
    "wiegand_short": "it reads nothing, as a reader does to which nobody comes",
}
"""Ways of the simulator that no case breaks, and why."""


def ways_of(case: Case) -> set[str]:
    """What of the simulator's ways it breaks by their own name."""
    return {str(act.given["name"]) for act in case.before if act.verb == "fault"}
