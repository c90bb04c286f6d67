"""Orders over MQTT: read, judged, put on disk, done, answered (security.md S-22 to S-24). `OrderDesk` of telemetry.

What is read of an order before its signature was checked decides nothing but whether it is looked at any further. Its
id is on disk before the order is done, so that neither a restart nor a power cut lets it be done twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from agent.control.peer import REMOTE_UID, Caller
from agent.control.remote.answers import Answers
from agent.control.remote.judgement import Bench, Taken
from agent.control.remote.ports import Reply
from agent.control.remote.running import Runner
from agent.control.remote.telling import Stranger, Telling
from agent.control.roles import Role
from agent.core.orders.checking import BadOrder
from agent.core.orders.envelope import Order
from agent.core.orders.judging import FORGED, Refusal
from agent.core.orders.pace import Pace, of_all
from agent.core.time import Instant
from agent.errors import AgentError
from agent.order_text import parse
from agent.security.events import SecurityEvent
from agent.values import frozen

log = logging.getLogger(__name__)

MQTT = "mqtt"
NoteSecurity = Callable[[SecurityEvent, str], None]
AT_ONCE = 4
"""Orders that are being done; one more is refused and may come again under its id."""


class RemoteDesk:
    """One a run. `device` is the charger's name on the broker."""

    def __init__(
        self, bench: Bench, runner: Runner, telling: Telling, now: Callable[[], Instant], *, note: NoteSecurity
    ) -> None:
        self._bench, self._runner, self._telling, self._now, self._note = bench, runner, telling, now, note
        self._answers = Answers()
        self._pace = of_all()
        self._again = Pace(per_s=0.2, burst=10.0)
        self._doing: set[str] = set()
        self.dropped = 0
        """Payloads that were not even read: too many at once."""

    async def take(self, payload: bytes, reply: Reply, *, retained: bool) -> None:
        """Never raises."""
        try:
            await self._take(payload, reply, retained)
        except Exception as error:  # the health channel goes on, whatever one order brought
            log.exception("order failed", exc_info=error)

    async def _take(self, payload: bytes, reply: Reply, retained: bool) -> None:
        now = self._now()
        if not self._pace.take(now.monotonic_s):
            self.dropped += 1
            self._telling.turned_away(Stranger(what="too_many", via=MQTT), now)
            return
        if retained:
            self._telling.turned_away(Stranger(what="retained", via=MQTT), now)
            return
        try:
            order = parse(payload)
        except BadOrder as bad:
            self._telling.turned_away(Stranger(what=bad.key, via=MQTT), now)
            if bad.id:
                await reply.say({"id": bad.id, "kind": "refused", "reason": {"key": bad.key, "text": str(bad)}})
            return
        key = await self._bench.proven(order)
        if isinstance(key, Refusal):
            self._telling.turned_away(Stranger(what=key.key, via=MQTT, verb=order.verb, key=order.key_id), now)
            if key is FORGED:
                self._note(SecurityEvent.INVALID_MESSAGES, "an order was not signed by the key that it names")
            await reply.say(_refused(order, key))
            return
        caller = Caller(
            uid=REMOTE_UID, role=Role[key.role.name], via=MQTT, key=key.id, case=order.case, order_id=order.id
        )
        await self._proven(_Proven(order, payload, caller), reply, await self._bench.judged(order, key, reply.nonce))

    async def _proven(self, given: _Proven, reply: Reply, judged: Taken | Refusal) -> None:
        order, caller = given.order, given.caller
        if isinstance(judged, Refusal):
            answer = self._known_answer(given, judged)
            if answer is None:
                self._telling.refused(order.verb, caller, judged.key, self._now())
                if judged.key in ("seen", "forgotten"):
                    self._note(SecurityEvent.REPLAY_ATTACKS, f"an order of the key {caller.key} came again")
            await reply.say(answer or _refused(order, judged))
            return
        if order.id in self._doing:
            await reply.say(_answer(order, "ack"))
            return
        if len(self._doing) >= AT_ONCE:
            busy = Refusal("busy", f"{AT_ONCE} orders are being done already; send this one again when one has ended")
            await reply.say(_refused(order, busy))
            return
        self._doing.add(order.id)
        try:
            await self._do(given, reply)
        finally:
            self._doing.discard(order.id)

    def _known_answer(self, given: _Proven, refusal: Refusal) -> Mapping[str, Any] | None:
        """What was said to this very order before, for a broker delivers at least once."""
        if refusal.key != "seen" or not self._again.take(self._now().monotonic_s):
            return None
        if given.order.id in self._doing:
            return {"id": given.order.id, "verb": given.order.verb, "kind": "ack"}
        return self._answers.of(given.order.id, given.payload)

    async def _do(self, given: _Proven, reply: Reply) -> None:
        order, caller, began = given.order, given.caller, self._now()
        why = await self._bench.put_on_record(order)
        if why is not None:
            self._telling.refused(order.verb, caller, why.key, self._now())
            await reply.say(_refused(order, why))
            return
        self._telling.accepted(order.verb, caller, began)
        await reply.say(_answer(order, "ack"))
        ended = await self._runner.run(order.verb, order.args, caller, partial(_progress, reply, order))
        answer = _answer(order, ended.kind, **ended.fields)
        if ended.file is not None:
            try:
                blob = await reply.send_blob(order.id, ended.file.name, ended.content_type, ended.file)
                answer["blob"] = blob
            except (AgentError, OSError) as error:
                text = str(error) if isinstance(error, AgentError) else "its file cannot be read any more; ask again"
                answer = _answer(order, "failed", reason={"key": "file", "text": text})
        self._answers.remember(order.id, given.payload, answer)
        self._telling.done(order.verb, caller, str(answer["kind"]), began, self._now())
        await reply.say(answer)


@frozen
class _Proven:
    """An order that its key has signed."""

    order: Order
    payload: bytes
    caller: Caller


class _Says(Protocol):
    async def say(self, body: Mapping[str, Any]) -> None: ...


async def _progress(reply: _Says, order: Order, body: Mapping[str, Any]) -> None:
    await reply.say(_answer(order, "progress", body=dict(body)))


def _refused(order: Order, refusal: Refusal) -> dict[str, Any]:
    return _answer(order, "refused", reason={"key": refusal.key, "text": refusal.text})


def _answer(order: Order, kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": order.id, "verb": order.verb, "kind": kind, **fields, **({"case": order.case} if order.case else {})}
