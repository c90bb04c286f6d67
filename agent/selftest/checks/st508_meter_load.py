"""ST508 meter.load: a real load, by the meter, the board and a clamp in somebody's hand.

Two closings of 45 seconds instead of one of 120: a board opens a minute after it closed for a test. Its figures are
what ST510 and ST511 judge, so that a load is plugged in once.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from agent.core.commissioning.model import Outcome
from agent.drivers.interfaces import IdentifiedMeter
from agent.selftest.adapter import Adapter, with_adapter
from agent.selftest.asking import by_current_clamp
from agent.selftest.bench import AdapterPosition, Bench, Question
from agent.selftest.ending import Ended
from agent.selftest.judging.loaded import LoadLook, LoadRun, Volts, accuracy
from agent.selftest.load import USUAL_LOAD_A, look, powered, tripped

VERSION = 1
SETTLES_S = 5.0
"""Meters average over a second or two."""
CLOSINGS, LASTS_S, EVERY_S = 2, 45.0, 5.0
REST_LOOKS = 3
ONE, ALL = "one phase", "three phases"


@with_adapter
async def run(bench: Bench, adapter: Adapter) -> Outcome:
    loaded = await _loaded_phases(bench)
    await bench.person.tell("Put a current clamp around L1, if there is one, and remember what it shows under load.")
    rest, looks, closed_s = await _at_rest(bench), list[LoadLook](), 0.0
    load = AdapterPosition(state="C", load_a=USUAL_LOAD_A, load_phases=loaded)
    for _ in range(CLOSINGS):
        async with powered(bench, adapter, load) as closing:
            await bench.wait(SETTLES_S)
            looks += await _watch(bench)
        closed_s += closing.closed_s
    clamp_a = await _clamp_a(bench)
    await bench.wait(SETTLES_S)
    rest += await _at_rest(bench)
    meter = bench.drivers().get("meter")
    told = meter.identity() if isinstance(meter, IdentifiedMeter) else None
    found = accuracy(
        LoadRun(
            rest_v=_rest_v(rest),
            looks=tuple(looks),
            loaded=loaded,
            closed_s=closed_s,
            gained_wh=_gained_wh(rest),
            clamp_a=clamp_a,
            step_wh=None if told is None else told.step_wh,
        )
    )
    return found if clamp_a is None else await by_current_clamp(bench, found)


async def _loaded_phases(bench: Bench) -> int:
    if bench.config.phases == 1:
        return 1
    asked = Question(key="ST508.load", text="How many phases does the load take?", choices=(ONE, ALL), default=ONE)
    return 3 if await bench.person.ask(asked) == ALL else 1


async def _clamp_a(bench: Bench) -> float | None:
    """Asked once the load is off: a person who looks for the words must not hold the contactor closed."""
    asked = Question(
        key="ST508.clamp_a",
        text="What did the current clamp show on L1 while the load was on? Write 0 if there is no clamp.",
        unit="A",
        low=0,
        high=100,
        default="0",
    )
    return await bench.person.number(asked) or None


async def _watch(bench: Bench) -> Sequence[LoadLook]:
    began = bench.now()
    looks = []
    while (at_s := bench.now().since(began)) <= LASTS_S - SETTLES_S:
        looks.append(await look(bench, at_s))
        if (end := tripped(bench)) is not None:
            raise Ended(end)
        await bench.wait(EVERY_S)
    return looks


async def _at_rest(bench: Bench) -> list[LoadLook]:
    looks = []
    for _ in range(REST_LOOKS):
        looks.append(await look(bench, 0.0))
        await bench.wait(1.0)
    return looks


def _rest_v(looks: Sequence[LoadLook]) -> Volts:
    """Before and after together: what the mains wander meanwhile falls out."""
    columns = zip(*(one.board_v or one.voltages_v for one in looks), strict=True)
    return tuple(fmean(known) if (known := [v for v in each if v is not None]) else None for each in columns)


def _gained_wh(rest: Sequence[LoadLook]) -> int | None:
    first, last = rest[0].register_wh, rest[-1].register_wh
    return None if first is None or last is None else last - first
