"""The network's CALLs: from a frame to the text of its answer. Knows no action's meaning, waits for commits only.

Order of the checks: may we answer at all, an answer given before, the rate, the action, its schema, whether it is
allowed before registration; then its handler.
"""

from __future__ import annotations

import asyncio
import logging
import marshal
from collections import OrderedDict
from collections.abc import Callable

from agent.core.availability import StatusReport
from agent.core.rate import Rate
from agent.errors import AgentError, PeerViolation
from agent.ocpp_client.adapter import Adapter, Answered, WireCall
from agent.ocpp_client.rpc.frames import Call, Garbage, error_text, result_text
from agent.ocpp_client.station.registration import Standing
from agent.values import frozen

log = logging.getLogger(__name__)

REMEMBERED_ANSWERS = 32
BURST = 100
PER_SECOND = 20.0
"""Commands in a row, and in the long run (proposed). The busiest central systems we know send some 30 after a boot."""
PLAIN_MARSHAL = 2
"""The last format of `marshal` that writes equal values the same, whoever else holds them; a quarter of a `repr`."""
HANDLER_TIMEOUT_S = 20.0
"""A handler waits for commits only; a disk that stalls longer has other faults to show."""
UNKNOWN_ID = "-1"
"""OCPP 2.0.1 part 4: the id in an answer to a frame whose own cannot be read."""


@frozen
class Reply:
    """What to send, and what to do once it has left. `refused` says what was, for the counters; "" for nothing.

    `repeats`: the action of a CALL that came again under its id, and was answered from memory; "" otherwise.
    """

    text: str
    refused: str = ""
    then: tuple[WireCall, ...] = ()
    statuses: tuple[StatusReport, ...] = ()
    act: Callable[[], None] | None = None
    repeats: str = ""


class Dispatcher:
    """Answers of one connection: message ids are compared within it only, some central systems count anew from 1."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._codes = adapter.error_codes
        self._answers: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._rate = Rate(BURST, 1.0 / PER_SECOND).bucket()

    async def answer(self, call: Call, standing: Standing, now_s: float) -> Reply | None:
        """The answer to `call`; None where none is allowed.

        The same CALL under the same id is answered as before and not performed again. Another one under a used id is
        performed: its sender has restarted.
        """
        if not standing.may_answer:
            return None
        content = hash((call.action, marshal.dumps(call.payload, PLAIN_MARSHAL)))
        before, text = self._answers.get(call.message_id, (None, ""))
        if before == content:
            return Reply(text, repeats=call.action[:50])
        reply = await self._performed(call, standing, now_s)
        self._answers[call.message_id] = (content, reply.text)
        if len(self._answers) > REMEMBERED_ANSWERS:
            self._answers.popitem(last=False)
        return reply

    def refuse(self, garbage: Garbage, standing: Standing, now_s: float) -> Reply | None:
        """The answer to a frame that is none, where the version has one and the sender does not flood us."""
        code = self._codes.unreadable if garbage.call_id is None else self._codes.formation_violation
        if code is None or not standing.may_answer or not self._rate.take(now_s):
            return None
        return Reply(error_text(garbage.call_id or UNKNOWN_ID, code, garbage.what))

    async def _performed(self, call: Call, standing: Standing, now_s: float) -> Reply:
        if not self._rate.take(now_s):
            text = error_text(call.message_id, self._codes.generic_error, "too many commands at once")
            return Reply(text, "too many commands at once")
        try:
            answered = await self._handled(call, standing)
            text = result_text(call.message_id, answered.payload)
            return Reply(text, then=answered.then, statuses=answered.statuses, act=answered.act)
        except PeerViolation as violation:
            name = call.action if call.action in self._adapter.known_actions else "an unknown action"
            return Reply(error_text(call.message_id, violation.code, violation.what), f"{name}: {violation.code}")
        except (AgentError, TimeoutError) as error:
            log.warning("command failed", extra={"action": call.action, "error": str(error) or "timed out"})
            text = error_text(call.message_id, self._codes.internal_error, "the charger could not carry it out")
            return Reply(text, f"{call.action}: {self._codes.internal_error}")

    async def _handled(self, call: Call, standing: Standing) -> Answered:
        handler = self._adapter.handlers.get(call.action)
        if handler is None:
            is_known = call.action in self._adapter.known_actions
            code = self._codes.not_supported if is_known else self._codes.not_implemented
            raise PeerViolation(code, f"{call.action[:50]} is not carried out by this charger")
        self._adapter.check_call(call.action, call.payload)
        if not standing.may_send and not self._adapter.allowed_while_pending(call.action):
            return Answered(self._adapter.refusal(call.action))
        async with asyncio.timeout(HANDLER_TIMEOUT_S):
            return await handler(call.payload)
