"""Answers of the world as a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from textwrap import fill
from typing import Any

from firmware_sim.training import Scenario

WIDTH = 100
Answer = Mapping[str, Any]


def text(verb: str, answer: Answer) -> str:
    """What to print for an answer that is ok."""
    lines = _LINES.get(verb)
    return "ok" if lines is None else "\n".join(lines(answer))


def scenario(one: Scenario, *, hints: int, with_solution: bool) -> Iterator[str]:
    """A site to practise on, with as much help as was asked for."""
    yield f"{one.name}: {one.title} ({one.board})"
    yield ""
    yield fill(one.story, WIDTH)
    for key, value in one.typed.items():
        yield f"  what you read there: {key} = {value}"
    if one.network:
        yield "  It needs a central system that is wrong: python -m tools.training " + one.name
    for number, hint in enumerate(one.hints[:hints], 1):
        yield f"hint {number} of {len(one.hints)}: {hint}"
    if with_solution:
        yield f"wrong is: {', '.join(one.causes)}"
        yield fill(one.solution, WIDTH)


def _status(answer: Answer) -> Iterator[str]:
    mains = answer["mains"]
    yield f"mains        {mains['volts']:g} V, {mains['hz']:g} Hz, {mains['phases']} phases"
    for connector in answer["connectors"]:
        yield from _connector(connector)
    broken = [f"{each['name']}{_where(each['connector'])}" for each in answer["faults"]]
    yield f"broken       {', '.join(broken) or 'nothing'}"


def _connector(connector: Answer) -> Iterator[str]:
    pilot, meter, board = connector["pilot"], connector["meter"], connector["board"]
    low = "" if pilot["low_v"] is None else f", low {pilot['low_v']:.2f} V"
    currents = " / ".join(f"{current_a:.1f}" for current_a in connector["current_a"])
    yield f"connector {connector['connector']}"
    yield f"  pilot      {pilot['state']}, {pilot['high_v']:.2f} V{low}, offers {pilot['offered_a']:.1f} A"
    yield f"  contactor  {connector['contactor']}, {connector['closings']} closings"
    yield f"  power      {connector['power_w'] / 1000:.2f} kW, {currents} A"
    yield f"  meter      {meter['register_wh'] / 1000:.3f} kWh, {meter['model'] or 'no meter'}"
    yield f"  plugged    {_plugged(connector['plugged'])}"
    if board is not None:
        running = "runs" if board["running"] else "stands still"
        yield f"  board      {running} on {board['firmware']}, boot id {board['boot_id']}"
        yield f"  light      {board['light'] or 'dark'}"


def _plugged(plugged: Answer | None) -> str:
    if plugged is None:
        return "nothing"
    if plugged["kind"] == "cable":
        return "a cable without a car"
    if plugged["kind"] == "adapter":
        return f"test adapter in {plugged['state']}, load {plugged['load_a']:g} A"
    wish = "suspended" if plugged["suspended"] else "full" if plugged["full"] else "wants energy"
    return f"car, {wish}, draws {plugged['current_a']:.1f} A, took {plugged['energy_wh'] / 1000:.3f} kWh"


def _faults(answer: Answer) -> Iterator[str]:
    for fault in answer["faults"]:
        first_line = fault["does"].splitlines()[0]
        yield f"{fault['name']:<20} {first_line} [{', '.join(fault['arguments'])}]"
    for missing in answer["not_yet"]:
        yield f"{missing['name']:<20} not built yet: {missing['why']}"
    broken = [f"{each['name']}{_where(each['connector'])}" for each in answer["active"]]
    yield f"broken now: {', '.join(broken) or 'nothing'}"


def _heal(answer: Answer) -> Iterator[str]:
    yield f"healed: {', '.join(answer['healed']) or 'nothing was broken'}"


def _profiles(answer: Answer) -> Iterator[str]:
    for profile in answer["profiles"]:
        yield f"{profile['name']:<20} {profile['does']}"


def _where(connector: int | None) -> str:
    return "" if connector is None else f" at connector {connector}"


_LINES: Mapping[str, Callable[[Answer], Iterator[str]]] = {
    "status": _status,
    "faults": _faults,
    "heal": _heal,
    "profiles": _profiles,
}
