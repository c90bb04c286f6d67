"""A case, and the words it is told in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

CARD, OTHER_CARD = "04A1B2C3", "04D4E5F6A7B8C9"
BOARDS = ("sim-single", "sim-socket", "sim-dual", "pi_pilot_single_phase_7kw")
SINGLE, SOCKET, DUAL, ONE_PHASE = BOARDS
PLUGGED_IN = {"ready_delay_s": 0.5, "draw_delay_s": 0.5, "current_a": 32.0}


class Actor(Enum):
    """Who does something: the world, its central system, or somebody with the controller's own disk and program."""

    WORLD = "world"
    NETWORK = "network"
    CONTROLLER = "controller"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done."""

    actor: Actor
    verb: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`before` is done in order; then `names` has to be among the reasons within `within_s`, and block `link`.

    `link` "" is a thing that stops no charge: it is named, and nothing would start what goes on. `mends` ends what was
    broken where that is more than to heal everything. `options` are those of the run. `changes`: the kinds that are
    expected in exactly this order on its own board, where it matters. `not_on`: boards that cannot have it.
    `connector` is the one that is asked about, and that has to charge. `is_patient`: what comes by itself is waited
    for. `says`: what has to stand in the reason's words or evidence. `gone_after_s`: so long after it was mended it is
    named no more; 0 is not waited for.
    `rounds`: how often it may be asked anew, where a part that is
    mended tells then what nobody could see before.
    """

    name: str
    names: str
    link: str
    before: tuple[Act, ...]
    board: str = SINGLE
    within_s: float = 20.0
    mends: tuple[Act, ...] = ()
    options: Callable[[], Mapping[str, Any]] = dict
    changes: tuple[str, ...] = ()
    rounds: int = 1
    connector: int = 1
    is_patient: bool = False
    says: str = ""
    gone_after_s: float = 0.0
    not_on: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        """It goes to another process by its name."""
        from tools.explain_cases.cases import by_name

        return by_name, (self.name,)


def world(verb: str, **given: Any) -> Act:
    return Act(Actor.WORLD, verb, given)


def network(verb: str, **given: Any) -> Act:
    return Act(Actor.NETWORK, verb, given)


def controller(verb: str, **given: Any) -> Act:
    return Act(Actor.CONTROLLER, verb, given)


def waits(seconds: float) -> Act:
    return controller("wait", seconds=seconds)


def plug_in(connector: int) -> Act:
    return world("plug_in", connector=connector, **PLUGGED_IN)


def plug_out(connector: int) -> Act:
    return world("plug_out", connector=connector)


PLUG_IN, PLUG_OUT = plug_in(1), plug_out(1)
SWIPE, SWIPE_OTHER = world("swipe", token=CARD), world("swipe", token=OTHER_CARD)
HEAL = world("heal")
CHARGE = (PLUG_IN, waits(3), SWIPE, world("wait", until="charging", connector=1, timeout_s=60))
PLUGGED = (PLUG_IN, waits(3), SWIPE)


def broken(way: str, **given: Any) -> Act:
    return world("fault", name=way, connector=1, **given)
