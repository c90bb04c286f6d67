"""How fast each protective function is, from the event at the pins to open main contacts, on a board with everything.

One row for each of the safety reference, section 3, that the microcontroller enforces. `measure` makes a charge, lets
the event happen and returns the milliseconds; what must come of it beside the opening it asserts itself. Runs under
MicroPython too.
"""

import fault_codes as code
from full_board import charging, everything, opened
from hal import X1
from inputs import BOARD_NTC, CONNECTOR_NTC, CONTACTOR_NTC, RESIDUAL_AC, RESIDUAL_DC
from rails_checks import change
from socket_checks import put
from supply_checks import feed
from temperature_checks import heat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Reaction:
    """One row: `function` as the safety reference numbers it, `limit_ms` from the event to open contacts."""

    def __init__(self, function: str, event: str, limit_ms: int, measure: "Callable[[bool], int]") -> None:
        self.function = function
        self.event = event
        self.limit_ms = limit_ms
        self.measure = measure


def dc_trip(sparse: bool) -> int:
    bench, _ = charging(sparse)
    bench.residual.trip(RESIDUAL_DC)
    bench.touch()
    return opened(bench, 200, code.RCD_DC_TRIP)


def dead_latch(sparse: bool) -> int:
    """P1 by the firmware alone: the wire from the module to its latch is broken, and the chain stays up."""
    bench, _ = charging(sparse)
    bench.residual.is_in_chain = False
    bench.residual.trip(RESIDUAL_DC)
    bench.touch()
    return opened(bench, 200, code.RCD_DC_TRIP)


def chain_that_stays_up(sparse: bool) -> int:
    """P29: the module tripped and the chain does not follow. Returns the time to the verdict; open by then."""
    bench, _ = charging(sparse)
    bench.residual.is_in_chain = False
    bench.residual.trip(RESIDUAL_DC)
    bench.touch()
    told_ms = bench.until(lambda: code.CHAIN_MISMATCH in bench.faults, 1_000)
    assert not bench.hal.main_closed
    return told_ms


def ac_trip(sparse: bool) -> int:
    bench, _ = charging(sparse)
    bench.residual.trip(RESIDUAL_AC)
    bench.touch()
    return opened(bench, 200, code.RCD_AC_TRIP)


def failed_self_test(sparse: bool) -> int:
    """P3 closes nothing: returns the time from the first test's beginning to the verdict, after its one repeat."""
    bench, _ = everything(sparse)
    bench.residual.dead = True
    bench.until(lambda: bench.hal.residual_testing, 5_000)
    verdict_ms = bench.until(lambda: code.RCD_SELFTEST_FAILED in bench.faults, 20_000)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(10_000)
    bench.show("C")
    bench.run(10_000)
    assert not bench.hal.main_closed
    return verdict_ms


def weld(sparse: bool) -> int:
    """P4: from the command to open to the verdict; the contacts are what cannot open."""
    bench, contactor = charging(sparse)
    contactor.welds = 7
    bench.show("B")
    bench.until(lambda: not bench.closed, 100)
    return bench.until(lambda: code.CONTACTOR_WELDED in bench.faults, 2_000)


def no_close(sparse: bool) -> int:
    """P5: from the command to close to a coil without current."""
    bench, contactor = everything(sparse)
    contactor.dead = True
    bench.run(600)
    bench.show("B")
    bench.wish(True, 160)
    bench.run(10_000)
    bench.show("C")
    bench.until(lambda: bench.closed, 5_000)
    released_ms = bench.until(lambda: not bench.closed, 1_000)
    assert code.CONTACTOR_NO_CLOSE in bench.faults
    return released_ms


def live_output(sparse: bool) -> int:
    """P6: an alarm; there is nothing more to open. Returns the time to it, in state A with open contacts at rest."""
    bench, contactor = everything(sparse)
    bench.run(10_000)
    assert bench.faults == []
    contactor.fed_back = 1
    bench.touch()
    told_ms = bench.until(lambda: bench.faults != [], 2_000)
    bench.run(5_000)
    assert bench.faults == [code.OUTPUT_LIVE]
    return told_ms


def broken_pilot(sparse: bool) -> int:
    bench, _ = charging(sparse)
    bench.show("A")
    return opened(bench, 200)


def lost_earth(sparse: bool) -> int:
    bench, _ = charging(sparse)
    change(bench, "earth_edges", 0)
    return opened(bench, 1_000, code.PE_LOST)


def broken_pen(sparse: bool) -> int:
    bench, _ = charging(sparse, open_pen=True)
    feed(bench, (206_000, 240_000, 240_000))
    return opened(bench, 6_000, code.PEN_FAULT)


def lost_diode(sparse: bool) -> int:
    bench, _ = charging(sparse)
    bench.level(5_620, -5_620)
    return opened(bench, 400, code.CP_DIODE)


def shorted_pilot(sparse: bool) -> int:
    bench, _ = charging(sparse)
    bench.level(0, 0)
    return opened(bench, 400, code.CP_SHORT)


