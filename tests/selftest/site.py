"""A simulated charger on the virtual clock, with an installer at it: where every self-test is tried out.

One test, one sentence of what is broken:

    def test_a_frequency_that_is_off_fails() -> None:
        outcome = run_check("ST203", world=[("fault", {"name": "cp_frequency", "hz": 900})])

        assert (outcome.verdict, outcome.cause) == (Verdict.FAIL, "cp.generator")

`world` are verbs of the simulator's control socket, done before the test begins and given two seconds to show. For what
has to happen in the middle there is the installer (tests/selftest/installer.py): `answers` by the key of the question,
each a text or an `Act` that does something first; `does` by a part of what the test tells:

    run_check("ST412", answers={"ST412.pressed": Act(verbs=[("press", {"what": "estop", "for_s": 5})])})
    run_check("ST303", does={"Press the test button": [("fault", {"name": "rcd_ac"})]})

The adapter follows by itself what a test asks for (`bench.set_adapter`), and the proof for power is given. Of the rest
of the site: `board` is one that the simulator can be, `before` are tests done first, in the same job, by the same
installer (what they found is `bench.earlier`), `typed` is what the job knows (`bench.answer`), `options` are those of
`tools.simulate.run.Options` (`commissioning="required"`, `meter_wh=5000`, `more_site="[mqtt]…"`). The central system
has the charger's time (`behaviour=SameTime()`), until its `clock_offset_s` is set.

For more than one outcome there is `tell(story)`: a coroutine that gets the `Site` and may do anything with it. Behind
every story and every check no rule of the world may have been broken, and no contactor be closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from agent.core.commissioning.catalogue import Scope, catalogue
from agent.core.commissioning.model import Attempt, Outcome
from agent.core.commissioning.steps import Place
from agent.core.identity import ConnectorId
from agent.selftest.ports import Helper
from agent.selftest.runner import Runner
from tests.selftest.installer import LOCAL_KEY, Answers, Installer, Verb
from tests.simulation.stage import Charger
from tests.simulation.stage import tell as tell_story
from tools.simulate.run import Options
from tools.simulate.same_time import SameTime

SHOWS_WITHIN_S = 2.0
"""What the world was told is measured, debounced and reported by then."""


MAY_BREAK = ("offers current without a fresh permission",)
"""A test drives the pilot of an empty outlet, which is nobody's offer."""


class Site:
    """A charger, its central system, and an installer. `attempts` is what the job has found so far."""

    def __init__(self, charger: Charger) -> None:
        self.charger = charger
        self.installer = Installer(world=charger.stage.rig.world)
        self.attempts: list[Attempt] = []
        self.typed: dict[str, str] = {}

    async def world(self, verb: str, **given: object) -> dict[str, Any]:
        return await self.charger.world(verb, **given)

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    @contextmanager
    def running(self, helper: Helper | None = None) -> Iterator[Runner]:
        """Somebody tests: by default the installer, on site, who can prove the right to power."""
        own = Helper(person=self.installer, by="installer anna", prove=self.installer.prove)
        with self.charger.agent.tests.run(helper or own, lambda: tuple(self.attempts), self.typed.get) as runner:
            yield runner

    async def check(self, test: str, connector: int = 1, helper: Helper | None = None) -> Outcome:
        """One attempt at a test, as it goes on record."""
        self.installer.connector = connector
        with self.running(helper) as runner:
            self.attempts.append(await runner.attempt(place_of(test, connector)))
        return self.attempts[-1].outcome


def place_of(test: str, connector: int = 1) -> Place:
    return test, None if catalogue()[test].scope is Scope.STATION else ConnectorId(connector)


def tell(story: Callable[[Site], Awaitable[None]], may_break: Collection[str] = (), **options: Any) -> None:
    """Run a story at a site. `options` are those of `Options`; `may_break` words of rules that it cannot keep."""

    async def told(charger: Charger) -> None:
        await _give_keys(charger)
        await story(Site(charger))

    tell_story(told, Options(**{"behaviour": SameTime(), **options}), (*MAY_BREAK, *may_break))


async def _give_keys(charger: Charger) -> None:
    """Every pilot board gets the local key of its unit, as the factory does it, and starts with it."""
    boards = charger.stage.rig.world.boards
    for number, board in boards.items():
        board.kept["local_key"] = LOCAL_KEY
        await charger.world("fault", name="mcu_reset", connector=number, cause="power")
    if boards:
        await charger.passes(5.0)


def run_check(
    test: str,
    *,
    board: str = "sim-single",
    connector: int = 1,
    world: Sequence[Verb] = (),
    answers: Answers | None = None,
    does: Mapping[str, Sequence[Verb]] | None = None,
    before: Sequence[str] = (),
    typed: Mapping[str, str] | None = None,
    may_break: Collection[str] = (),
    stuck_at: str = "",
    **options: Any,
) -> Outcome:
    """What one attempt at `test` finds at a charger to which `world` was done. See the module's docstring."""
    found: list[Outcome] = []

    async def story(site: Site) -> None:
        installer = site.installer
        installer.answers, installer.does, installer.stuck_at = answers or {}, does or {}, stuck_at
        site.typed.update(typed or {})
        for verb, given in world:
            await site.world(verb, **{"connector": connector, **given} if verb in AT_A_CONNECTOR else dict(given))
        if world:
            await site.passes(SHOWS_WITHIN_S)
        for one in before:
            await site.check(one, connector)
        found.append(await site.check(test, connector))

    tell(story, may_break, board=board, **options)
    return found[0]


AT_A_CONNECTOR = ("plug_in", "plug_out", "suspend", "resume", "fault", "leak", "supply", "adapter")
"""Verbs that mean the connector of the test where they name none."""
