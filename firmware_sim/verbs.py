"""What a person at the control socket may do to the world: one function a verb, called by its own name.

Keyword arguments are the verb's own; the answer is a mapping of plain values. ValueError tells the person what to do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from firmware_sim import breakage
from firmware_sim.arguments import BadArgument, bound, within
from firmware_sim.car_profiles import PROFILES, habits_of
from firmware_sim.ev import Car, CarTraits
from firmware_sim.installer_adapter import InstallerAdapter
from firmware_sim.mains import Mains
from firmware_sim.outlet import Outlet
from firmware_sim.parked_cable import ParkedCable
from firmware_sim.pilot_circuit import Diode
from firmware_sim.world import World

Answer = Mapping[str, Any]
Verb = Callable[..., Awaitable[Answer]]

VERBS: dict[str, Verb] = {}
DONE: Answer = {}

LONGEST_S = 86_400.0
MOST_RAIL_V = 15.0
BROWN_OUT_V = 2.9
"""Below this the board's processor resets, and starts again at once: a dip."""
MOST_LEAK_MA = 10_000.0

NOT_YET = {
    "clock": "the wall clock is turned only in virtual runs, by tools.simulate",
    "network": "this world has no network of its own yet; evse-csms misbehaves through its own control socket",
}
"""Verbs that are agreed but have nothing to act on yet, and why."""

UNTIL: Mapping[str, Callable[[Outlet], bool]] = {
    "charging": lambda outlet: any(outlet.phase_ma()),
    "open": lambda outlet: not outlet.contactor.main_closed,
    "closed": lambda outlet: outlet.contactor.main_closed,
    "dead": lambda outlet: not outlet.is_live,
    "idle": lambda outlet: outlet.plugged is None and not outlet.contactor.main_closed,
}
"""Conditions of `wait`. "idle": no car, and nothing live; "dead": no voltage behind contactor and cut-off."""


def verb(function: Verb) -> Verb:
    """Enter a function into the list under its own name."""
    VERBS[function.__name__] = function
    return function


async def perform(world: World, name: str, given: dict[str, object]) -> Answer:
    """Carry out one verb. Raises ValueError with a sentence for the person who asked."""
    if name in NOT_YET:
        raise BadArgument(f"{name}: not built yet: {NOT_YET[name]}")
    if name not in VERBS:
        raise BadArgument(f"{name}: no such verb; there are {', '.join(sorted(VERBS))}")
    if name == "fault":
        return await _fault(world, given)
    return await VERBS[name](world, **bound(VERBS[name], given, skip=1))


@verb
async def plug_in(
    world: World,
    *,
    connector: int | None = None,
    ready_delay_s: float = 1.0,
    draw_delay_s: float = 1.0,
    current_a: float = 16.0,
    phases: int = 3,
    energy_wh: float | None = None,
    cable_a: int = 32,
    profile: str = "plain",
) -> Answer:
    """A car comes, to its cable where that was left. Offered a current, it asks for power and takes no more than that.

    `profile` gives it the habits of another car; the verb profiles lists them.
    """
    outlet = world.outlet(connector)
    traits = CarTraits(
        ready_delay_s=ready_delay_s,
        draw_delay_s=draw_delay_s,
        current_a=current_a,
        phases=phases,
        energy_wh=energy_wh,
        cable_a=cable_a,
        habits=habits_of(profile),
    )
    car = Car(world.timeline, traits, outlet.settle)
    if isinstance(outlet.plugged, ParkedCable):
        outlet.exchange(car)
    else:
        outlet.insert(car)
    return DONE


@verb
async def profiles(world: World) -> Answer:
    """The habits a car may have."""
    return {"profiles": [{"name": name, "does": habits.does} for name, habits in PROFILES.items()]}


@verb
async def plug_out(world: World, *, connector: int | None = None, leaves_cable: bool = False) -> Answer:
    """The car leaves, under load if need be; at a socket it may leave its cable, which the next plug_out takes out."""
    if leaves_cable:
        breakage.leave_cable(world, connector)
    else:
        breakage.take_plug_out(world, connector)
    return DONE


