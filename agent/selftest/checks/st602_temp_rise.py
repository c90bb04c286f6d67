"""ST602 temp.rise: twenty minutes of at least 16 A, and how warm terminals and contacts become.

In a real charge: for a test with power a board stays closed for a minute, and nothing becomes warm in that. There is
one sensor at the terminals of a pilot board, so a single pole that is warmer is seen in it or not at all.
"""

from __future__ import annotations

from statistics import fmean

from agent.core.commissioning.model import Outcome, skipped
from agent.selftest.bench import AdapterPosition, Bench, Question
from agent.selftest.ending import Ended, judged
from agent.selftest.judging.warmth import LEAST_A, Warming, rise
from agent.selftest.temperatures import look
from agent.selftest.whole_charge import By, Plan, charged

VERSION = 1
TEST = "ST602"
LASTS_S, EVERY_S = 1200.0, 60.0
ENOUGH = 0.9
"""Of the current: a load that is named 16 A has some less on a low voltage."""
PLACES = ("contactor", "terminal", "connector")
STARTS = {by.value: by for by in (By.HERE, By.CARD, By.CENTRAL)}


@judged
async def run(bench: Bench) -> Outcome:
    if not await _celsius(bench):
        hint = "Feel terminals and plug after half an hour of charging, or use a thermal camera."
        return skipped("Nothing in this charger measures at its terminals.", hint)
    rated_a = bench.config.connector_current_a(bench.connector)
    wanted_a = min(LEAST_A, rated_a)
    curves: dict[str, list[tuple[float, float]]] = {}
    drawn: list[float] = []

    async def note(at_s: float) -> None:
        if drawn and at_s < len(drawn) * EVERY_S:
            return
        drawn.append(await _drawn_a(bench))
        if drawn[-1] < ENOUGH * wanted_a and len(drawn) > 1:
            raise Ended(_too_little(drawn[-1], wanted_a))
        for name, celsius in (await _celsius(bench)).items():
            curves.setdefault(name, []).append((round(at_s, 1), celsius))

    plan = Plan(
        test=TEST,
        by=await _by(bench),
        least_s=LASTS_S,
        most_s=LASTS_S,
        load=AdapterPosition(state="B", load_a=wanted_a, load_phases=bench.config.phases),
        look=note,
    )
    await charged(bench, plan)
    warmings = [Warming(place=name, curve=tuple(curve)) for name, curve in curves.items()]
    return rise(warmings, fmean(drawn[1:]), rated_a)


async def _by(bench: Bench) -> By:
    asked = Question(key=f"{TEST}.start", text="Who begins the charge?", choices=tuple(STARTS), default=By.HERE.value)
    return STARTS[await bench.person.ask(asked)]


async def _celsius(bench: Bench) -> dict[str, float]:
    """Of what the current goes through."""
    looks = [one for one in await look(bench) if one.place in PLACES]
    return {one.name: one.celsius for one in looks if one.celsius is not None}


async def _drawn_a(bench: Bench) -> float:
    """The most of any phase; 0 where the meter tells none."""
    sample = await bench.read_meter()
    return max((a for a in sample.currents_a if a is not None), default=0.0)


def _too_little(drawn_a: float, wanted_a: float) -> Outcome:
    return skipped(
        f"The load draws {drawn_a:.1f} A, and {wanted_a:g} A are needed to warm a terminal.",
        "Use a load bank or a car that takes as much. A terminal that warms in service is told by "
        "temp.terminal_derate.",
    )