def unplugged_under_load(sparse: bool) -> int:
    bench, contactor = charging(sparse)
    contactor.load_ma = 16_000
    bench.touch()
    bench.run(1_000)
    bench.show("A")
    return opened(bench, 200)


def car_stops_asking(sparse: bool) -> int:
    bench, _ = charging(sparse)
    bench.show("B")
    return opened(bench, 200)


def ventilation(sparse: bool) -> int:
    bench, _ = charging(sparse)
    bench.show("D")
    return opened(bench, 400, code.CP_VENT_REQUIRED)


def greedy_car(sparse: bool) -> int:
    """P14: seven seconds of too much, then x1, then six for the car to stop."""
    bench, contactor = charging(sparse)
    contactor.load_ma = 20_000
    bench.touch()
    return opened(bench, 15_000, code.CURRENT_OVER_SOFT)


def overload(sparse: bool) -> int:
    bench, contactor = charging(sparse)
    contactor.load_ma = 45_000
    bench.touch()
    return opened(bench, 2_000, code.CURRENT_OVER_HARD)


def short_circuit(sparse: bool) -> int:
    """P16: not before 100 ms, so that the breaker opens and not our contacts."""
    bench, contactor = charging(sparse)
    contactor.load_ma = 400_000
    bench.touch()
    opened_ms = opened(bench, 1_000, code.CURRENT_OVER_HARD)
    assert opened_ms >= 100, "opened under a short circuit"
    return opened_ms


def under_voltage(sparse: bool) -> int:
    bench, _ = charging(sparse)
    feed(bench, (179_000, 230_000, 230_000))
    return opened(bench, 1_000, code.MAINS_UNDERVOLTAGE)


def slow_under_voltage(sparse: bool) -> int:
    """The offer ends after ten seconds; a car that goes on is cut off six later."""
    bench, _ = charging(sparse)
    feed(bench, (194_000, 230_000, 230_000))
    return opened(bench, 20_000, code.MAINS_UNDERVOLTAGE)


def over_voltage(sparse: bool) -> int:
    bench, _ = charging(sparse)
    feed(bench, (265_000, 230_000, 230_000))
    return opened(bench, 2_000, code.MAINS_OVERVOLTAGE)


def high_over_voltage(sparse: bool) -> int:
    bench, _ = charging(sparse)
    feed(bench, (277_000, 230_000, 230_000))
    return opened(bench, 500, code.MAINS_OVERVOLTAGE)


def lost_phase(sparse: bool) -> int:
    """P19: returns the time to its name. The fast band of under-voltage has opened by then."""
    bench, _ = charging(sparse)
    feed(bench, (230_000, 230_000, 92_000))
    named_ms = bench.until(lambda: code.MAINS_PHASE_LOSS in bench.faults, 2_000)
    assert not bench.hal.main_closed
    return named_ms


def wrong_rotation(sparse: bool) -> int:
    """P20 only warns: returns the time to the warning, and the charge goes on."""
    bench, _ = charging(sparse)
    change(bench, "rotation_ok", False)
    warned_ms = bench.until(lambda: code.MAINS_ROTATION in bench.faults, 5_000)
    bench.run(10_000)
    assert bench.hal.main_closed
    return warned_ms


def wrong_frequency(sparse: bool) -> int:
    bench, _ = charging(sparse)
    change(bench, "mains_mhz", 46_900)
    return opened(bench, 2_000, code.MAINS_FREQUENCY)


def hot_terminal(sparse: bool) -> int:
    bench, _ = charging(sparse)
    heat(bench, CONTACTOR_NTC, 1_010)
    return opened(bench, 2_000, code.TEMP_TERMINAL_STOP)


def hot_connector(sparse: bool) -> int:
    return stopped_by_heat(sparse, CONNECTOR_NTC, 910, code.TEMP_CONNECTOR_STOP)


def hot_board(sparse: bool) -> int:
    return stopped_by_heat(sparse, BOARD_NTC, 860, code.TEMP_BOARD_STOP)


def stopped_by_heat(sparse: bool, place: int, temperature_dc: int, fault: int) -> int:
    """The offer ends within a second; a car that goes on is cut off six later."""
    bench, _ = charging(sparse)
    heat(bench, place, temperature_dc)
    stopped_ms = bench.until(lambda: bench.hal.mode == X1, 1_001)
    return stopped_ms + opened(bench, 8_000, fault)


def forced_lock(sparse: bool) -> int:
    bench, _ = charging(sparse)
    bench.lock.force_open()
    bench.touch()
    return opened(bench, 400, code.LOCK_UNEXPECTED_OPEN)


def lost_supply(sparse: bool) -> int:
    """P24: the contacts first, the plug is freed behind them."""
    bench, _ = charging(sparse)
    pulses = bench.lock.pulses
    change(bench, "supply_mv", 8_900)
    opened_ms = bench.opens_within(200)
    bench.run(2_000)
    assert code.MCU_BROWNOUT in bench.faults
    assert bench.lock.pulses > pulses, "no unlock pulse"
    assert bench.lock.pulsed_while_live == 0, "unlocked while live"
    assert bench.lock.is_free
    return opened_ms