@verb
async def suspend(world: World, *, connector: int | None = None) -> Answer:
    """The car stops asking for power."""
    world.car(connector).suspend()
    return DONE


@verb
async def resume(world: World, *, connector: int | None = None) -> Answer:
    """The car asks again."""
    world.car(connector).resume()
    return DONE


@verb
async def swipe(world: World, *, token: str, connector: int | None = None) -> Answer:
    """A card is shown to the reader of a connector, or to the station's."""
    reader = world.readers.get(connector or 0) or world.readers.get(0)
    if reader is None:
        raise BadArgument("there is no such card reader; does the board file have [token_reader]?")
    reader.present(token)
    return DONE


@verb
async def press(world: World, *, what: str, connector: int | None = None, for_s: float = 1.0) -> Answer:
    """A person presses the emergency stop or the button, or opens the door, for that long."""
    if what == "tamper":
        raise BadArgument(f"what: {what} is not built yet: nothing in this world is connected to it")
    if what not in ("button", "estop", "door"):
        raise BadArgument(f"what: {what!r} is not one of button, door, estop, tamper")
    within("for_s", for_s, 0, LONGEST_S)
    world.press(what, connector, pressed=True)
    world.timeline.after(for_s, lambda: world.press(what, connector, pressed=False))
    return DONE


async def _fault(world: World, given: dict[str, object]) -> Answer:
    """Break something: `name`, `connector`, `for_s` (none: until healed) and the fault's own arguments."""
    name, connector = given.pop("name", None), given.pop("connector", None)
    if not isinstance(name, str):
        raise BadArgument(f"name: is missing; there are {', '.join(sorted(breakage.WAYS))}")
    whom = bound(_whom, {} if connector is None else {"connector": connector}, skip=0).get("connector")
    breakage.break_it(world, name, whom, given)
    return DONE


def _whom(connector: int | None = None) -> None:
    """Only for its argument's type."""


@verb
async def fault(world: World, **given: object) -> Answer:
    """Break something. Here only so that it is listed; its arguments are those of the fault."""
    return await _fault(world, dict(given))


@verb
async def heal(world: World, *, name: str | None = None, connector: int | None = None) -> Answer:
    """Mend one fault, those of a connector, or all."""
    if name is not None and name not in breakage.WAYS:
        raise BadArgument(f"{name}: no such fault; there are {', '.join(sorted(breakage.WAYS))}")
    return {"healed": breakage.heal(world, name, connector)}


@verb
async def faults(world: World) -> Answer:
    """Every way to break this world, what is broken, and what is not built yet."""
    return {
        "faults": [
            {"name": name, "does": (way.__doc__ or "").strip(), "arguments": _own_arguments(way)}
            for name, way in sorted(breakage.WAYS.items())
        ],
        "active": [{"name": name, "connector": number or None} for name, number in world.broken],
        "not_yet": [{"name": name, "why": why} for name, why in sorted(breakage.NOT_YET.items())],
    }


def _own_arguments(way: breakage.Way) -> list[str]:
    return [*sorted(getattr(way, "__kwdefaults__", None) or ()), "for_s"]


@verb
async def mains(
    world: World,
    *,
    volts: float | None = None,
    hz: float | None = None,
    phases: int | None = None,
    phase: int | None = None,
    rotation: str | None = None,
    crest: float | None = None,
    neutral_earth_v: float | None = None,
    for_s: float | None = None,
) -> Answer:
    """Change the supply; with `for_s` it comes back by itself. With `phase` the volts are those of one phase.

    `rotation` is L1-L2-L3 or L1-L3-L2, `crest` the peak over the effective value (1.414: a sine).
    """
    if phase is not None and volts is None:
        raise BadArgument("volts: is missing; phase says of which phase they are")
    changed = _mains_after(world.mains, volts, phase, {
        "hz": hz, "phases": phases, "rotation": rotation, "crest": crest, "earth_neutral_v": neutral_earth_v,
    })  # fmt: skip
    if for_s is None:
        world.set_mains(changed)
    else:
        within("for_s", for_s, 0, LONGEST_S)
        world.dip(changed, for_s)
    return DONE


