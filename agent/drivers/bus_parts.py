"""Which parts of its bus a table of a board file takes: lines of a chip, channels of a relay board, a whole controller.

Lines are found by their type: an option annotated `LineName` names one. A driver whose only option is its bus is all of
its interface that the device there has: there is one pilot on a pilot board. Other drivers hold `BUS_PARTS`, the kind
of part that each of their options numbers, and the module of their bus holds `parts(options)`, how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import cast

from agent.tables import TableProblem, keys_of

LINE_TYPE = "LineName"


def taken(module: ModuleType, interface: str, options: Mapping[str, object]) -> Mapping[str, str]:
    """The part of its bus that each option names, as "channel 3"; the option "bus" where it is a whole device."""
    known = keys_of(module.Options)
    if set(known) == {"bus"} and isinstance(options.get("bus"), str):
        return {"bus": interface.replace("_", " ")}
    # A name is text to a type checker and at run time alike; only the annotation as written tells a line from others.
    lines = {name: f'line "{options[name]}"' for name in known if name in options and _names_line(known[name].type)}
    return lines | {name: f"{kind} {options[name]}" for name, kind in _numbered(module).items() if name in options}


def problems(
    module: ModuleType, bus_module: ModuleType, named: Mapping[str, object], bus: object
) -> Iterator[TableProblem]:
    """Numbers in `named` that the bus with the options `bus` has not."""
    if not hasattr(bus_module, "parts"):
        return
    there: Mapping[str, int] = bus_module.parts(bus)
    for option, kind in _numbered(module).items():
        number, count = named.get(option), there.get(kind, 0)
        if not isinstance(number, int):
            continue
        if not count:
            yield TableProblem((option,), f"this board has no {kind}s; name a family that has, or leave it out")
        elif number > count:
            yield TableProblem((option,), f"there is no {kind} {number}; this board has 1 to {count}")


def _names_line(annotation: object) -> bool:
    return LINE_TYPE in str(annotation)


def _numbered(module: ModuleType) -> Mapping[str, str]:
    return cast(Mapping[str, str], getattr(module, "BUS_PARTS", {}))
