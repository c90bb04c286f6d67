"""Orders over MQTT: read, judged, put on disk, done, answered (security.md S-22 to S-24). `OrderDesk` of telemetry.

What is read of an order before its signature was checked decides nothing but whether it is looked at any further. Its
id is on disk before the order is done, so that neither a restart nor a power cut lets it be done twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from agent.control.remote.answers import Answers
from agent.control.remote.gate import Gate, NoteSecurity, Proven, answer, refused
from agent.control.remote.judgement import Bench, Taken
from agent.control.remote.ports import Reply
from agent.control.remote.running import Answered, Runner
from agent.control.remote.streams import STREAM, Streams
from agent.control.remote.telling import Telling
from agent.core.orders.judging import STALE, Refusal
from agent.core.rate import Rate
from agent.errors import AgentError

AT_ONCE = 4
"""Orders that are being done; one more is refused and may come again under its id. What is only watched has places of
its own, so that nobody is kept from the rest by a screen that somebody left."""
MOST_WAIT = 12
"""Those that only read wait for their turn: ten people may want the same bundle at once."""


class RemoteDesk:
    """One a run."""

    def __init__(self, bench: Bench, runner: Runner, telling: Telling, *, note: NoteSecurity) -> None:
        self._bench, self._runner, self._telling = bench, runner, telling
        self._gate = Gate(bench, telling, note)
        self._answers = Answers()
        self._again = Rate(10, 5.0).bucket()
        self._doing: set[str] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._streams = Streams()
        self.dropped = 0
        """Payloads that were not even read: too many at once."""

    async def take(self, payload: bytes, reply: Reply, *, retained: bool) -> None:
        """Never raises: what a verb breaks is caught by the dispatcher, and what is sent by the checks."""
        if not self._bench.takes_one_more():
            self.dropped += 1
            self._gate.turn_away("too_many")
            return
        if retained:
            self._gate.turn_away("retained")
            return
        given = await self._gate.proven(payload, reply)
        if given is None:
            return
        judged = await self._bench.judged(given.order, given.key, reply)
        if isinstance(judged, Refusal):
            if judged.key == STALE:
                reply.renew_nonce()
            await reply.say(self._again_or_refused(given, judged))
        elif not self._has_room(given, judged):
            self._bench.not_done(given.order)
            busy = Refusal(
                "busy", f"{len(self._doing)} orders are being done already; send this one again when one has ended"
            )
            await reply.say(refused(given.order, busy))
        else:
            await self._take_on(given, reply)

    def _has_room(self, given: Proven, judged: Taken) -> bool:
        if given.order.verb == STREAM:
            return self._streams.has_room
        return len(self._doing) < (AT_ONCE + MOST_WAIT if judged.only_reads else AT_ONCE)

    def _again_or_refused(self, given: Proven, refusal: Refusal) -> Mapping[str, Any]:
        known = self._known_answer(given) if refusal.key == "seen" else None
        if known is not None:
            return known
        self._telling.refused(given.order.verb, given.caller, refusal.key)
        if refusal.key in ("seen", "forgotten"):
            self._gate.replayed(given)
        return refused(given.order, refusal)

    def _known_answer(self, given: Proven) -> Mapping[str, Any] | None:
        """What was said to this very order before, for a broker delivers at least once."""
        if not self._again.take(self._telling.now().monotonic_s):
            return None
        if given.order.id in self._doing or given.order.id in self._streams:
            return answer(given.order, "ack")
        return self._answers.of(given.order.id, given.payload)

    async def _take_on(self, given: Proven, reply: Reply) -> None:
        order, caller, began = given.order, given.caller, self._telling.now()
        tell = partial(_progress, reply, given)
        if order.verb == STREAM:
            self._streams.begin(given.key.id, order.id)
        else:
            self._doing.add(order.id)
        try:
            why = await self._bench.put_on_record(order)
            if why is not None:
                self._bench.not_done(order)
                self._telling.refused(order.verb, caller, why.key)
                await reply.say(refused(order, why))
                return
            self._telling.accepted(order.verb, caller)
            await reply.say(answer(order, "ack"))
            async with nullcontext() if order.verb == STREAM else self._turns:
                ended = await self._runner.run(
                    order.verb, order.args, caller, self._streams.told(given.key.id, order.id, tell)
                )
                if ended.kind == "refused":
                    self._bench.not_done(order)
                told = await _sent(given, ended, reply)
            self._answers.remember(order.id, given.payload, told)
            self._telling.done(order.verb, caller, str(told["kind"]), began)
            await reply.say(told)
        finally:
            self._doing.discard(order.id)
            self._streams.end(given.key.id, order.id)


async def _sent(given: Proven, ended: Answered, reply: Reply) -> dict[str, Any]:
    """The last answer, once the file that belongs to it has left."""
    told = answer(given.order, ended.kind, **ended.fields)
    if ended.file is None:
        return told
    try:
        blob = await reply.send_blob(given.order.id, ended.file.name, ended.content_type, ended.file)
    except (AgentError, OSError) as error:
        text = str(error) if isinstance(error, AgentError) else "its file cannot be read any more; order it again"
        return answer(given.order, "failed", reason={"key": "file", "text": text})
    return {**told, "blob": blob}


async def _progress(reply: Reply, given: Proven, body: Mapping[str, Any]) -> None:
    await reply.say(answer(given.order, "progress", body=dict(body)))
