"""From the names in a board file to running drivers: name → module → Options → instance.

The folder is the registry. Interface `meter` with driver "modbus_map" is `agent/drivers/meters/modbus_map.py`. A device
with several interfaces is a package: `contactor` with driver "pilot_board" is `agent/drivers/pilot_board/contactor.py`.
A bus of kind "modbus_rtu" is `agent/drivers/buses/modbus_rtu.py`, else `agent/drivers/<kind>/link.py`. A package of
somebody else's has the entry point group `evse_agent.drivers`: a name such as "meter.my_meter" or "bus.my_bus", and the
module.

A module holds `Options`, a frozen dataclass, and `create(name, options, buses)`; a bus, `create(name, options)`, or the
same as a driver where it is a device on another bus, which its option `bus` names. It may hold `BUS_KINDS`, the kinds
of bus it works on, and its `create` may take a keyword `clock`, if it stamps what it reports. A contactor's holds
`without_agent(bus_options)`: what becomes of the power when nobody speaks to it any more. `BUS_PARTS` and `parts` are
those of `bus_parts.py`. A meter may hold `phases(options)`, and `SIGNS` where it makes a `SigningMeter`. Only what a
board names is imported.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from agent.clock import Clock
from agent.core.control_pilot import WithoutAgent
from agent.drivers import bus_parts
from agent.drivers.interfaces import Bus, Driver
from agent.errors import ConfigError
from agent.tables import TableProblem, bind, nearest

FOLDER = Path(__file__).parent
ENTRY_POINT_GROUP = "evse_agent.drivers"


class UnknownName(LookupError):
    """There is no such driver or bus; the text says what there is."""


def check_driver(
    interface: str, driver: str, options: Mapping[str, object], bus_kind: str | None
) -> tuple[TableProblem, ...]:
    """Everything wrong with one driver table; keys count from that table. `bus_kind` is that of the bus it names."""
    try:
        module = _driver_module(interface, driver)
    except UnknownName as error:
        return (TableProblem(("driver",), str(error)),)
    return _problems(module, driver, options, bus_kind)


def check_bus(kind: str, options: Mapping[str, object], bus_kind: str | None = None) -> tuple[TableProblem, ...]:
    """Everything wrong with one bus table; keys count from it. `bus_kind` is that of the bus it is on, if any."""
    try:
        module = _bus_module(kind)
    except UnknownName as error:
        return (TableProblem(("kind",), str(error)),)
    return _problems(module, kind, options, bus_kind)


def without_agent(driver: str, bus_options: Mapping[str, object]) -> WithoutAgent:
    """What a contactor of that driver does when nobody speaks to it. One that does not say it is taken to stay."""
    try:
        module = _driver_module("contactor", driver)
    except UnknownName:
        return WithoutAgent.STAYS
    answer = getattr(module, "without_agent", None)
    return WithoutAgent.STAYS if answer is None else cast(WithoutAgent, answer(bus_options))


def parts_of(interface: str, name: str, options: Mapping[str, object]) -> Mapping[str, str]:
    """The part of its bus that each option names, as "channel 3"; empty where there is no such driver."""
    try:
        return bus_parts.taken(module_of(interface, name), interface, options)
    except UnknownName:
        return {}


def check_parts(
    interface: str, driver: str, options: Mapping[str, object], bus_kind: str, bus_options: Mapping[str, object]
) -> tuple[TableProblem, ...]:
    """Parts that the bus has not; nothing is said of a bus or a driver that is wrong itself."""
    try:
        module, bus_module = _driver_module(interface, driver), _bus_module(bus_kind)
    except UnknownName:
        return ()
    bus = bind(bus_module.Options, bus_options)[0]
    return () if bus is None else tuple(bus_parts.problems(module, bus_module, options, bus))


def phases_of(interface: str, name: str, options: Mapping[str, object]) -> int | None:
    """How many phases a meter measures by its options; None where they do not tell."""
    try:
        module = module_of(interface, name)
    except UnknownName:
        return None
    bound = bind(module.Options, options)[0]
    return None if bound is None or not hasattr(module, "phases") else cast(int | None, module.phases(bound))


def signs(driver: str) -> bool:
    """Whether a meter with this driver signs its register; what there is not does not."""
    try:
        return bool(getattr(module_of("meter", driver), "SIGNS", False))
    except UnknownName:
        return False


def bus_kinds_of(interface: str, name: str) -> tuple[str, ...]:
    """The kinds of bus that such a driver or bus can be on; empty where it does not say. Raises UnknownName."""
    module = _bus_module(name) if interface == "bus" else _driver_module(interface, name)
    return cast(tuple[str, ...], getattr(module, "BUS_KINDS", ()))


def _problems(
    module: ModuleType, name: str, options: Mapping[str, object], bus_kind: str | None
) -> tuple[TableProblem, ...]:
    kinds: tuple[str, ...] = getattr(module, "BUS_KINDS", ())
    problems = bind(module.Options, options)[1]
    if kinds and bus_kind is not None and bus_kind not in kinds:
        what = f"is of kind {bus_kind}, and {name} works on {' or '.join(kinds)}; name such a bus"
        problems = (*problems, TableProblem(("bus",), what))
    return problems


def defaults_of(interface: str, name: str) -> Mapping[str, object]:
    """What counts for the options that a table may leave out; the interface of a bus is "bus". Empty for no driver."""
    try:
        options = options_of(interface, name)
    except UnknownName:
        return {}
    return {
        option.name: option.default if option.default_factory is MISSING else option.default_factory()
        for option in fields(options)
        if option.default is not MISSING or option.default_factory is not MISSING
    }


def options_of(interface: str, name: str) -> type[Any]:
    """The dataclass of what a table of that driver may hold; the interface of a bus is "bus". Raises UnknownName."""
    return cast(type[Any], module_of(interface, name).Options)


def module_of(interface: str, name: str) -> ModuleType:
    """The module of that driver; the interface of a bus is "bus". Raises UnknownName."""
    return _bus_module(name) if interface == "bus" else _driver_module(interface, name)


def create_bus(name: str, kind: str, options: Mapping[str, object], buses: Mapping[str, Bus] | None = None) -> Bus:
    """The bus of `[bus.<name>]`, not yet open; `buses` holds the one it is on. Raises ConfigError."""
    try:
        module = _bus_module(kind)
    except UnknownName as error:
        raise ConfigError((f"bus.{name}.kind: {error}",)) from error
    bound = _bound(module, options, f"bus.{name}")
    below = {"buses": buses or {}} if "buses" in inspect.signature(module.create).parameters else {}
    return cast(Bus, module.create(name, bound, **below))


def create_buses(tables: Iterable[tuple[str, str, Mapping[str, object]]]) -> dict[str, Bus]:
    """Every bus of a board, from name, kind and options; a bus after the one it is on. Raises ConfigError."""
    buses: dict[str, Bus] = {}
    for name, kind, options in sorted(tables, key=lambda table: "bus" in table[2]):
        buses[name] = create_bus(name, kind, options, buses)
    return buses


def create_driver(
    interface: str, driver: str, options: Mapping[str, object], buses: Mapping[str, Bus], clock: Clock
) -> Driver:
    """The driver of one interface, not yet open; the caller knows which Protocol it asked for. Raises ConfigError."""
    bus = options.get("bus")
    name = f"{driver} on {bus}" if isinstance(bus, str) else driver
    try:
        module = _driver_module(interface, driver)
    except UnknownName as error:
        raise ConfigError((f"{interface}.driver: {error}",)) from error
    bound = _bound(module, options, interface)
    stamps = {"clock": clock} if "clock" in inspect.signature(module.create).parameters else {}
    return cast(Driver, module.create(name, bound, buses, **stamps))


def known_drivers(interface: str) -> list[str]:
    """The names a board may use for this interface."""
    inside = _modules_in(FOLDER / f"{interface}s") + [path.parent.name for path in FOLDER.glob(f"*/{interface}.py")]
    return sorted({*inside, *_outside(interface)})


def known_buses() -> list[str]:
    """The kinds a board may use for a bus."""
    inside = _modules_in(FOLDER / "buses") + [path.parent.name for path in FOLDER.glob("*/link.py")]
    return sorted({*inside, *_outside("bus")})


def _driver_module(interface: str, driver: str) -> ModuleType:
    places = (FOLDER / f"{interface}s" / f"{driver}.py", FOLDER / driver / f"{interface}.py")
    return _module(places, interface, driver) or _refuse_driver(interface, driver)


def _bus_module(kind: str) -> ModuleType:
    places = (FOLDER / "buses" / f"{kind}.py", FOLDER / kind / "link.py")
    return _module(places, "bus", kind) or _refuse_bus(kind)


def _module(places: tuple[Path, ...], interface: str, name: str) -> ModuleType | None:
    # An identifier cannot lead out of the folder, and a leading underscore marks what is no driver.
    if name.isidentifier() and not name.startswith("_"):
        for place in places:
            if place.is_file() and _makes_something(place):
                return importlib.import_module(f"agent.drivers.{place.parent.name}.{place.stem}")
    outside = _outside(interface).get(name)
    return importlib.import_module(outside) if outside else None


def _refuse_driver(interface: str, driver: str) -> ModuleType:
    raise UnknownName(f'there is no driver "{driver}" for a {interface}{nearest(driver, known_drivers(interface))}')


def _refuse_bus(kind: str) -> ModuleType:
    raise UnknownName(f'there is no bus of kind "{kind}"{nearest(kind, known_buses())}')


def _modules_in(folder: Path) -> list[str]:
    return [file.stem for file in folder.glob("*.py") if _makes_something(file)]


@cache
def _makes_something(file: Path) -> bool:
    """Some modules beside the drivers only serve them."""
    return "\ndef create(" in file.read_text(encoding="utf-8")


def _outside(interface: str) -> dict[str, str]:
    """Modules of other packages by driver name."""
    # Costs 10 ms at start and nobody needs it while every name is found in the tree.
    from importlib.metadata import entry_points

    prefix = f"{interface}."
    found = entry_points(group=ENTRY_POINT_GROUP)
    return {point.name.removeprefix(prefix): point.module for point in found if point.name.startswith(prefix)}


def _bound(module: ModuleType, options: Mapping[str, object], at: str) -> object:
    bound, problems = bind(module.Options, options)
    if problems:
        raise ConfigError(tuple(f"{at}.{'.'.join(map(str, problem.key))}: {problem.what}" for problem in problems))
    return bound
