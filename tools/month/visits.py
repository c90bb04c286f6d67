"""One visit of a car: what is done, and what its bill may look like. Pure.

A visit knows what the link and the power do in its time and says what must come of it, so that the judge needs no
rule of the agent's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from firmware_sim.scenario import Action, Actor, Value

UNTOUCHED_S = 120.0
"""This long after its arrival a car charges, whatever the link does."""
PEOPLE_WAIT_S = 45.0
CURRENTS_A = (6.0, 10.0, 13.0, 16.0, 20.0, 32.0)
OFF_SECOND = {1: 0.0, 2: 30.0}
"""The reader is shared: cards of the two connectors are never shown within some seconds of each other."""

LOCAL, REMOTE, UNPLUGGED = "Local", "Remote", "EVDisconnected"
AFTER_A_CUT = frozenset({"PowerLoss", "Reboot"})


class Trouble(Protocol):
    """A stretch in which the link is not to be relied upon."""

    def touches(self, from_s: float, to_s: float) -> bool: ...


class Cut(Protocol):
    """A power cut."""

    @property
    def at_s(self) -> float: ...

    @property
    def over_s(self) -> float: ...


@dataclass(slots=True)
class Habits:
    """The people of one connector: cards on the network's list, cards it knows, a card nobody knows.

    `cached` are those the charger has been told about before: only they are good without the network.
    """

    connector: int
    cached: set[str] = field(default_factory=set)

    @property
    def listed(self) -> tuple[str, ...]:
        return tuple(f"0411{self.connector}{number:03d}" for number in range(3))

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(f"0422{self.connector}{number:03d}" for number in range(4))

    @property
    def unknown(self) -> str:
        return f"DEAD{self.connector}000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`bills` is how many transactions may come of it; each has this token and one of these reasons.

    `starts_s` and `stops_s` are when it starts and stops at the earliest, None where its trouble decides;
    `is_plain`: nothing keeps readings away between. `is_cut`: it may have been ended after a power cut, which tells the
    register of afterwards with the time of the last record.
    """

    kind: str
    connector: int
    arrives_s: float
    leaves_s: float
    token: str
    bills: tuple[int, ...] = (1,)
    reasons: frozenset[str] = frozenset()
    starts_s: float | None = None
    stops_s: float | None = None
    is_plain: bool = False
    is_cut: bool = False
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when a visit is drawn."""

    chance: random.Random
    habits: Habits
    arrives_s: float
    until_s: float
    outages: Sequence[Trouble]
    cuts: Sequence[Cut]

    @property
    def connector(self) -> int:
        return self.habits.connector

    def is_linked(self, from_s: float, to_s: float) -> bool:
        """The link is good all the time, and the power is there."""
        return not any(one.touches(from_s, to_s) for one in self.outages) and not self.is_cut(from_s - 1_200, to_s)

    def is_cut(self, from_s: float, to_s: float) -> bool:
        return any(cut.at_s < to_s and from_s < cut.over_s for cut in self.cuts)

    def does(self, at_s: float, verb: str, **arguments: Value) -> Action:
        """Something at this connector."""
        given = {"connector": self.connector, **arguments}
        return Action(round(at_s, 3), Actor.WORLD, verb, tuple(sorted(given.items())))

    def shows(self, at_s: float, card: str) -> Action:
        return Action(round(at_s, 3), Actor.WORLD, "swipe", (("token", card),))

    def asks(self, at_s: float, verb: str, **arguments: Value) -> Action:
        given = {"connector": self.connector, **arguments}
        return Action(round(at_s, 3), Actor.NETWORK, verb, tuple(sorted(given.items())))

    def comes(self, **traits: Value) -> Action:
        drawn: dict[str, Value] = {
            "ready_delay_s": round(self.chance.uniform(0.2, 4), 2),
            "draw_delay_s": round(self.chance.uniform(0.2, 2), 2),
            "current_a": self.chance.choice(CURRENTS_A),
            "phases": self.chance.choice((1, 2, 3, 3)),
        }
        return self.does(self.arrives_s, "plug_in", **{**drawn, **traits})

    def leaves_after(self, least_s: float, most_s: float) -> float:
        most_s = min(most_s, self.until_s - self.arrives_s - 300)
        return round(self.arrives_s + self.chance.uniform(min(least_s, most_s), most_s), 3)

    def card(self) -> str:
        """One that is good whatever the link does now; a card that the network knows is good without it next time."""
        habits = self.habits
        is_linked = self.is_linked(self.arrives_s - 60, self.arrives_s + 180)
        good = (*habits.listed, *(habits.known if is_linked else sorted(habits.cached)))
        # One draw however many there are: what is drawn after it is the same in a month and in a day alone.
        chosen: str = good[int(self.chance.random() * len(good))]
        if chosen in habits.known:
            habits.cached.add(chosen)
        return chosen


Kind = Callable[[Scene], Visit]


def draw_visit(
    chance: random.Random,
    habits: Habits,
    slot: tuple[float, float, str],
    outages: Sequence[Trouble],
    cuts: Sequence[Cut],
) -> Visit:
    """Who comes in this slot: from, until, and what kind of stay it is for."""
    arrives_s, until_s, stay = slot
    scene = Scene(chance, habits, arrives_s + OFF_SECOND[habits.connector], until_s, outages, cuts)
    kind: Kind
    if stay == "overnight":
        kind = overnight
    elif stay == "late":
        kind = by_unplugging if chance.random() < 0.5 else by_card
    else:
        kind = chance.choices(tuple(KINDS), tuple(KINDS.values()))[0]
    hit = scene.is_cut(scene.arrives_s - 60, until_s)
    return hit_by_a_cut(scene) if hit else kind(scene)


def by_card(scene: Scene) -> Visit:
    """Plugs in, shows a card, shows it again, leaves."""
    card, leaves_s = scene.card(), scene.leaves_after(400, 4_200)
    stops_s = leaves_s - PEOPLE_WAIT_S
    actions = (scene.comes(), scene.shows(scene.arrives_s + 8, card), scene.shows(stops_s, card))
    return _visit(scene, "card", card, leaves_s, actions, reason=LOCAL, stops_s=stops_s)


def by_unplugging(scene: Scene) -> Visit:
    """Pulls the plug while energy flows."""
    card, leaves_s = scene.card(), scene.leaves_after(300, 4_200)
    actions = (scene.comes(), scene.shows(scene.arrives_s + 8, card))
    return _visit(scene, "unplugged", card, leaves_s, actions, reason=UNPLUGGED, stops_s=leaves_s)


def by_remote(scene: Scene) -> Visit:
    """Started from afar; stopped from afar where the link is still good, else by the plug."""
    if not scene.is_linked(scene.arrives_s - 60, scene.arrives_s + 300):
        return by_unplugging(scene)
    leaves_s, token = scene.leaves_after(500, 4_200), f"APP-{scene.connector}"
    actions = [scene.comes(), scene.asks(scene.arrives_s + 8, "remote_start", token=token)]
    stops_s = leaves_s - PEOPLE_WAIT_S
    if not scene.is_linked(stops_s - 60, leaves_s):
        return _visit(scene, "remote start", token, leaves_s, actions, reason=UNPLUGGED, stops_s=leaves_s)
    actions.append(scene.asks(stops_s, "remote_stop"))
    return _visit(scene, "remote", token, leaves_s, actions, reason=REMOTE, stops_s=stops_s)


def limited(scene: Scene) -> Visit:
    """A profile lowers the current, pauses at 0 A, and lets go. Not on a bad link: a pause would stay for ever."""
    card, leaves_s = scene.card(), scene.leaves_after(2_400, 4_200)
    if not scene.is_linked(scene.arrives_s, leaves_s):
        return by_unplugging(scene)
    stops_s = leaves_s - PEOPLE_WAIT_S
    third_s = (leaves_s - scene.arrives_s) / 4
    steps = (scene.chance.choice((6.0, 8.0, 13.0)), 0.0)
    actions = [scene.comes(), scene.shows(scene.arrives_s + 8, card)]
    for number, current_a in enumerate(steps, 1):
        actions.append(scene.asks(scene.arrives_s + number * third_s, "limit", current_a=current_a))
    actions += [scene.asks(scene.arrives_s + 3 * third_s, "unlimit"), scene.shows(stops_s, card)]
    return _visit(scene, "limited", card, leaves_s, actions, reason=LOCAL, stops_s=stops_s)


def until_full(scene: Scene) -> Visit:
    """The battery is full long before the car leaves."""
    card, leaves_s = scene.card(), scene.leaves_after(1_800, 4_200)
    actions = (scene.comes(energy_wh=scene.chance.randrange(300, 3_000)), scene.shows(scene.arrives_s + 8, card))
    return _visit(scene, "full", card, leaves_s, actions, reason=UNPLUGGED, stops_s=leaves_s)


def with_a_pause(scene: Scene) -> Visit:
    """The car itself pauses, twice."""
    card, leaves_s = scene.card(), scene.leaves_after(1_800, 4_200)
    part_s = (leaves_s - scene.arrives_s) / 6
    pauses = [
        scene.does(scene.arrives_s + number * part_s, verb)
        for number, verb in ((1, "suspend"), (2, "resume"), (3, "suspend"), (4, "resume"))
    ]
    actions = (scene.comes(), scene.shows(scene.arrives_s + 8, card), *pauses)
    return _visit(scene, "paused", card, leaves_s, actions, reason=UNPLUGGED, stops_s=leaves_s)


def unknown(scene: Scene) -> Visit:
    """A card nobody knows: nothing must come of it, with and without the link."""
    leaves_s, card = scene.leaves_after(120, 240), scene.habits.unknown
    actions = (scene.comes(), scene.shows(scene.arrives_s + 8, card))
    return _visit(scene, "unknown card", card, leaves_s, actions, bills=(0,))


def abandoned(scene: Scene) -> Visit:
    """Plugs in, and nobody ever shows a card."""
    leaves_s = scene.leaves_after(120, 240)
    return _visit(scene, "no card", "", leaves_s, (scene.comes(),), bills=(0,))


FAULTS: dict[str, tuple[dict[str, Value], frozenset[str]]] = {
    "estop": ({}, frozenset({"EmergencyStop"})),
    "meter_silent": ({}, frozenset({UNPLUGGED})),
    "mcu_reset": ({"cause": "watchdog"}, frozenset({"PowerLoss"})),
    "link_cut": ({"wire": "pilot"}, frozenset({UNPLUGGED, "Other", "PowerLoss"})),
    "rcd_ac": ({}, frozenset({UNPLUGGED, "Other"})),
}
"""Faults that a charger gets over by itself, and the reasons a charge may end with that met one."""


def with_a_fault(scene: Scene) -> Visit:
    """Something breaks in the middle and is whole again; the person only pulls the plug."""
    card, leaves_s = scene.card(), scene.leaves_after(1_200, 4_200)
    name = scene.chance.choice(sorted(FAULTS))
    arguments, reasons = FAULTS[name]
    at_s = scene.chance.uniform(scene.arrives_s + UNTOUCHED_S, leaves_s - 300)
    if name != "mcu_reset":
        arguments = {**arguments, "for_s": round(scene.chance.uniform(5, 40), 1)}
    breaks = scene.does(at_s, "fault", name=name, **arguments)
    actions = (scene.comes(), scene.shows(scene.arrives_s + 8, card), breaks)
    return _visit(scene, f"fault {name}", card, leaves_s, actions, reasons=reasons)


def overnight(scene: Scene) -> Visit:
    """Over midnight until the morning, mostly with a full battery."""
    card, leaves_s = scene.card(), round(scene.until_s - scene.chance.uniform(600, 5_400), 3)
    actions = (scene.comes(energy_wh=scene.chance.randrange(4_000, 40_000)), scene.shows(scene.arrives_s + 8, card))
    return _visit(scene, "overnight", card, leaves_s, actions, reason=UNPLUGGED, stops_s=leaves_s)


def hit_by_a_cut(scene: Scene) -> Visit:
    """The power goes in its time, or close by. The person only pulls the plug, and the board may have let go before."""
    card = scene.card()
    leaves_s = scene.leaves_after(4_000, 4_800)
    is_sure = not scene.is_cut(scene.arrives_s - 60, scene.arrives_s + UNTOUCHED_S)
    is_unhurt = not scene.is_cut(scene.arrives_s - 60, leaves_s + 60)
    reasons = frozenset({UNPLUGGED}) if is_unhurt else AFTER_A_CUT | {UNPLUGGED}
    actions = (scene.comes(), scene.shows(scene.arrives_s + 8, card))
    visit = _visit(scene, "power cut", card, leaves_s, actions, bills=(1,) if is_sure else (0, 1), reasons=reasons)
    return replace(visit, is_cut=not is_unhurt)


KINDS: dict[Kind, int] = {
    by_card: 5,
    by_unplugging: 4,
    by_remote: 4,
    limited: 3,
    until_full: 2,
    with_a_pause: 2,
    with_a_fault: 2,
    unknown: 1,
    abandoned: 1,
}
"""How often each is drawn."""


def _visit(
    scene: Scene,
    kind: str,
    token: str,
    leaves_s: float,
    actions: Sequence[Action],
    *,
    bills: tuple[int, ...] = (1,),
    reason: str = "",
    reasons: frozenset[str] = frozenset(),
    stops_s: float | None = None,
) -> Visit:
    return Visit(
        kind=kind,
        connector=scene.connector,
        arrives_s=scene.arrives_s,
        leaves_s=leaves_s,
        token=token,
        bills=bills,
        reasons=reasons or frozenset({reason}),
        starts_s=scene.arrives_s if stops_s is not None else None,
        stops_s=stops_s,
        is_plain=stops_s is not None,
        actions=(*actions, scene.does(leaves_s, "plug_out")),
    )
