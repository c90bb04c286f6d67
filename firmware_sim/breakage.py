"""Breaking the world and mending it: by name, for as long as wanted. The ways themselves are in `ways/`, by subject."""

from __future__ import annotations

from firmware_sim.arguments import BadArgument, bound, within
from firmware_sim.ways import (
    of_board,
    of_car,
    of_csms,
    of_heat,
    of_lines,
    of_meter,
    of_modbus_evse,
    of_pilot,
    of_rapi,
    of_reader,
    of_relay,
    of_residual,
    of_sensor,
    of_socket,
    of_supply,
    of_wires,
)
from firmware_sim.ways.of_board import RESET_CAUSES
from firmware_sim.ways.of_lines import NEEDS_CHIP
from firmware_sim.ways.of_meter import WIRED_WRONG as METER_WIRED_WRONG
from firmware_sim.ways.of_modbus_evse import NEEDS_MODBUS_EVSE
from firmware_sim.ways.of_rapi import NEEDS_RAPI
from firmware_sim.ways.of_reader import NEEDS_READER
from firmware_sim.ways.of_relay import NEEDS_RELAYS
from firmware_sim.ways.of_sensor import NEEDS_SENSOR
from firmware_sim.ways.of_socket import NEEDS_SOCKET
from firmware_sim.ways.registry import FAULTS_OF_CARS, LONGEST_S, WAYS, Mend, Way, heal, leave_cable, take_plug_out
from firmware_sim.world import World

__all__ = [
    "BUILT_WRONG", "FAULTS_OF_CARS", "FOR_SERVICE", "NEEDS_CHIP", "NEEDS_MODBUS_EVSE", "NEEDS_RAPI", "NEEDS_READER",
    "NEEDS_RELAYS", "NEEDS_SENSOR", "NEEDS_SOCKET", "NOT_YET", "RESET_CAUSES", "SUBJECTS", "WAYS", "WIRED_WRONG", "Way",
    "break_it", "heal", "leave_cable", "take_plug_out",
]  # fmt: skip

SUBJECTS = (
    of_pilot, of_board, of_residual, of_supply, of_heat, of_socket, of_wires, of_meter, of_car, of_csms, of_rapi,
    of_modbus_evse, of_lines,
    of_reader, of_sensor, of_relay,
)  # fmt: skip
"""Each enters its ways into the list when it is imported."""

FOR_SERVICE = (
    "cable_cut", "chain_stuck", "contactor_slow", "cp_frequency", "cp_generator", "load_sense", "mains_polarity",
    "mcu_damaged", "mirror_lies", "output_live", "overtemp", "pen_lost", "rail_low", "rcd_dead", "rcd_error",
    "rcd_stuck", "rcd_test_dead", "stray_current", "weld", "weld_sticky",
)  # fmt: skip
"""What the board latches until somebody comes: mending alone does not make a car charge again."""

WIRED_WRONG = (*METER_WIRED_WRONG, "supply_resistance")
"""How an installer may leave a place. Found when it is taken into service, and drawn for no day of a charger."""

BUILT_WRONG = ("chain_held", "cp_noise", "cp_resistor", "cp_switch")
"""How a board may come out of its box, or live on for long: found by a self-test, and drawn for no day either."""

NOT_YET = {
    "vendor": "no device of this world has faults of its own vendor yet",
}
"""Names that are agreed but have nothing to break yet, and why."""


def break_it(world: World, name: str, connector: int | None, given: dict[str, object]) -> None:
    """Break `name`; breaking it again renews its arguments. Raises ValueError with what to write instead."""
    if name in NOT_YET:
        raise BadArgument(f"{name}: not built yet: {NOT_YET[name]}")
    if name not in WAYS:
        raise BadArgument(f"{name}: no such fault; there are {', '.join(sorted(WAYS))}")
    duration_s = _duration_s(given)
    number = 0 if name.startswith("csms_") else world.outlet(connector).number
    arguments = bound(WAYS[name], given, skip=2)
    heal(world, name, number)
    mend = WAYS[name](world, number, **arguments)
    if mend is not None:
        world.broken[name, number] = mend
        if duration_s is not None:
            world.timeline.after(duration_s, lambda: _mend_if_same(world, name, number, mend))


def _duration_s(given: dict[str, object]) -> float | None:
    """Takes `for_s` out of the arguments."""
    if "for_s" not in given:
        return None
    duration_s: float = bound(_lasting, {"for_s": given.pop("for_s")}, skip=0)["for_s"]
    within("for_s", duration_s, 0, LONGEST_S)
    return duration_s


def _lasting(for_s: float) -> None:
    """Only for its argument's type."""


def _mend_if_same(world: World, name: str, number: int, mend: Mend) -> None:
    if world.broken.get((name, number)) is mend:
        heal(world, name, number)
