"""From a seed to a plan: which cars come, which cards are shown, what breaks and when. Knows nothing of an agent.

A plan is a value: equal seeds give equal plans, and `python -m tools.simulate --seed N` plays one again. Each kind of
story draws from a stream of its own, so that a new way to break leaves the cars of old seeds alone.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from firmware_sim import breakage

Value = str | int | float | bool
Times = Iterator[tuple[float, float]]

CALM_S = 120.0
"""At the end of a plan everything is mended and everybody gone for that long: what was recorded must arrive."""

CARDS = ("04A1B2C3", "04D4E5F6A7B8C9", "DEADBEEF", "CAFE0001")
"""The first two are good ones by agreement with whoever plays the plan; nobody knows the others."""

CURRENTS_A = (6.0, 10.0, 13.0, 16.0, 20.0, 32.0)
LIMITS_A = (0.0, 5.0, 6.0, 8.0, 10.0, 16.0, 24.0, 32.0)


class Actor(Enum):
    """Who carries an action out: the world's verbs, the central system, or whoever holds the agent."""

    WORLD = "world"
    NETWORK = "network"
    AGENT = "agent"


NETWORK_VERBS = (
    "silent", "slow", "refuse", "drop", "hostile", "heal", "limit", "unlimit", "remote_start", "remote_stop",
)  # fmt: skip
"""`slow` has delay_s, `hostile` frames, `limit` connector and current_a, `unlimit` and `remote_stop` connector,
`remote_start` connector and token. `heal` ends silent, slow and refuse."""

AGENT_VERBS = ("crash", "restart", "power_cut")
"""`crash` happens at the `commits`-th commit from now, `when` it is "before" or "after"; `restart` builds a new agent
where one is missing and stops and builds it where none crashed; `power_cut` ends agent and boards at once."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that somebody does, `at_s` from the start of the plan."""

    at_s: float
    actor: Actor
    verb: str
    arguments: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        words = [f"{key}={value}" for key, value in self.arguments]
        return " ".join((f"{self.at_s:.3f}", self.actor.value, self.verb, *words))

    @property
    def given(self) -> dict[str, object]:
        """The arguments as `verbs.perform` takes them."""
        return dict(self.arguments)


@dataclass(frozen=True, slots=True)
class Plan:
    """Actions in the order of their times. `duration_s` includes the calm at the end."""

    seed: int
    connectors: tuple[int, ...]
    duration_s: float
    actions: tuple[Action, ...]

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of the world's faults in this plan: some excuse what others must not."""
        named = {str(action.given["name"]) for action in self.actions if action.verb == "fault"}
        return tuple(sorted(named))

    def text(self) -> str:
        """One line for each action."""
        return "".join(f"{action}\n" for action in self.actions)


def draw(seed: int, *, connectors: Sequence[int] = (1,), duration_s: float = 900.0) -> Plan:
    """The plan of `seed`. Every plan has cars and cards; each kind of trouble comes in about half of them."""
    busy_s = round(max(60.0, duration_s - CALM_S), 3)
    actions: list[Action] = []
    for connector in connectors:
        visits = list(_visits(_stream(seed, f"visits {connector}"), busy_s))
        for number, (arrives_s, leaves_s) in enumerate(visits):
            actions += _visit(_stream(seed, f"car {connector} {number}"), connector, arrives_s, leaves_s)
            actions += _trouble_with_car(_stream(seed, f"manners {connector} {number}"), connector, arrives_s, leaves_s)
        actions += _breakage(_stream(seed, f"breakage {connector}"), connector, busy_s)
        actions += _limits(_stream(seed, f"limits {connector}"), connector, busy_s)
    actions += _network(_stream(seed, "network"), busy_s)
    actions += _crashes(_stream(seed, "crashes"), busy_s)
    actions += _calm(connectors, busy_s)
    # Sorting keeps the order of equal times.
    return Plan(seed, tuple(connectors), busy_s + CALM_S, tuple(sorted(actions, key=lambda action: action.at_s)))


async def play(plan: Plan, perform: Callable[[Action], Awaitable[None]]) -> None:
    """Hand every action to `perform` at its time, and return at the end of the calm."""
    clock = asyncio.get_running_loop().time
    start = clock()
    for action in plan.actions:
        await asyncio.sleep(max(0.0, start + action.at_s - clock()))
        await perform(action)
    await asyncio.sleep(max(0.0, start + plan.duration_s - clock()))


