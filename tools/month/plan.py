"""From a seed to a month: who charges when and how it ends, when the link fails and how, when the power is cut. Pure.

Each day draws from streams of its own, so that a day can be played alone (`--first`) with the visits it has in its
month. Times are seconds since the first moment of the month, which is a midnight of the site.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from firmware_sim.scenario import Action, Actor, Value
from tools.month.visits import Habits, Visit, draw_visit

DAY_S = 86_400
DAYS = 30
POWER_CUTS = 3
CONNECTORS = (1, 2)
VISITS_A_DAY = 20
SLOTS = VISITS_A_DAY // len(CONNECTORS) - 1
"""By day, for each connector; one visit more is at night."""
FIRST_SLOT_S, SLOT_S = 8 * 3_600, 5_400

RECOVERS_WITHIN_S = 900.0
"""After an outage: the longest wait between two tries to connect is six minutes, and half a minute goes to each try."""
LEAVES_TIME_S = 120.0
LISTED_AT_S = 30.0
"""The network sends its list of tokens; nothing fails before everybody has it."""
CRASHES_WITHIN_S = 120.0
"""While a car charges, a register goes on record every minute at least."""
QUIET_BEGINNING_S = 3_600.0
LIST_EVERY_DAYS = 7
BACK_AFTER_S = 9_000.0
"""A central system that lost its power with the charger."""


class Failure(Enum):
    """How a link fails. The value is the verb of the central system."""

    CUT = "drop"
    HALF_OPEN = "freeze"
    DYING = "silent"
    DYING_MID_ANSWER = "mid_answer"
    REFUSED = "refuse"
    SLOW = "slow"
    GONE = "offline"


LASTS_S: dict[Failure, tuple[float, float]] = {
    Failure.CUT: (1, 1),
    Failure.HALF_OPEN: (600, 2_400),
    Failure.DYING: (120, 1_500),
    Failure.DYING_MID_ANSWER: (300, 1_500),
    Failure.REFUSED: (300, 3_600),
    Failure.SLOW: (900, 3_600),
    Failure.GONE: (3_600, 21_600),
}


@dataclass(frozen=True, slots=True)
class Outage:
    """The link is not to be relied upon in between."""

    from_s: float
    to_s: float
    failure: Failure

    def touches(self, from_s: float, to_s: float) -> bool:
        return self.from_s < to_s and from_s < self.to_s + RECOVERS_WITHIN_S


@dataclass(frozen=True, slots=True)
class PowerCut:
    """Everything but the central system loses its power, and has it again `dead_s` later.

    At once, or with `commits` at the so-manieth commit from then on, right "before" or "after" it; where there are not
    so many within `CRASHES_WITHIN_S`, then.
    """

    at_s: float
    dead_s: float
    commits: int | None = None
    when: str = "before"

    @property
    def over_s(self) -> float:
        return self.at_s + (CRASHES_WITHIN_S if self.commits else 0.0) + self.dead_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What happens. `actions` are in the order of their times; cuts are no actions, since they end the agent."""

    seed: int
    first_s: float
    last_s: float
    visits: tuple[Visit, ...]
    outages: tuple[Outage, ...]
    cuts: tuple[PowerCut, ...]
    actions: tuple[Action, ...]


