"""A short piece of a month for every day's tests: dense visits in the night in which clocks go forward. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tools.month.plan import CONNECTORS, DAY_S, Failure, Month, Outage, PowerCut, assembled, dark
from tools.month.visits import Habits, Visit, draw_visit

BEGINS_S = 14 * DAY_S + 2_700.0
"""A quarter of an hour before midnight in UTC, an hour and a quarter before 02:00 becomes 03:00 at the site."""
SLOT_S = 900.0
SLOTS = 6
STARTS_AFTER_S = 180.0
BACK_AFTER_S = 1_200.0
MANY_LAST_S = (120.0, 900.0)


def draw(seed: int) -> Month:
    """Six visits a connector, a failure of the link, and a power cut, within an hour and a half.

    With every second seed the network loses its power too, and is back later.
    """
    chance = random.Random(f"{seed} piece")
    from_s = round(BEGINS_S + chance.uniform(600, 1_500), 1)
    failure = list(Failure)[seed % len(Failure)]
    lasts_s = 1.0 if failure is Failure.CUT else chance.uniform(*MANY_LAST_S)
    outages, cuts = [Outage(from_s, round(from_s + lasts_s, 1), failure)], [_cut(chance)]
    if seed % 2 == 0:
        outages.append(dark(cuts[0], BACK_AFTER_S))
    visits: list[Visit] = []
    for connector in CONNECTORS:
        habits = Habits(connector)
        for number, slot in enumerate(_slots(chance)):
            visits.append(draw_visit(random.Random(f"{seed} piece {connector} {number}"), habits, slot, outages, cuts))
    return assembled(seed, visits, outages, cuts, first_s=BEGINS_S, last_s=BEGINS_S + SLOTS * SLOT_S)


def _slots(chance: random.Random) -> Iterator[tuple[float, float, str]]:
    for number in range(SLOTS):
        at_s = BEGINS_S + STARTS_AFTER_S + number * SLOT_S
        yield at_s + 60 * chance.randrange(3), at_s + SLOT_S, "day"


def _cut(chance: random.Random) -> PowerCut:
    at_s = round(BEGINS_S + chance.uniform(2_700, 3_900), 3)
    dead_s = round(chance.uniform(5, 120), 1)
    commits = chance.choice((None, 1, 2, 4))
    return PowerCut(at_s, dead_s, commits, chance.choice(("before", "after")))
