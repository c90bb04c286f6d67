"""What can be wrong at a site, and what it is called. A fault is made in the world, at the wire, or by a typed reading.

`causes` are the ids of the fault catalogue that name it; they were written down from what is broken, before any run.
Everything random comes from the seed's own generator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

Change = Callable[[Random], Mapping[str, object]]
"""The arguments of a way to break."""
PHASES = (1, 2, 3)
"""Of every board that is drawn."""


def _nothing(_random: Random) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFault:
    """One thing that is wrong.

    `way` is a way to break the world and `given` draws its arguments. `typed` draws what an instrument showed, by the
    key of the question; `network` is a word of `networks.py`. `boards`: where it can be; empty is everywhere.
    """

    name: str
    group: str
    causes: frozenset[str]
    way: str = ""
    given: Change = _nothing
    typed: Change = _nothing
    network: str = ""
    boards: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        """It goes to another process by its name."""
        return by_name, (self.name,)


SOCKETS = ("sim-socket",)


def _between(name: str, low: float, high: float, digits: int = 1) -> Change:
    return lambda random: {name: round(random.uniform(low, high), digits or None)}


def _one_of(name: str, *values: object) -> Change:
    return lambda random: {name: random.choice(values)}


def _phase(name: str) -> Change:
    return lambda random: {name: random.choice(PHASES)}


def _frequency(random: Random) -> Mapping[str, object]:
    return {"hz": round(random.choice((random.uniform(900, 975), random.uniform(1025, 1100))), 1)}


def _duty(random: Random) -> Mapping[str, object]:
    return {"hz": 1000.0, "duty_error_percent": round(random.choice((-1, 1)) * random.uniform(0.7, 2.0), 2)}


def _generator(random: Random) -> Mapping[str, object]:
    return random.choice(
        (
            {"high_v": round(random.uniform(10.2, 11.2), 2), "low_v": -12.0},
            {"high_v": 12.0, "low_v": round(random.uniform(-11.2, -10.2), 2)},
        )
    )


def _crossed(random: Random) -> Mapping[str, object]:
    one, other = random.sample(PHASES, 2)
    return {"phase": one, "other": other, "with_voltage": random.random() < 0.5}


def _live_sense(random: Random) -> Mapping[str, object]:
    return {"phase": random.choice(PHASES), "edges": random.randint(8, 10)}


def _reversed(random: Random) -> Mapping[str, object]:
    return {} if random.random() < 0.5 else {"phase": random.choice(PHASES)}


def _fault(name: str, group: str, *causes: str, way: str = "", **more: object) -> SiteFault:
    return SiteFault(name=name, group=group, causes=frozenset(causes), way=way or name, **more)  # type: ignore[arg-type]


def _reading(name: str, *causes: str, typed: Change) -> SiteFault:
    return SiteFault(name=name, group="wiring", causes=frozenset(causes), typed=typed)


def _network(name: str, group: str, *causes: str) -> SiteFault:
    return SiteFault(name=name, group=group, causes=frozenset(causes), network=name)


FAULTS: tuple[SiteFault, ...] = (
    # Wiring, seen by the charger.
    _fault("pe_lost", "wiring", "pe.lost"),
    _fault("mains_polarity", "wiring", "mains.polarity", given=_between("volts", 80, 200)),
    _fault("mains_rotation", "wiring", "mains.rotation"),
    _fault("mains_phase_loss", "wiring", "mains.phase_loss", given=_phase("phase")),
    _fault("mains_undervoltage", "wiring", "mains.undervoltage", given=_between("volts", 160, 195)),
    _fault("mains_overvoltage", "wiring", "mains.overvoltage", given=_between("volts", 258, 280)),
    _fault("mains_frequency", "wiring", "mains.frequency", given=_between("hz", 52.3, 54)),
    _fault("supply_resistance", "wiring", "mains.undervoltage", given=_between("ohm", 1.2, 2.5, 2)),
    # A board on a supply of its own sees no phase at all: what has opened upstream, a breaker or an RCD, nobody tells.
    _fault("mains_loss", "wiring", "mains.loss", "rcd.upstream_open"),
    # What it does to the voltages is what a charger without that detection can see.
    _fault("pen_lost", "wiring", "pen.fault", "mains.undervoltage", "mains.overvoltage", "mains.polarity"),
    # Wiring, seen by the installer's instrument.
    _reading("insulation", "comm.site_docs", typed=_between("ST902.l1_pe_mohm", 0.05, 0.9, 2)),
    _reading("continuity", "comm.site_docs", typed=_between("ST901.resistance_ohm", 1.2, 9, 1)),
    # Not the loop: behind an RCD of 30 mA the standard lets that one disconnect, and 20 Ω are a warning, no fault.
    _reading("voltage_drop", "comm.site_docs", typed=_between("ST903.drop_percent", 6, 12, 1)),
    _reading("rcd_slow", "comm.site_docs", "rcd.ac_trip", typed=_between("ST904.ac_0_ms", 310, 900, 0)),
    # The pilot.
    _fault("cp_short", "pilot", "cp.short", given=_between("ohm", 0, 60, 0)),
    _fault("cp_leak", "pilot", "cp.leak", given=_between("ohm", 5_000, 11_000, 0)),
    _fault("cp_frozen", "pilot", "cp.adc"),
    _fault("cp_generator", "pilot", "cp.generator", given=_generator),
    _fault("cp_frequency", "pilot", "cp.generator", given=_frequency),
    _fault("cp_duty", "pilot", "cp.generator", way="cp_frequency", given=_duty),
    _fault("cp_resistor", "pilot", "cp.generator", given=_between("ohm", 1_120, 1_400, 0)),
    _fault("rail_low", "pilot", "power.rail", given=_between("plus_v", 9.8, 11.0, 2)),
    _fault("cp_open", "pilot", "cp.range", "cable.cut"),
    _fault("cp_noise", "pilot", "cp.range", "cp.leak", given=_between("mv", 120, 300, 0)),
    _fault("cp_switch", "pilot", "cp.generator"),
    _fault("link_cut", "pilot", "mcu.comm"),
    _fault("mcu_damaged", "pilot", "mcu.selftest"),
    # The contactor and its chain.
    _fault("weld", "contactor", "contactor.welded", given=_one_of("poles", 1, 2, 3)),
    _fault(
        "weld_found", "contactor", "contactor.welded", "output.live", way="weld", given=_one_of("found_closed", True)
    ),
    _fault("no_close", "contactor", "contactor.no_close"),
    _fault("weld_sticky", "contactor", "contactor.slow", "contactor.welded", given=_between("release_s", 0.12, 0.6, 2)),
    # One that always shows "open" is by the catalogue a contactor that did not close: "mirror or load side
    # shows open 250 ms after close command". The board opens before the two witnesses can be compared.
    _fault(
        "mirror_lies", "contactor", "contactor.mismatch", "contactor.no_close", given=_one_of("shows", "open", "closed")
    ),
    _fault("output_live", "contactor", "output.live", "contactor.welded"),
    _fault("contactor_slow", "contactor", "contactor.slow", given=_between("late_ms", 110, 200, 0)),
    # Two witnesses of one contact disagree, and which of them lies nobody can see.
    _fault("load_sense", "contactor", "output.live", "contactor.mismatch", given=_live_sense),
    _fault(
        "load_sense_dead",
        "contactor",
        "contactor.no_close",
        "contactor.mismatch",
        way="load_sense",
        given=_phase("phase"),
    ),
    _fault("stray_current", "contactor", "current.unexpected", given=_between("ma", 1_000, 4_000, 0)),
    _fault("chain_stuck", "contactor", "chain.mismatch", "rcd.selftest_failed"),
    # The contact of the emergency stop is a part of the chain: whether it or a wire is open, the board cannot see.
    _fault("chain_broken", "contactor", "chain.mismatch", "safety.emergency_stop"),
    _fault("chain_held", "contactor", "chain.mismatch"),
    _fault("estop", "contactor", "safety.emergency_stop"),
    # Residual current.
    _fault("rcd_test_dead", "residual current", "rcd.selftest_failed"),
    _fault("rcd_dead", "residual current", "rcd.selftest_failed"),
    _fault("rcd_stuck", "residual current", "rcd.module_error", "rcd.selftest_failed"),
    _fault("rcd_error", "residual current", "rcd.module_error"),
    # The meter.
    _fault("meter_silent", "meter", "meter.comm"),
    _fault("meter_garbage", "meter", "meter.comm", "meter.implausible"),
    # Registers that another make does not use read as zeros, or as absent: of a meter that answers nothing else nobody
    # can tell whether it is broken, without its own supply, or another one.
    _fault("meter_zero", "meter", "meter.implausible", "meter.identity"),
    _fault("meter_frozen", "meter", "meter.implausible"),
    _fault("meter_crossed", "meter", "meter.sign_or_phase", given=_crossed),
    _fault("meter_reversed", "meter", "meter.sign_or_phase", given=_reversed),
    _fault("meter_ratio", "meter", "meter.implausible", given=_one_of("factor", 0.1, 0.5, 0.8, 1.2, 2.0)),
    _fault("meter_late", "meter", "meter.comm", given=_between("delay_s", 0.6, 1.5)),
    _fault("meter_absent_values", "meter", "meter.implausible", "meter.identity"),
    _fault("meter_swapped", "meter", "meter.implausible", "meter.identity", "meter.comm"),
    _fault("meter_wire", "meter", "meter.comm", way="link_cut", given=_one_of("wire", "meter")),
    _fault("meter_other", "meter", "meter.identity", given=_one_of("model", "abb-b2x")),
    # Parts of some boards.
    _fault("lock_jam", "parts", "lock.lock_failed", boards=SOCKETS),
    _fault("lock_energy", "parts", "lock.energy_store", given=_between("volts", 6, 10.5), boards=SOCKETS),
    _fault("pp_short", "parts", "pp.short", boards=SOCKETS),
    # A plug that is not home and a contact that ends nowhere are the same to the pins.
    _fault("pp_open", "parts", "pp.missing", "connector.partial_insertion", boards=SOCKETS),
    # A feedback that is always the same is "locked" for ever or "open" for ever, whatever the bolt does.
    _fault("lock_wire", "parts", "lock.lock_failed", "lock.unlock_failed", boards=SOCKETS),
    _fault("ntc_open", "parts", "temp.sensor"),
    _fault("ntc_short", "parts", "temp.sensor", "temp.terminal_stop"),
    _fault("too_cold", "parts", "temp.low", given=_between("celsius", -39, -36)),
    # What the planner and the installer wrote down.
    SiteFault(
        name="breaker_too_small",
        group="supply setting",
        causes=frozenset({"comm.supply_mismatch"}),
        typed=_one_of("ST104.breaker_a", "10", "16", "20"),
    ),
    SiteFault(
        name="cable_too_thin",
        group="supply setting",
        causes=frozenset({"comm.supply_mismatch"}),
        typed=_one_of("ST104.section_mm2", "1.5", "2.5"),
    ),
    SiteFault(
        name="rcd_too_weak",
        group="supply setting",
        causes=frozenset({"comm.supply_mismatch"}),
        typed=lambda random: {"ST908.rcd": random.choice(("AC", "A")), "ST908.dc_detection": "none"},
    ),
    SiteFault(
        name="circuit_is_shared",
        group="supply setting",
        causes=frozenset({"comm.supply_mismatch"}),
        typed=_one_of("ST104.own_circuit", "no"),
    ),
    # The way to the central system.
    _network("name_unknown", "network", "net.dns"),
    _network("port_closed", "network", "net.no_internet", "ocpp.offline"),
    _network("port_silent", "network", "net.no_internet", "ocpp.offline"),
    _network("portal", "network", "net.no_internet"),
    _network("wrong_name", "TLS", "tls.server_cert"),
    _network("expired", "TLS", "tls.server_cert"),
    _network("unknown_root", "TLS", "tls.server_cert"),
    _network("no_tls", "TLS", "tls.server_cert"),
    _network("unauthorized", "backend", "ocpp.auth_failed"),
    _network("forbidden", "backend", "ocpp.auth_failed"),
    _network("not_found", "backend", "ocpp.boot_rejected", "ocpp.auth_failed", "config.invalid"),
    _network("unavailable", "backend", "ocpp.offline"),
    _network("pending", "backend", "ocpp.boot_rejected"),
    _network("rejected", "backend", "ocpp.boot_rejected"),
    _network("mute", "backend", "ocpp.offline"),
)


def by_name(name: str) -> SiteFault:
    return next(fault for fault in FAULTS if fault.name == name)