def _stream(seed: int, story: str) -> random.Random:
    return random.Random(f"{seed} {story}")


def _world(at_s: float, verb: str, **arguments: Value) -> Action:
    return Action(round(at_s, 3), Actor.WORLD, verb, tuple(sorted(arguments.items())))


def _csms(at_s: float, verb: str, **arguments: Value) -> Action:
    return Action(round(at_s, 3), Actor.NETWORK, verb, tuple(sorted(arguments.items())))


def _agent(at_s: float, verb: str, **arguments: Value) -> Action:
    return Action(round(at_s, 3), Actor.AGENT, verb, tuple(sorted(arguments.items())))


# --- cars and cards


def _visits(chance: random.Random, until_s: float) -> Times:
    """Arrival and departure of one car after the other; at least one."""
    arrives_s = chance.uniform(5, 40)
    while True:
        leaves_s = arrives_s + chance.choice((chance.uniform(5, 40), chance.uniform(60, 400)))
        yield arrives_s, min(leaves_s, until_s - 1)
        arrives_s = leaves_s + chance.uniform(3, 90)
        if arrives_s > until_s - 10:
            return


def _visit(chance: random.Random, connector: int, arrives_s: float, leaves_s: float) -> Iterator[Action]:
    yield _world(arrives_s, "plug_in", connector=connector, **_traits(chance))
    card = chance.choice(CARDS)
    shown_s = arrives_s + chance.choice((-4.0, chance.uniform(0.2, 20)))
    yield from _authorised(chance, connector, card, min(max(0.0, shown_s), leaves_s + 0.5))
    if chance.random() < 0.3:
        yield from _pause(chance, connector, arrives_s, leaves_s)
    if chance.random() < 0.6:
        stops_s = chance.uniform(arrives_s, leaves_s)
        by_card = _world(stops_s, "swipe", token=card)
        yield chance.choice((by_card, _csms(stops_s, "remote_stop", connector=connector)))
    yield _world(leaves_s, "plug_out", connector=connector)


def _traits(chance: random.Random) -> Mapping[str, Value]:
    traits: dict[str, Value] = {
        "ready_delay_s": round(chance.uniform(0.1, 10), 2),
        "draw_delay_s": round(chance.uniform(0.1, 3), 2),
        "current_a": chance.choice(CURRENTS_A),
        "phases": chance.choice((1, 2, 3, 3)),
    }
    if chance.random() < 0.3:
        traits["energy_wh"] = chance.randrange(20, 1500)
    return traits


def _authorised(chance: random.Random, connector: int, card: str, shown_s: float) -> Iterator[Action]:
    if chance.random() < 0.75:
        yield _world(shown_s, "swipe", token=card)
        if chance.random() < 0.1:
            yield _world(shown_s + 0.3, "swipe", token=card)
    else:
        yield _csms(shown_s, "remote_start", connector=connector, token=card)


def _pause(chance: random.Random, connector: int, arrives_s: float, leaves_s: float) -> Iterator[Action]:
    first_s, second_s = sorted(chance.uniform(arrives_s + 0.01, leaves_s - 0.01) for _ in range(2))
    yield _world(first_s, "suspend", connector=connector)
    yield _world(second_s, "resume", connector=connector)


def _trouble_with_car(chance: random.Random, connector: int, arrives_s: float, leaves_s: float) -> Iterator[Action]:
    if chance.random() < 0.15:
        name = chance.choice(breakage.FAULTS_OF_CARS)
        yield _world(chance.uniform(arrives_s + 0.01, leaves_s - 0.01), "fault", name=name, connector=connector)


# --- what breaks


