"""What comes in before anybody is believed: read, its signature checked, else turned away.

Here too is how an answer looks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.control.peer import REMOTE_UID, Caller
from agent.control.remote.judgement import MQTT, Bench
from agent.control.remote.ports import Reply
from agent.control.remote.telling import Stranger, Telling
from agent.control.roles import Role
from agent.core.orders.checking import BadOrder
from agent.core.orders.envelope import Order
from agent.core.orders.judging import FORGED, Key, Refusal
from agent.order_text import parse
from agent.security.events import SecurityEvent
from agent.values import frozen

NoteSecurity = Callable[[SecurityEvent, str], None]


@frozen
class Proven:
    """An order that its key has signed."""

    order: Order
    payload: bytes
    key: Key
    caller: Caller


class Gate:
    """`note` is for the security log."""

    def __init__(self, bench: Bench, telling: Telling, note: NoteSecurity) -> None:
        self._bench, self._telling, self._note = bench, telling, note

    async def proven(self, payload: bytes, reply: Reply) -> Proven | None:
        """The order, where its key has signed it; everybody else is answered, where an answer can be addressed."""
        try:
            order = parse(payload)
        except BadOrder as bad:
            self.turn_away(bad.key)
            if bad.id:
                await reply.say({"id": bad.id, "kind": "refused", "reason": {"key": bad.key, "text": str(bad)}})
            return None
        key = await self._bench.proven(order)
        if isinstance(key, Refusal):
            self._telling.turned_away(Stranger(what=key.key, via=MQTT, verb=order.verb, key=order.key_id))
            if key is FORGED:
                self._note(SecurityEvent.INVALID_MESSAGES, "an order was not signed by the key that it names")
            await reply.say(refused(order, key))
            return None
        role = Role[key.role.name]
        caller = Caller(uid=REMOTE_UID, role=role, via=MQTT, key=key.id, case=order.case, order_id=order.id)
        return Proven(order, payload, key, caller)

    def turn_away(self, what: str) -> None:
        """Told once a minute, with the number."""
        self._telling.turned_away(Stranger(what=what, via=MQTT))

    def replayed(self, given: Proven) -> None:
        """Somebody sends again what was taken before, and it is no second delivery."""
        self._note(SecurityEvent.REPLAY_ATTACKS, f"an order of the key {given.key.id} came again")


def answer(order: Order, kind: str, **fields: Any) -> dict[str, Any]:
    """One message at `res/<id>`."""
    return {"id": order.id, "verb": order.verb, "kind": kind, **fields, **({"case": order.case} if order.case else {})}


def refused(order: Order, refusal: Refusal) -> dict[str, Any]:
    return answer(order, "refused", reason={"key": refusal.key, "text": refusal.text})