def parted_plug(sparse: bool) -> int:
    bench, _ = charging(sparse)
    put(bench, None)
    return opened(bench, 200, code.PP_MISSING)


def changed_cable(sparse: bool) -> int:
    """The offer ends; a car that goes on is cut off six seconds later."""
    bench, _ = charging(sparse)
    put(bench, 680)
    return opened(bench, 10_000, code.PP_CHANGED)


def silent_host(sparse: bool) -> int:
    """P26: a lease of two seconds, then six for a car that does not stop."""
    bench, _ = charging(sparse)
    bench.let_host_talk(False)
    opened_ms = opened(bench, 10_000, code.HOST_LEASE_EXPIRED)
    assert bench.hal.mode == X1
    return opened_ms


def opened_by_the_host(sparse: bool) -> int:
    """P31: a tilt or water is the host's to see, and the board's to act on."""
    bench, _ = charging(sparse)
    bench.open_at_once = True
    bench.wish(True, 160)
    return bench.opens_within(1_000)


def broken_rail(sparse: bool) -> int:
    bench, _ = charging(sparse)
    change(bench, "minus_mv", -10_900)
    return opened(bench, 200, code.POWER_RAIL)


def still_converter(sparse: bool) -> int:
    bench, _ = charging(sparse)
    bench.hal.frozen = True
    bench.touch()
    return opened(bench, 200, code.CP_ADC)


def dropped_chain(sparse: bool) -> int:
    """P29 and P30, what the firmware adds to the hardware: the coil's drive goes off as well."""
    bench, _ = charging(sparse)
    bench.residual.emergency_stop = True
    bench.touch()
    return opened(bench, 200, code.SAFETY_EMERGENCY_STOP)


REACTIONS = (
    Reaction("P1", "direct residual current trips the module", 60, dc_trip),
    Reaction("P1", "the same with a broken wire to the latch: the firmware alone", 60, dead_latch),
    Reaction("P2", "alternating residual current trips the module", 60, ac_trip),
    Reaction("P3", "module does not trip in its self-test: verdict, no closing", 7_500, failed_self_test),
    Reaction("P4", "contacts stay closed after the command: verdict", 1_005, weld),
    Reaction("P5", "contacts do not close on the command: coil off", 300, no_close),
    Reaction("P6", "load side live with open contacts in state A: told", 300, live_output),
    Reaction("P7", "pilot or earth to the car breaks", 100, broken_pilot),
    Reaction("P8", "earth of the supply is lost", 700, lost_earth),
    Reaction("P9", "PEN conductor of the supply breaks", 5_000, broken_pen),
    Reaction("P10", "diode of the car is lost", 200, lost_diode),
    Reaction("P11", "pilot shorted to earth", 200, shorted_pilot),
    Reaction("P12", "plug pulled under load", 100, unplugged_under_load),
    Reaction("P12", "car stops asking (C to B)", 100, car_stops_asking),
    Reaction("P13", "car needs ventilation and there is none", 200, ventilation),
    Reaction("P14", "car draws more than it is offered", 13_050, greedy_car),
    Reaction("P15", "current above 1.25 of the rating", 1_050, overload),
    Reaction("P16", "short circuit: not before 100 ms", 200, short_circuit),
    Reaction("P17", "under-voltage below 180 V", 550, under_voltage),
    Reaction("P17", "under-voltage below 195 V", 16_050, slow_under_voltage),
    Reaction("P18", "over-voltage above 264 V", 1_050, over_voltage),
    Reaction("P18", "over-voltage above 276 V", 150, high_over_voltage),
    Reaction("P19", "phase at 40 %: named, after under-voltage (P17) has opened", 1_050, lost_phase),
    Reaction("P20", "wrong rotation: warned, charging on", 1_000, wrong_rotation),
    Reaction("P21", "frequency outside of its bounds", 1_050, wrong_frequency),
    Reaction("P22", "terminal too hot", 1_050, hot_terminal),
    Reaction("P22", "connector too hot, car goes on", 7_050, hot_connector),
    Reaction("P22", "board too hot, car goes on", 7_050, hot_board),
    Reaction("P23", "lock forced open", 150, forced_lock),
    Reaction("P24", "supply of the board goes: open, then unlocked", 100, lost_supply),
    Reaction("P25", "proximity contact opens under load", 100, parted_plug),
    Reaction("P25", "cable changed under load", 8_000, changed_cable),
    Reaction("P26", "host falls silent, car goes on", 8_050, silent_host),
    Reaction("P28", "rail of the generator outside of 11 to 13 V", 100, broken_rail),
    Reaction("P28", "converter stands still", 100, still_converter),
    Reaction("P29", "chain stays up though the module tripped: told, and open by then", 100, chain_that_stays_up),
    Reaction("P31", "tilt or water, once the host asks for open contacts", 1_000, opened_by_the_host),
    Reaction("P29, P30", "emergency stop or chain: the firmware's part", 60, dropped_chain),
)
"""P27 (a loop that stops) and the first 60 ms of P30 are hardware; P33 the host's; P32 only refuses."""
