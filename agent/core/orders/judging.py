"""Whether an order is done: pure, and every way to say no has its own sentence (security.md S-22 to S-24).

The signature is not looked at here. The caller has it checked by the key that `known_key` found, which takes a while,
between the questions that any stranger could have answered and those that only a holder of the key may learn from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from agent.core.orders.effects import LEAST_ROLE, UNNAMED, Effect, KeyRole
from agent.core.orders.envelope import Order, moment
from agent.values import frozen

VALID_AT_MOST_MS = 300_000
SKEW_MS = 60_000
"""How far the clock of whoever signs may be ahead of ours (proposed)."""


@frozen
class Refusal:
    """Why an order is not done. `key` is for programs."""

    key: str
    text: str


@frozen(kw_only=True)
class Key:
    """One key that may sign. `not_after_ms`: UTC, the last moment it may; None: no end is set."""

    id: str
    public_key: bytes
    role: KeyRole
    not_after_ms: int | None = None


@frozen(kw_only=True)
class Standing:
    """What an order meets. `now_ms`: UTC, None while the clock is not known; `nonce`: of this connection, "": none."""

    now_ms: int | None
    nonce: str
    floor_ms: int
    """What expires no later than this is forgotten, so none of it may come again."""
    is_seen: bool
    """An order of this id was taken before."""


@frozen(kw_only=True)
class Wanted:
    """What the verb of an order is: its worst effect, the role it wants, and whether the site named it."""

    effect: Effect
    role: KeyRole


def known_key(order: Order, device: str, keys: Mapping[str, Key]) -> Key | Refusal:
    """The key that has to have signed; before anything of the order is believed."""
    if order.device != device:
        return Refusal("device", f"this order is for {order.device}, and this charger is {device or 'without a name'}")
    key = keys.get(order.key_id)
    if key is None:
        return Refusal(
            "key", f"no key {order.key_id[:40]} is known to this charger; put it into the file of [support] keys_file"
        )
    return key


FORGED = Refusal(
    "signature", "the signature is not that of this key over these bytes; sign the canonical text of this very order"
)


def judge(order: Order, key: Key, standing: Standing) -> Refusal | None:
    """Whether it is in time and new. The signature is good."""
    if standing.now_ms is not None and key.not_after_ms is not None and standing.now_ms > key.not_after_ms:
        return Refusal("key_ended", f"the key {key.id} ended {moment(key.not_after_ms)}; take one that is in force")
    return _untimely(order, standing) or _used(order, standing)


def not_allowed(order: Order, key: Key, wanted: Wanted, allowed: Collection[str] | None) -> Refusal | None:
    """Whether key and site let this verb be asked for. `allowed` None: the site named none."""
    if not (order.verb in allowed if allowed is not None else wanted.effect in UNNAMED):
        how = f'; [support] allow has to name "{order.verb}"'
        return Refusal("not_allowed", f"{order.verb} may not be ordered at this site{how}")
    least = max(wanted.role, LEAST_ROLE[wanted.effect])
    if key.role < least:
        return Refusal(
            "role", f"{order.verb} needs a key of the role {least.word}, and {key.id} is that of a {key.role.word}"
        )
    return None


def _untimely(order: Order, standing: Standing) -> Refusal | None:
    issued, expires = order.issued_ms, order.expires_ms
    if not issued < expires <= issued + VALID_AT_MOST_MS:
        return Refusal("validity", "an order is valid for more than nothing and at most 5 minutes after it was issued")
    if standing.now_ms is None:
        if not standing.nonce or order.nonce != standing.nonce:
            return Refusal(
                "nonce",
                "this charger does not know the time for sure, so an order has to carry the nonce it published when it "
                "connected (state, nonce); this one does not",
            )
        return None
    if standing.now_ms >= expires:
        late_s = (standing.now_ms - expires) / 1000
        return Refusal("expired", f"this order expired {late_s:.0f} s ago, at {order.expires}; issue a new one")
    if issued > standing.now_ms + SKEW_MS:
        ahead_s = (issued - standing.now_ms) / 1000
        return Refusal(
            "not_yet", f"this order is issued {ahead_s:.0f} s in the future; set the clock of whoever signs right"
        )
    return None


def _used(order: Order, standing: Standing) -> Refusal | None:
    if standing.is_seen:
        return Refusal("seen", "an order of this id was taken already, and nothing is done twice; draw a new id")
    if order.expires_ms <= standing.floor_ms:
        return Refusal(
            "forgotten",
            "this order is so old that its id is not remembered any more, if it was ever taken; issue a new one",
        )
    return None
