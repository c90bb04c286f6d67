"""The ways to break the world, one function each, called by its own name.

A function breaks and returns how to mend; None where there is nothing to mend (a reset is over when it happened).
Keyword arguments are the fault's own. Adding a way is adding a function: verbs, listing and swarm read this file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmware_sim.arguments import BadArgument, NotNow, bound, within
from firmware_sim.modbus_meter import ModbusMeter
from firmware_sim.outlet import Outlet
from firmware_sim.pilot_circuit import Diode
from firmware_sim.serial_wire import SerialWire
from firmware_sim.world import Board, CentralSystem, World

Mend = Callable[[], None]
Way = Callable[..., Mend | None]

WAYS: dict[str, Way] = {}

LONGEST_S = 86_400.0
MOST_REGISTER_WH = 10**9
RESET_CAUSES = ("power", "watchdog", "brownout", "soft")
FAULTS_OF_CARS = ("car_no_stop", "overcurrent")
"""They leave with the car."""

NOT_YET = {
    "overtemp": "this world has no temperatures yet",
    "lock_jam": "this world has no socket lock yet",
    "pe_lost": "this world senses no protective earth yet; cp_open is what the pilot sees of a broken earth wire",
    "pp_short": "no board of this world reads the proximity contact yet",
    "rcd_ac": "this world has no residual current monitor yet",
    "rcd_dc": "this world has no residual current monitor yet",
    "rcd_test_dead": "this world has no residual current monitor yet",
    "vendor": "no device of this world has faults of its own vendor yet",
}
"""Names that are agreed but have nothing to break yet, and why."""


def way(function: Way) -> Way:
    """Enter a function into the list under its own name."""
    WAYS[function.__name__] = function
    return function


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


def heal(world: World, name: str | None = None, connector: int | None = None) -> list[str]:
    """Mend what is broken and fits; returns the names in the order they were broken."""
    fitting = [
        (broken, number)
        for broken, number in world.broken
        if name in (None, broken) and (connector in (None, number) or (number == 0 and name is not None))
    ]
    for key in fitting:
        world.broken.pop(key)()
    return [broken for broken, _ in fitting]


def take_plug_out(world: World, connector: int | None) -> None:
    """The plug is drawn; what was wrong with its car is gone with it. Raises ValueError when there is none."""
    outlet = world.outlet(connector)
    outlet.remove()
    for name in FAULTS_OF_CARS:
        heal(world, name, outlet.number)


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


# --- control pilot


@way
def cp_short(world: World, connector: int, *, ohm: float = 0.0) -> Mend:
    """Pilot to earth through `ohm`; up to 80 Ω is a short (pilot.md 8.4)."""
    within("ohm", ohm, 0, 1e9)
    return _pilot_fault(world.outlet(connector), "short_ohm", ohm)


@way
def cp_leak(world: World, connector: int, *, ohm: float = 10_000.0) -> Mend:
    """Moisture: a leak that charging survives."""
    within("ohm", ohm, 0, 1e9)
    return _pilot_fault(world.outlet(connector), "leak_ohm", ohm)


@way
def cp_diode(world: World, connector: int, *, diode: str = "shorted") -> Mend:
    """The car's diode: "shorted", "open" or "reversed"."""
    try:
        kind = Diode(diode)
    except ValueError:
        raise BadArgument(f"diode: {diode!r} is not one of {', '.join(each.value for each in Diode)}") from None
    return _pilot_fault(world.outlet(connector), "diode", kind)


@way
def cp_open(world: World, connector: int) -> Mend:
    """The pilot wire, or the earth wire, is broken between charger and car."""
    return _pilot_fault(world.outlet(connector), "wire_open", True)


@way
def cp_frozen(world: World, connector: int) -> Mend:
    """The converter goes on delivering the same samples."""
    return _pilot_fault(world.outlet(connector), "samples_frozen", True)


def _pilot_fault(outlet: Outlet, knob: str, broken: Any) -> Mend:
    whole = getattr(outlet.faults, knob)

    def turn(position: Any) -> None:
        setattr(outlet.faults, knob, position)
        outlet.settle()

    turn(broken)
    return lambda: turn(whole)


# --- contactor and board


@way
def weld(world: World, connector: int, *, found_closed: bool = False) -> Mend:
    """The main contacts stick: now if closed, else when they close next; `found_closed` sticks open ones closed."""
    contactor = world.outlet(connector).contactor
    contactor.weld(found_closed=found_closed)
    return contactor.unweld


@way
def no_close(world: World, connector: int) -> Mend:
    """The armature does not pull in."""
    contactor = world.outlet(connector).contactor
    contactor.block(True)
    return lambda: contactor.block(False)


@way
def mcu_hang(world: World, connector: int) -> Mend:
    """The board's program stands still, outputs as they are; mending is the watchdog's reset."""
    board = _board(world, connector)
    board.hang()
    return lambda: board.reset("watchdog")


@way
def mcu_reset(world: World, connector: int, *, cause: str = "brownout") -> None:
    """The board restarts with a new boot id; `cause` is "power", "watchdog", "brownout" or "soft"."""
    if cause not in RESET_CAUSES:
        raise BadArgument(f"cause: {cause!r} is not one of {', '.join(RESET_CAUSES)}")
    _board(world, connector).reset(cause)


def _board(world: World, connector: int) -> Board:
    if connector not in world.boards:
        raise NotNow(f"connector {connector} has no pilot board")
    return world.boards[connector]


# --- serial lines


@way
def link_cut(world: World, connector: int, *, wire: str = "pilot") -> Mend:
    """The line of "pilot", "meter" or "reader" carries nothing, while its port stays open."""
    line = _wire(world, connector, wire)
    line.is_cut = True

    def mend() -> None:
        line.is_cut = False

    return mend


