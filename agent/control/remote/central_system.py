"""What the central system asks by DataTransfer: the same verbs, with the same answers, for chargers without a broker.

It needs no key: who it is was settled when the link was made, and the site file says how far it may go. While a call is
answered nothing else is heard from the network, so what takes longer than a moment goes on alone, and is fetched by
asking for "result" with the id it got.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from agent.config.support import DataTransferScope
from agent.control.peer import REMOTE_UID, Caller
from agent.control.registry import find
from agent.control.remote.pacing import PacedDoor
from agent.control.remote.question import CASE, MOST_BYTES, arguments_of, case_of, fitted
from agent.control.remote.running import Answered, Runner
from agent.control.remote.telling import Telling
from agent.control.roles import Role
from agent.core.orders.effects import Effect, needs_no_name
from agent.errors import BadRequest
from agent.values import frozen

OCPP = "ocpp"
RESULT = "result"
WAITS_S = 1.0
"""Beyond it the answer is an id: the answers to our own calls wait behind this one."""
AT_ONCE = 2
KEPT = 4


@frozen
class Told:
    """`known` false: there is no such verb. `done` false: `body` holds the reason."""

    body: Mapping[str, Any]
    done: bool = True
    known: bool = True


@frozen
class _Job:
    id: str
    verb: str
    arguments: Mapping[str, Any]
    caller: Caller
    answer: asyncio.Future[Answered]


class CentralSystem:
    """`run` carries out what was asked; `new_id` names an answer that is fetched later."""

    def __init__(
        self,
        runner: Runner,
        telling: Telling,
        *,
        scope: DataTransferScope,
        allow: frozenset[str] | None,
        new_id: Callable[[], str],
        pace: PacedDoor,
    ) -> None:
        self._runner, self._telling = runner, telling
        self._scope, self._allow, self._new_id = scope, allow, new_id
        self._pace = pace
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue(AT_ONCE)
        self._kept: OrderedDict[str, _Job] = OrderedDict()
        self._running = 0

    async def run(self) -> None:
        """Do what was asked for, for ever."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                job = await self._jobs.get()
                tasks.create_task(self._do(job), name=f"asked {job.verb}")

    async def asked(self, verb: str, data: str | None) -> Told:
        """The answer to one DataTransfer. Raises nothing of its own."""
        if not self._pace.takes_one_more():
            return _no("too many questions at once; 10 a second are answered")
        try:
            arguments = arguments_of(data)
            if verb == RESULT:
                return await self._fetched(str(arguments.get("id", "")))
            case = "" if _has_own_case(verb) else case_of(arguments)
        except BadRequest as error:
            return _no(str(error))
        await self._pace.recall(verb)
        why = self._objection(verb)
        if why is not None:
            return why
        self._running += 1
        role = Role.SERVICE if self._scope is DataTransferScope.ALL else Role.OPERATOR
        caller = Caller(uid=REMOTE_UID, role=role, via=OCPP, case=case)
        answer: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        job = _Job(self._new_id(), verb, arguments, caller, answer)
        self._jobs.put_nowait(job)
        return await self._waited(job)

    async def _waited(self, job: _Job) -> Told:
        try:
            async with asyncio.timeout(WAITS_S):
                return _told(await asyncio.shield(job.answer))
        except TimeoutError:
            self._kept[job.id] = job
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return Told({"pending": True, "id": job.id})

    async def _fetched(self, id: str) -> Told:
        job = self._kept.get(id)
        if job is None:
            return _no(f'no answer "{id[:40]}" waits here; ask the question itself again')
        told = await self._waited(job)
        if job.answer.done():
            self._kept.pop(id, None)
        return told

    async def _do(self, job: _Job) -> None:
        began, effect = self._telling.now(), find(job.verb).remote
        is_told = effect is not Effect.READ or bool(job.caller.case)
        try:
            if is_told:
                self._telling.accepted(job.verb, job.caller)
            answered = await self._runner.run(job.verb, job.arguments, job.caller)
            if answered.kind == "refused":
                self._pace.not_done(job.verb)
            if is_told:
                self._telling.done(job.verb, job.caller, answered.kind, began)
            if not job.answer.done():
                job.answer.set_result(answered)
        finally:
            self._running -= 1
            job.answer.cancel()

    def _objection(self, verb: str) -> Told | None:
        try:
            action = find(verb)
        except BadRequest as error:
            return Told({"reason": str(error)}, done=False, known=False)
        if action.remote is None:
            return _no(f"{verb} is done at the charger only")
        if self._scope is DataTransferScope.READ and (action.changes or action.remote is not Effect.READ):
            return _no(f'{verb} does more than read; the site file has to say [support] data_transfer = "all"')
        unnamed = needs_no_name(action.remote, changes=action.changes)
        if not (verb in self._allow if self._allow is not None else unnamed):
            return _no(f'{verb} may not be asked for at this site; [support] allow has to name "{verb}"')
        # Before what counts: of whoever has to wait nothing was done.
        if self._running >= AT_ONCE:
            return _no(f"{AT_ONCE} questions are being answered already; ask again when one is")
        too_often = self._pace.too_often(verb, action.remote)
        return _no(too_often) if too_often else None


def _told(answered: Answered) -> Told:
    if answered.kind != "result":
        reason = answered.fields["reason"]
        return Told({"reason": reason["text"]}, done=False)
    body = dict(answered.fields["body"])
    if not answered.fields["passed"]:
        body["passed"] = False
    if answered.file is not None:
        body["file"] = {"name": answered.file.name, "how": "GetDiagnostics uploads a bundle; or order it over MQTT"}
    return Told(fitted(body, MOST_BYTES))


def _has_own_case(verb: str) -> bool:
    """Whether `case` among the arguments is the verb's own, as that of `audit`: then it is none of the envelope."""
    try:
        return any(one.name == CASE for one in find(verb).parameters)
    except BadRequest:
        return False


def _no(why: str) -> Told:
    return Told({"reason": why}, done=False)
