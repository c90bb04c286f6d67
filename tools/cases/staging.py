"""A case on a stage: charger, world and central system as it has them, and its acts, one by one."""

from __future__ import annotations

from contextlib import AsyncExitStack, suppress
from pathlib import Path

from firmware_sim import verbs
from firmware_sim.arguments import NotNow
from tools.cases.doings import do
from tools.cases.model import Act, Case, Whose
from tools.csms.behaviour import Behaviour
from tools.csms.dispatch import carry_out
from tools.simulate.clock import VirtualClock
from tools.simulate.room import NOTHING
from tools.simulate.run import Options, Stage
from tools.sites import networks

BEGINS_AFTER_S = 10.0


async def staged(
    case: Case, folder: Path, stack: AsyncExitStack, *, more_site: str, clock: VirtualClock, behaviour: Behaviour
) -> Stage:
    """Everything there, the charger started, nothing done yet. `clock` and `behaviour` are of one time."""
    options = Options(
        board=case.board, commissioning=case.commissioning, clock=clock, behaviour=behaviour, more_site=more_site
    )
    if not case.network:
        return await Stage.set_up(NOTHING, options, folder, stack)
    way = await networks.laid(case.network, options, folder, stack)
    return await Stage.set_up(NOTHING, way.options, folder, stack, url=way.url)


async def done(act: Act, stage: Stage) -> None:
    """One act, without the wait after it. What the world cannot do now is left undone."""
    given = dict(act.given)
    match act.whose:
        case Whose.WORLD:
            with suppress(NotNow):
                await verbs.perform(stage.rig.world, act.verb, given)
        case Whose.OFFICE:
            answer = await carry_out(stage.office.system, {"id": 0, "do": act.verb, **given})
            assert answer["ok"], answer
        case Whose.HERE:
            await do(stage, act.verb, given)