def draw(seed: int, *, first: int = 0, days: int = DAYS) -> Month:
    """The days `first` to `first + days - 1` of the month of `seed`."""
    numbers = range(first, first + days)
    quiet_until_s = first * DAY_S + QUIET_BEGINNING_S
    cuts = [cut for cut in _cuts(seed) if cut.at_s // DAY_S in numbers]
    outages = [one for day in numbers for one in _outages(seed, day) if one.from_s > quiet_until_s]
    # Power comes back before the network does: what is charged until then is recorded without a clock.
    outages = _apart([*(dark(cut, BACK_AFTER_S) for cut in cuts[:1]), *outages])
    habits = {connector: Habits(connector) for connector in CONNECTORS}
    visits: list[Visit] = []
    for day in numbers:
        for connector in CONNECTORS:
            for number, slot in enumerate(_slots(_stream(seed, f"slots {day}"), day, connector)):
                chance = _stream(seed, f"visit {day} {connector} {number}")
                visits.append(draw_visit(chance, habits[connector], slot, outages, cuts))
    return assembled(seed, visits, outages, cuts, first_s=first * DAY_S, last_s=(first + days) * DAY_S)


def dark(cut: PowerCut, back_after_s: float) -> Outage:
    """The network loses its power as well, and is back so long after the charger."""
    return Outage(round(cut.at_s - 60, 1), round(cut.over_s + back_after_s, 1), Failure.GONE)


def assembled(
    seed: int,
    visits: Sequence[Visit],
    outages: Sequence[Outage],
    cuts: Sequence[PowerCut],
    *,
    first_s: float,
    last_s: float,
) -> Month:
    """A month of these parts, whose end lies behind the last visit."""
    actions = [action for visit in visits for action in visit.actions]
    actions += [action for outage in outages for action in _failing(outage)]
    actions += _listings(listed_cards(visits), outages, first_s, last_s)
    ends_s = max([last_s, *(visit.leaves_s + LEAVES_TIME_S for visit in visits), *(one.to_s for one in outages)])
    return Month(
        seed=seed,
        first_s=first_s,
        last_s=ends_s,
        visits=tuple(sorted(visits, key=lambda visit: visit.arrives_s)),
        outages=tuple(sorted(outages, key=lambda outage: outage.from_s)),
        cuts=tuple(sorted(cuts, key=lambda cut: cut.at_s)),
        actions=tuple(sorted(actions, key=lambda action: action.at_s)),
    )


def listed_cards(visits: Sequence[Visit]) -> list[str]:
    """The cards that stand on the network's list."""
    return sorted({card for connector in {visit.connector for visit in visits} for card in Habits(connector).listed})


def _stream(seed: int, story: str) -> random.Random:
    return random.Random(f"{seed} {story}")


def _csms(at_s: float, verb: str, **arguments: Value) -> Action:
    return Action(round(at_s, 3), Actor.NETWORK, verb, tuple(sorted(arguments.items())))


# --- when somebody comes


def _slots(chance: random.Random, day: int, connector: int) -> Iterator[tuple[float, float, str]]:
    """Stretches of the day, each with what kind of stay it is for; no two of a connector touch.

    Both connectors draw from one stream: their arrivals often fall into the same minute.
    """
    begins_s = day * DAY_S + FIRST_SLOT_S
    for number in range(SLOTS):
        arrives_s = begins_s + number * SLOT_S + 60 * chance.randrange(5, 15)
        if connector != CONNECTORS[0]:
            arrives_s += chance.choice((0, 0, 60, 420, 1_140))
        yield arrives_s, begins_s + (number + 1) * SLOT_S, "day"
    nights = ["overnight", "late"]
    chance.shuffle(nights)
    night = nights[CONNECTORS.index(connector)]
    if night == "overnight":
        yield day * DAY_S + 21.6 * 3_600 + 60 * chance.randrange(60), (day + 1) * DAY_S + 7.5 * 3_600, night
    else:
        yield day * DAY_S + 23.6 * 3_600 + 60 * chance.randrange(20), (day + 1) * DAY_S + 1.0 * 3_600, night


# --- when the link fails


def _outages(seed: int, day: int) -> list[Outage]:
    """At least one a day; each way in turn, in an order of the seed's own."""
    order = list(Failure)
    _stream(seed, f"failures {day // len(order)}").shuffle(order)
    chance = _stream(seed, f"outages {day}")
    failures = [order[day % len(order)], *chance.choices(list(Failure), k=chance.randint(0, 2))]
    first = chance.randrange(24)
    found = []
    for number, failure in enumerate(failures):
        hour = (first + 8 * number) % 24
        from_s = day * DAY_S + hour * 3_600 + chance.uniform(0, 5_400)
        lasts_s = chance.uniform(*LASTS_S[failure])
        found.append(Outage(round(from_s, 1), round(from_s + lasts_s, 1), failure))
    return found


def _apart(outages: Sequence[Outage]) -> list[Outage]:
    """Without those that meet an earlier one of the list: the end of one would mend the other."""
    kept: list[Outage] = []
    for one in outages:
        if not any(one.from_s <= other.to_s and other.from_s <= one.to_s for other in kept):
            kept.append(one)
    return kept


def _failing(outage: Outage) -> Iterator[Action]:
    match outage.failure:
        case Failure.SLOW:
            yield _csms(outage.from_s, "slow", delay_s=4.0)
        case Failure.DYING_MID_ANSWER:
            yield _csms(outage.from_s, "mid_answer", every=3)
        case other:
            yield _csms(outage.from_s, other.value)
    if outage.failure is Failure.DYING:
        # It took everything in, answered nothing, and died: what it took in will be told again.
        yield _csms(outage.to_s - 0.5, "drop")
    yield _csms(outage.to_s, "heal")


def _listings(cards: Sequence[str], outages: Sequence[Outage], first_s: float, last_s: float) -> Iterator[Action]:
    """The list of tokens at the beginning, and again every week, where the link is good."""
    version, at_s = 1, first_s + LISTED_AT_S
    while at_s < last_s:
        if not any(outage.touches(at_s, at_s + 60) for outage in outages):
            yield _csms(at_s, "send_list", version=version, cards=" ".join(cards))
            version += 1
            at_s += LIST_EVERY_DAYS * DAY_S
        else:
            at_s += 3_600


# --- when the power is cut


def _cuts(seed: int) -> list[PowerCut]:
    """Three, on three days of the whole month, while cars charge: at any moment, right before a commit, right after."""
    chance = _stream(seed, "cuts")
    days = sorted(chance.sample(range(DAYS), POWER_CUTS))
    found = []
    for day, when in zip(days, chance.sample(("now", "before", "after"), POWER_CUTS), strict=True):
        slot_s = day * DAY_S + FIRST_SLOT_S + SLOT_S * chance.randrange(SLOTS)
        at_s = round(slot_s + chance.uniform(0.3, 0.75) * SLOT_S, 3)
        dead_s = round(chance.choice((chance.uniform(20, 120), chance.uniform(600, 3_600))), 1)
        commits = None if when == "now" else chance.randint(1, 6)
        found.append(PowerCut(at_s, dead_s, commits, "before" if when == "now" else when))
    return found
