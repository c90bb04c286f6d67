"""One order before the bench: whose it is, whether it is in time, new and allowed, and its id put on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agent.control.registry import find
from agent.control.remote.keys import KeyFile
from agent.control.remote.pacing import PacedDoor
from agent.control.remote.ports import Reply, TakenOrders
from agent.core.orders.effects import KeyRole
from agent.core.orders.envelope import Order, to_sign
from agent.core.orders.judging import FORGED, Key, Refusal, Standing, Wanted, judge, known_key, not_allowed
from agent.core.time import Instant
from agent.errors import BadRequest, StoreError
from agent.security.ed25519 import verification
from agent.values import frozen

MQTT = "mqtt"
"""This door, in the log of commands."""


@frozen
class Taken:
    """It may be done. `only_reads`: to do it later does no harm."""

    only_reads: bool


class Bench:
    """`device`: the charger's name on the broker. `allow`: the verbs the site names, None where it names none.

    `others_ms`: the central system's UTC where it contradicts `now`; None: it agrees, or is not known.
    """

    def __init__(
        self,
        device: str,
        keys: KeyFile,
        taken: TakenOrders,
        now: Callable[[], Instant],
        *,
        allow: frozenset[str] | None,
        others_ms: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._device, self._keys, self._taken, self._now, self._allow = device, keys, taken, now, allow
        self._others_ms = others_ms
        self._pace = PacedDoor(MQTT, taken, now)

    def takes_one_more(self) -> bool:
        """Whether one more payload may be looked at now; it is counted then."""
        return self._pace.takes_one_more()

    async def proven(self, order: Order) -> Key | Refusal:
        """The key that signed it. The check gives way to everything else on the loop, many times."""
        keys = self._keys.read()
        key = known_key(order, self._device, keys, self._keys.trouble)
        if isinstance(key, Refusal):
            return key
        work = verification(key.public_key, order.signature, to_sign(order))
        while True:
            try:
                next(work)
            except StopIteration as end:
                return key if end.value is True else FORGED
            await asyncio.sleep(0)

    async def judged(self, order: Order, key: Key, reply: Reply) -> Taken | Refusal:
        """Whether an order that `key` signed may be done now. `reply` has the nonce that was told last."""
        # From what was seen on nothing may be waited for, or the same order would be taken twice.
        await self._pace.recall(order.verb)
        try:
            seen = await self._taken.seen()
        except StoreError as error:
            return _no_record(error)
        standing = Standing(
            now_ms=self._now().utc_ms,
            others_ms=self._others_ms(),
            nonce=reply.nonce,
            nonce_age_s=reply.nonce_age_s,
            floor_ms=seen.floor_ms,
            is_seen=seen.has(order),
        )
        return judge(order, key, standing) or self._allowed(order, key)

    def _allowed(self, order: Order, key: Key) -> Taken | Refusal:
        try:
            action = find(order.verb)
        except BadRequest as error:
            return Refusal("verb", str(error))
        if action.remote is None:
            return Refusal("never", f"{order.verb} is done at the charger only; no key can have it done from afar")
        # An installer stands at the charger: what is his there and is let be asked from afar takes a key of service.
        role = next(one for one in KeyRole if one >= action.role)
        wanted = Wanted(effect=action.remote, role=role, changes=action.changes)
        refusal = not_allowed(order, key, wanted, self._allow)
        if refusal is not None:
            return refusal
        too_often = self._pace.too_often(order.verb, action.remote)
        return Refusal("too_often", too_often) if too_often else Taken(only_reads=action.only_reads)

    def not_done(self, order: Order) -> None:
        """It was refused after all: a restart that did not come keeps nobody from the next one."""
        self._pace.not_done(order.verb)

    async def put_on_record(self, order: Order) -> Refusal | None:
        """The id on disk; why it could not be, and then the order must not be done.

        What only reads is done all the same: of a charger whose disk is full everybody wants to know just that, and who
        has it read once more after a restart has gained nothing.
        """
        # By a clock in doubt nothing is so old that it may be forgotten.
        now_ms = self._now().utc_ms if self._others_ms() is None else None
        try:
            await self._taken.take(order, now_ms)
        except StoreError as error:
            return None if find(order.verb).only_reads else _no_record(error)
        return None


def _no_record(error: StoreError) -> Refusal:
    return Refusal("not_recorded", f"this order was not done: that it was taken cannot be put on disk ({error})")
