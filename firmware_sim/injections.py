"""For each fault of the catalogue that the pilot board owns: how this world brings it about.

One named way to break each, with the arguments and the moment that make it this fault and no other. Tests walk the
table; a person reads in it what to type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Moment(Enum):
    """When it is broken."""

    REST = "nobody is plugged in"
    PLUGGING = "before a car plugs in"
    CHARGE = "while a car charges"
    STOPPING = "while a car charges; then the permission is withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """`within_s` is how long the board may take to raise it. `kind` are properties that the board needs for it."""

    way: str
    given: dict[str, Any] = field(default_factory=dict)
    moment: Moment = Moment.CHARGE
    within_s: float = 15.0
    socket: bool = False
    kind: dict[str, int | str] = field(default_factory=dict)
    times: int = 1
    """How often a car must come and meet it."""
    also: tuple[str, ...] = ()
    """Faults that rightly come along."""
    expects_configuration: bool = False
    """The host names the configuration that the board has in the beginning."""
    together_with: str | None = None
    """A second way that must be broken too, first."""


REST, PLUGGING, CHARGE, STOPPING = Moment.REST, Moment.PLUGGING, Moment.CHARGE, Moment.STOPPING

INJECTIONS: dict[str, Injection] = {
    "cp.short": Injection(way="cp_short"),
    "cp.diode": Injection(way="cp_diode"),
    "cp.range": Injection(way="car_resistance"),
    "cp.leak": Injection(way="cp_leak"),
    "cp.vent_required": Injection(way="car_ventilation"),
    "cp.generator": Injection(way="cp_generator", moment=REST),
    "cp.adc": Injection(way="cp_frozen"),
    "cp.unstable": Injection(way="car_flaps", within_s=60),
    "ev.no_stop": Injection(way="car_no_stop", moment=STOPPING),
    "connector.partial_insertion": Injection(way="pp_open", moment=PLUGGING, socket=True),
    "pp.short": Injection(way="pp_short", socket=True),
    "pp.range": Injection(way="pp_range", socket=True),
    "pp.changed": Injection(way="pp_changed", socket=True),
    "pp.missing": Injection(way="pp_open", socket=True),
    "lock.lock_failed": Injection(way="lock_jam", moment=PLUGGING, socket=True),
    "lock.unlock_failed": Injection(way="lock_jam", moment=STOPPING, within_s=30, socket=True),
    "lock.unexpected_open": Injection(way="lock_forced", socket=True),
    "lock.energy_store": Injection(way="lock_energy", moment=REST, socket=True),
    "cable.cut": Injection(way="cable_cut", also=("temp.sensor",)),
    "rcd.dc_trip": Injection(way="rcd_dc"),
    "rcd.ac_trip": Injection(way="rcd_ac"),
    "rcd.selftest_failed": Injection(way="rcd_test_dead", moment=PLUGGING),
    "rcd.module_error": Injection(way="rcd_error"),
    "rcd.retry_exhausted": Injection(way="rcd_dc", times=3, also=("rcd.dc_trip",)),
    "contactor.welded": Injection(way="weld", moment=STOPPING),
    "contactor.no_close": Injection(way="no_close", moment=PLUGGING),
    "contactor.mismatch": Injection(way="load_sense", given={"phase": 1, "edges": 0}),
    "contactor.opened_alone": Injection(way="no_close"),
    "contactor.slow": Injection(way="contactor_slow", moment=PLUGGING, times=8, within_s=60),
    "output.live": Injection(way="output_live", moment=REST),
    "pe.lost": Injection(way="pe_lost"),
    "pen.fault": Injection(way="pen_lost", kind={"open_pen": 1}),
    "mains.loss": Injection(way="mains_loss"),
    "mains.undervoltage": Injection(way="mains_undervoltage"),
    "mains.overvoltage": Injection(way="mains_overvoltage"),
    "mains.frequency": Injection(way="mains_frequency"),
    "mains.phase_loss": Injection(way="mains_phase_loss", also=("mains.undervoltage",)),
    "mains.rotation": Injection(way="mains_rotation"),
    "mains.polarity": Injection(way="mains_polarity"),
    "current.over_soft": Injection(way="overcurrent"),
    "current.over_hard": Injection(way="overcurrent", given={"excess_a": 30}),
    "current.unexpected": Injection(way="stray_current", moment=REST),
    "temp.board_derate": Injection(way="overtemp", given={"sensor": "board", "celsius": 78}),
    "temp.board_stop": Injection(way="overtemp", given={"sensor": "board", "celsius": 90}, also=("temp.board_derate",)),
    "temp.terminal_derate": Injection(way="overtemp", given={"celsius": 88, "k_per_min": 5}, within_s=1200),
    "temp.terminal_stop": Injection(way="overtemp", also=("temp.terminal_derate",)),
    "temp.connector_derate": Injection(way="overtemp", given={"sensor": "connector", "celsius": 80}),
    "temp.connector_stop": Injection(
        way="overtemp", given={"sensor": "connector", "celsius": 95}, also=("temp.connector_derate",)
    ),
    "temp.sensor": Injection(way="ntc_open"),
    "temp.low": Injection(way="too_cold", moment=REST),
    "host.lease_expired": Injection(way="link_cut"),
    "mcu.watchdog_reset": Injection(way="mcu_reset", given={"cause": "watchdog"}),
    "mcu.brownout": Injection(way="mcu_reset", given={"cause": "brownout"}),
    "mcu.config_mismatch": Injection(way="mcu_reconfigured", moment=REST, expects_configuration=True),
    "mcu.selftest": Injection(way="mcu_damaged", moment=REST),
    "power.rail": Injection(way="rail_low"),
    "chain.mismatch": Injection(way="rcd_dc", together_with="chain_stuck", also=("rcd.dc_trip",)),
    "safety.emergency_stop": Injection(way="estop"),
}
"""By the catalogue's id."""