@way
def link_gone(world: World, connector: int, *, wire: str = "pilot") -> Mend:
    """The adapter is pulled out: the port disappears and comes back under the same name."""
    line = _wire(world, connector, wire)
    line.vanish()
    return line.appear


@way
def serial_noise(world: World, connector: int, *, wire: str = "pilot", rate: float = 0.01) -> Mend:
    """One octet in 1/`rate` arrives with a wrong bit, both ways."""
    if not 0 < rate <= 1:
        raise BadArgument(f"rate: {rate} is outside 0…1, the share of disturbed octets")
    line = _wire(world, connector, wire)
    line.flip_rate = rate

    def mend() -> None:
        line.flip_rate = 0.0

    return mend


def _wire(world: World, connector: int, wire: str) -> SerialWire:
    reader = world.readers.get(connector) or world.readers.get(0)
    lines = {
        "pilot": world.boards[connector].wire if connector in world.boards else None,
        "meter": world.meter_wires.get(connector),
        "reader": reader.wire if reader is not None else None,
    }
    line = lines.get(wire)
    if line is None:
        there = [name for name, each in lines.items() if each is not None]
        raise BadArgument(f"wire: connector {connector} has no serial line {wire!r}; it has {', '.join(there)}")
    return line


# --- meter


@way
def meter_silent(world: World, connector: int) -> Mend:
    """Answers nothing."""
    return _meter_fault(world, connector, "silent", True)


@way
def meter_late(world: World, connector: int, *, delay_s: float = 0.6) -> Mend:
    """Answers after the asker's patience, so that its answer meets the next question (field-problems.md B6)."""
    within("delay_s", delay_s, 0, LONGEST_S)
    return _meter_fault(world, connector, "late_s", delay_s)


@way
def meter_garbage(world: World, connector: int) -> Mend:
    """Answers random octets."""
    return _meter_fault(world, connector, "garbage", True)


@way
def meter_swapped(world: World, connector: int) -> Mend:
    """Sends the low word first (field-problems.md V1)."""
    return _meter_fault(world, connector, "swapped", True)


@way
def meter_absent_values(world: World, connector: int) -> Mend:
    """Answers the pattern for "not available" everywhere (field-problems.md V10)."""
    return _meter_fault(world, connector, "without_values", True)


@way
def meter_zero(world: World, connector: int) -> Mend:
    """Answers zeros everywhere (field-problems.md V10)."""
    return _meter_fault(world, connector, "all_zero", True)


@way
def meter_frozen(world: World, connector: int) -> Mend:
    """Answers the values of this moment for ever (field-problems.md T2)."""
    meter = _meter(world, connector)
    meter.freeze(True)
    return lambda: meter.freeze(False)


@way
def meter_exchanged(world: World, connector: int, *, register_wh: int = 0) -> None:
    """Puts another meter of the same kind in its place, with a register of its own."""
    within("register_wh", register_wh, 0, MOST_REGISTER_WH)
    _meter(world, connector)
    world.outlet(connector).registers.exchange(register_wh)


def _meter(world: World, connector: int) -> ModbusMeter:
    if connector not in world.meters:
        raise NotNow(f"connector {connector} has no meter")
    return world.meters[connector]


def _meter_fault(world: World, connector: int, knob: str, broken: Any) -> Mend:
    meter = _meter(world, connector)
    whole = getattr(meter, knob)
    setattr(meter, knob, broken)
    return lambda: setattr(meter, knob, whole)


# --- car


@way
def car_gone(world: World, connector: int) -> None:
    """The plug is torn out, under load if it draws."""
    take_plug_out(world, connector)


@way
def car_no_stop(world: World, connector: int) -> Mend:
    """The car draws on although the offer was withdrawn (pilot.md 8.4)."""
    car = world.car(connector)
    car.misbehave(ignores_stop=True)
    return lambda: car.misbehave(ignores_stop=False)


@way
def overcurrent(world: World, connector: int, *, excess_a: float = 5.0) -> Mend:
    """The car draws that much more than it is offered."""
    within("excess_a", excess_a, 0, 80)
    car = world.car(connector)
    car.misbehave(excess_a=excess_a)
    return lambda: car.misbehave(excess_a=0.0)


# --- central system


@way
def csms_silent(world: World, _connector: int) -> Mend:
    """Keeps the connection and answers nothing."""
    csms = _central_system(world)
    csms.silent = True

    def mend() -> None:
        csms.silent = False

    return mend


@way
def csms_slow(world: World, _connector: int, *, delay_s: float = 5.0) -> Mend:
    """Answers everything that much later."""
    within("delay_s", delay_s, 0, LONGEST_S)
    csms = _central_system(world)
    csms.delay_s = delay_s

    def mend() -> None:
        csms.delay_s = 0.0

    return mend


@way
def csms_gone(world: World, _connector: int) -> Mend:
    """Connections break and new ones are refused."""
    csms = _central_system(world)
    csms.refuse(True)
    return lambda: csms.refuse(False)


@way
def csms_drop(world: World, _connector: int) -> None:
    """Connections break once."""
    _central_system(world).close_connections()


@way
def csms_hostile(world: World, _connector: int, *, frames: int = 20) -> None:
    """Sends frames that no central system should send."""
    within("frames", frames, 1, 10_000)
    _central_system(world).be_hostile(frames)


def _central_system(world: World) -> CentralSystem:
    if world.central_system is None:
        raise NotNow("this world has no central system of its own; break evse-csms through its own control socket")
    return world.central_system
