"""One case, from what is broken to the charge that begins: the whole charger in its world, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.core.faults.catalogue import CATALOGUE
from agent.core.faults.model import Recovery
from firmware_sim import virtual_loop
from tools.explain_cases.acts import SERVICE_KEY, Hands
from tools.explain_cases.case import Act, Case, broken
from tools.simulate.room import NOTHING, in_memory
from tools.simulate.run import Options, Stage

SHOWS_WITHIN_S = 5.0
LOOKS_EVERY_S = 2.0
STARTS_WITHIN_S = 200.0
"""The longest rest of a contactor, and the longest hold of a fault, with some seconds to spare."""
OPENS_WITHIN_S = 10.0
"""A board that lost its host opens by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of it. `wrong` is empty where all is as it should be; `body` is what `explain` said at its best."""

    case: Case
    wrong: str
    body: Mapping[str, Any]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(one["do"]["kind"] for one in self.body.get("would_start", ()))


def play(case: Case, board: str = "") -> Heard:
    """On a virtual loop of its own. `board`: another one than the case's."""
    with in_memory("evse-case-") as folder:
        return virtual_loop.run(_play(case, board or case.board, folder))


async def _play(case: Case, board: str, folder: Path) -> Heard:
    async with AsyncExitStack() as stack:
        stage = await Stage.set_up(NOTHING, replace(Options(board=board), **case.options()), folder, stack)
        hands = Hands(stage, case, folder / "agent.sock", folder)
        await asyncio.sleep(SHOWS_WITHIN_S)
        await _know_the_key(stage, hands, case)
        for act in case.before:
            await hands.do(act)
        body, wrong = await _named(hands, case, is_own=board == case.board)
        if not wrong and case.link:
            wrong = await _started(stage, hands, case, body)
        if not wrong and case.gone_after_s:
            wrong = await _stays(hands, case)
        await stage.charger.stop()
        return Heard(case=case, wrong=wrong, body=body)


async def _know_the_key(stage: Stage, hands: Hands, case: Case) -> None:
    """A board that knows whose signature ends its latches, as each does once it is commissioned."""
    kind = CATALOGUE.get(case.names.removeprefix("fault."))
    if kind is None or kind.recovery is not Recovery.SERVICE or 1 not in stage.rig.world.boards:
        return
    stage.rig.world.boards[1].kept["service_key"] = SERVICE_KEY.public_key().public_bytes_raw()
    await hands.do(broken("mcu_reset", cause="power"))
    await asyncio.sleep(65.0)


async def _named(hands: Hands, case: Case, *, is_own: bool) -> tuple[Mapping[str, Any], str]:
    """The first answer that names it, and that it does so in the right place."""
    body: Mapping[str, Any] = {}
    for _ in range(1 + round(case.within_s / LOOKS_EVERY_S)):
        body = await hands.explained()
        named = [one for one in body["reasons"] if one["key"] == case.names]
        if named:
            told = f"{named[0]['what']} {named[0]['evidence']}"
            wrong = "" if case.says in told else f'"{case.says}" is not said: {told}'
            return body, wrong or _misplaced(case, body, is_own=is_own)
        await asyncio.sleep(LOOKS_EVERY_S)
    return body, f"{case.names} is not named: {body['headline']}; {[one['key'] for one in body['reasons']]}"


def _misplaced(case: Case, body: Mapping[str, Any], *, is_own: bool) -> str:
    states = {one["link"]: one["state"] for one in body["chain"]}
    blocking = [link for link, state in states.items() if state == "blocks"]
    if not case.link:
        own = next(one["link"] for one in body["reasons"] if one["key"] == case.names)
        return f"{own} blocks, and it stops no charge" if states.get(own) == "blocks" else ""
    if not blocking or (case.link != "*" and case.link not in blocking):
        return f"{case.link} does not block, but {blocking}"
    kinds = tuple(one["do"]["kind"] for one in body["would_start"])
    if is_own and case.changes and kinds != case.changes:
        return f"it would be started by {kinds}, and not by {case.changes}"
    return "" if kinds else f"nothing would start it: {body['headline']}"


async def _started(stage: Stage, hands: Hands, case: Case, body: Mapping[str, Any]) -> str:
    """Whether what was said to start it does, in the world: energy flows."""
    await asyncio.sleep(OPENS_WITHIN_S if _flows(stage, case) else 0.0)
    if _flows(stage, case):
        return "a current flows although explain says that none can"
    made: list[object] = []
    for _ in range(case.rounds):
        changes: Sequence[Mapping[str, Any]] = body["would_start"]
        for change in changes:
            made.append(change["do"])
            await hands.make(change)
        if await _begins(stage, case):
            return ""
        body = await hands.explained()
    wanted = [one["do"] for one in body["would_start"]]
    return f"it does not start by {made}: {body['headline']}; now it would by {wanted}"


async def _stays(hands: Hands, case: Case) -> str:
    """Whether it is still named once it was mended."""
    await hands.mend()
    await asyncio.sleep(case.gone_after_s)
    still = [one["what"] for one in (await hands.explained())["reasons"] if one["key"] == case.names]
    return f"it was mended {case.gone_after_s:g} s ago, and is still told: {still[0]}" if still else ""


async def _begins(stage: Stage, case: Case) -> bool:
    for _ in range(round(STARTS_WITHIN_S)):
        if _flows(stage, case):
            return True
        await asyncio.sleep(1.0)
    return False


def _flows(stage: Stage, case: Case) -> bool:
    outlet = stage.rig.world.outlets[case.connector]
    return outlet.contactor.main_closed and any(outlet.phase_ma())


def worded(acts: Sequence[Act]) -> str:
    """What was done, in a line."""
    return ", ".join(f"{act.verb}({', '.join(f'{key}={value}' for key, value in act.given.items())})" for act in acts)