LATCHED_BUT_DRAWN = ("weld",)
NOT_DRAWN = (
    "car_gone", "meter_exchanged", "board_exchanged", "mcu_reconfigured", *breakage.FAULTS_OF_CARS,
    *breakage.NEEDS_MODBUS_EVSE, *breakage.NEEDS_CHIP, *breakage.NEEDS_SOCKET, *breakage.NEEDS_RAPI,
    *breakage.NEEDS_READER, *breakage.NEEDS_SENSOR, *breakage.NEEDS_RELAYS, *breakage.WIRED_WRONG,
    *breakage.BUILT_WRONG,
    *(name for name in breakage.FOR_SERVICE if name not in LATCHED_BUT_DRAWN),
)  # fmt: skip
"""What belongs to cars is drawn with the visits, which know when there is one; that a plug is torn out under load is in
every visit. After an exchange of the meter no account of the energy would have to hold any more: stories tell it. A
board that waits for service charges nobody for the rest of a plan: one such fault shows it. Where nobody pins a
configuration another one is a mere restart."""


def _breakage(chance: random.Random, connector: int, until_s: float) -> Iterator[Action]:
    """A few kinds of trouble, each once or several times: a run with everything shows less than one with little."""
    if chance.random() < 0.4:
        return
    ways = [name for name in sorted(breakage.WAYS) if name not in NOT_DRAWN and not name.startswith("csms_")]
    for name in chance.sample(ways, chance.randint(1, 3)):
        for _ in range(chance.randint(1, 3)):
            at_s = chance.uniform(1, until_s - 1)
            lasts_s = chance.choice((chance.uniform(0.05, 3), chance.uniform(3, 60)))
            lasts_s = min(lasts_s, until_s - at_s)
            arguments = _fault_arguments(chance, name)
            yield _world(at_s, "fault", name=name, connector=connector, for_s=round(lasts_s, 3), **arguments)


def _fault_arguments(chance: random.Random, name: str) -> Mapping[str, Value]:
    match name:
        case "link_cut" | "link_gone":
            return {"wire": chance.choice(("pilot", "meter", "reader"))}
        case "serial_noise":
            return {"wire": chance.choice(("pilot", "meter", "reader")), "rate": chance.choice((0.001, 0.01, 0.1))}
        case "cp_diode":
            return {"diode": chance.choice(("shorted", "open", "reversed"))}
        case "cp_short":
            return {"ohm": chance.choice((0.0, 40.0, 80.0, 120.0))}
        case "meter_late":
            return {"delay_s": round(chance.uniform(0.1, 3), 2)}
        case "mcu_reset":
            return {"cause": chance.choice(breakage.RESET_CAUSES)}
        case _:
            return {}


def _limits(chance: random.Random, connector: int, until_s: float) -> Iterator[Action]:
    if chance.random() < 0.5:
        return
    for _ in range(chance.randint(1, 6)):
        at_s = chance.uniform(1, until_s)
        if chance.random() < 0.2:
            yield _csms(at_s, "unlimit", connector=connector)
        else:
            yield _csms(at_s, "limit", connector=connector, current_a=chance.choice(LIMITS_A))


def _network(chance: random.Random, until_s: float) -> Iterator[Action]:
    if chance.random() < 0.5:
        return
    for verb in chance.sample(("silent", "slow", "refuse", "drop", "hostile"), chance.randint(1, 3)):
        at_s = chance.uniform(1, until_s - 1)
        match verb:
            case "slow":
                yield _csms(at_s, verb, delay_s=round(chance.uniform(0.5, 40), 1))
            case "hostile":
                yield _csms(at_s, verb, frames=chance.randint(1, 40))
            case _:
                yield _csms(at_s, verb)
        if verb in ("silent", "slow", "refuse"):
            yield _csms(min(until_s, at_s + chance.uniform(5, 300)), "heal")


def _crashes(chance: random.Random, until_s: float) -> Iterator[Action]:
    if chance.random() < 0.5:
        return
    for _ in range(chance.randint(1, 3)):
        at_s = chance.uniform(1, until_s - 1)
        if chance.random() < 0.3:
            yield _agent(at_s, "power_cut")
        else:
            yield _agent(at_s, "crash", commits=chance.randint(1, 25), when=chance.choice(("before", "after")))
        yield _agent(min(until_s, at_s + chance.uniform(0.5, 60)), "restart")


def _calm(connectors: Sequence[int], at_s: float) -> Iterator[Action]:
    """Everything whole again, and everybody there to tell what was kept."""
    yield _world(at_s, "heal")
    yield _csms(at_s, "heal")
    for connector in connectors:
        yield _csms(at_s, "unlimit", connector=connector)
    yield _agent(at_s, "restart")