def _mains_after(before: Mains, volts: float | None, phase: int | None, given: Mapping[str, Any]) -> Mains:
    changed = replace(before, **{name: value for name, value in given.items() if value is not None})
    if volts is None:
        return changed
    if phase is None:
        return replace(changed, volts=volts, odd_volts=())
    return changed.with_phase(phase, volts)


@verb
async def leak(world: World, *, kind: str, ma: float, connector: int | None = None) -> Answer:
    """Residual current, "ac" or "dc", behind the contactor; it flows while that is closed. 0 mA ends it."""
    within("ma", ma, 0, MOST_LEAK_MA)
    module = world.outlet(connector).parts.residual
    match kind:
        case "ac":
            module.leak(ac_ma=ma)
        case "dc":
            module.leak(dc_ma=ma)
        case _:
            raise BadArgument(f"kind: {kind!r} is neither ac nor dc")
    return DONE


@verb
async def supply(world: World, *, rail: str, volts: float, connector: int | None = None) -> Answer:
    """Change a rail: "+12V" or "-12V" of the pilot generator, "12V" that feeds the board, or its "3.3V"."""
    outlet = world.outlet(connector)
    match rail:
        case "12V":
            within("volts", volts, 0, MOST_RAIL_V)
            outlet.parts.set_feed(volts)
        case "3.3V":
            within("volts", volts, 0, 3.6)
            if volts < BROWN_OUT_V and outlet.number in world.boards:
                world.boards[outlet.number].reset("brownout")
        case "+12V":
            within("volts", volts, 0, MOST_RAIL_V)
            outlet.set_rails(high_v=volts)
        case "-12V":
            within("volts", volts, -MOST_RAIL_V, 0)
            outlet.set_rails(low_v=volts)
        case _:
            raise BadArgument(f'rail: {rail!r} is not one of "+12V", "-12V", "12V", "3.3V"')
    return DONE


@verb
async def adapter(
    world: World,
    *,
    connector: int | None = None,
    state: str = "B",
    diode: str = "ok",
    pp_ohm: float | None = 220.0,
    load_a: float = 0.0,
    phases: int = 3,
    only_phase: int | None = None,
    pe: str = "ok",
) -> Answer:
    """An installer's test adapter is plugged in, or turned to another position. `plug_out` takes it away.

    `pp_ohm` 0 is a shorted proximity contact, 1e9 an open one; `diode` "shorted" the bypass that ST207 needs, `pe`
    "open" the button that breaks the earth to the car.

    `load_a` is drawn on the first `phases` phases, or on `only_phase`.
    """
    outlet = world.outlet(connector)
    if pp_ohm is not None:
        within("pp_ohm", pp_ohm, 0, 1e9)
    if pe not in ("ok", "open"):
        raise BadArgument(f"pe: {pe!r} is neither ok nor open")
    if diode not in [kind.value for kind in Diode]:
        raise BadArgument(f"diode: {diode!r} is not one of {', '.join(kind.value for kind in Diode)}")
    placed = InstallerAdapter(
        state=state,
        diode=Diode(diode),
        proximity_ohm=pp_ohm,
        load_a=load_a,
        phases=phases,
        only_phase=only_phase,
        earth_broken=pe == "open",
    )
    if isinstance(outlet.plugged, InstallerAdapter):
        outlet.exchange(placed)
    else:
        outlet.insert(placed)
    return DONE


@verb
async def status(world: World) -> Answer:
    """The whole world."""
    return world.status()


@verb
async def wait(world: World, *, until: str, connector: int | None = None, timeout_s: float = 60.0) -> Answer:
    """Answer when it is so; an error after `timeout_s`."""
    if until not in UNTIL:
        raise BadArgument(f"until: {until!r} is not one of {', '.join(UNTIL)}")
    within("timeout_s", timeout_s, 0, LONGEST_S)
    outlet = world.outlet(connector)
    if not await world.until(outlet.number, UNTIL[until], timeout_s):
        raise TimeoutError(f"connector {outlet.number} is not {until} after {timeout_s:g} s")
    return DONE
