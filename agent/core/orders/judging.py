"""Whether an order is done: pure, and every way to say no has its own sentence (security.md S-22 to S-24).

The signature is not looked at here. The caller has it checked by the key that `known_key` found, which takes a while,
between the questions that any stranger could have answered and those that only a holder of the key may learn from.

Two clocks may be known, the charger's and the central system's, and neither is the truth. While they agree, the
charger's decides. Where they contradict each other, an order is done that one of them takes, its key and its time, and
that carries the nonce; what both refuse is refused. A signature is a word about the time, too: an order that a young
nonce proves to be of now, while the charger's clock puts it further away than any nonce is old, shows that this clock
and the signer's are apart, and is done by the nonce; between two right clocks that cannot be. Where no clock is known
the nonce alone decides. It ages by the monotonic clock and is drawn before the order can be made, so without a clock to
trust no order is done later than NONCE_GOOD_S after it was signed, whatever anybody says of the time. What stays open:
who has a key whose end has passed and can make the central system tell a time before it, has that key count again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from agent.core.orders.effects import LEAST_ROLE, VALID_AT_MOST_S, Effect, KeyRole, needs_no_name
from agent.core.orders.envelope import Order, moment
from agent.values import frozen

VALID_AT_MOST_MS = round(1000 * VALID_AT_MOST_S)
SKEW_MS = 60_000
"""How far the clock of whoever signs may be ahead of ours (proposed)."""
NONCE_GOOD_S = (VALID_AT_MOST_MS + SKEW_MS) / 1000
"""From the moment it was drawn on; an order cannot be older than the nonce it carries."""


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
    """What an order meets. `now_ms`: UTC, None while the clock is not known; `nonce`: told last, "": none."""

    now_ms: int | None
    others_ms: int | None = None
    """The central system's UTC where it contradicts `now_ms`; None: it agrees, or is not known."""
    nonce: str
    nonce_age_s: float = 0.0
    """Since it was drawn, by the monotonic clock."""
    floor_ms: int
    """What expires no later than this is forgotten, so none of it may come again."""
    is_seen: bool
    """An order of this id was taken before."""


@frozen(kw_only=True)
class Wanted:
    """What the verb of an order is: its worst effect, the role it wants, and whether it changes anything here."""

    effect: Effect
    role: KeyRole
    changes: bool


def known_key(order: Order, device: str, keys: Mapping[str, Key], trouble: str = "") -> Key | Refusal:
    """The key that has to have signed; nothing of the order is believed before. `trouble`: why no key counts at all."""
    if order.device != device:
        return Refusal("device", f"this order is for {order.device}, and this charger is {device or 'without a name'}")
    key = keys.get(order.key_id)
    if key is None and trouble:
        return Refusal("key", f"no key counts at this charger: {trouble}")
    if key is None:
        return Refusal(
            "key", f"no key {order.key_id[:40]} is known to this charger; put it into the file of [support] keys_file"
        )
    return key


KEY_ENDED = "key_ended"
STALE = "nonce"
"""The key of a refusal after which the charger tells a new nonce, and the same may be ordered anew."""
FORGED = Refusal(
    "signature", "the signature is not that of this key over these bytes; sign the canonical text of this very order"
)


def judge(order: Order, key: Key, standing: Standing) -> Refusal | None:
    """Whether it is in time and new. The signature is good."""
    refusal = _untimely(order, key, standing)
    # An old order that comes again costs no nonce.
    return (_used(order, standing) if refusal is None or refusal.key == STALE else None) or refusal


def not_allowed(order: Order, key: Key, wanted: Wanted, allowed: Collection[str] | None) -> Refusal | None:
    """Whether key and site let this verb be asked for. `allowed` None: the site named none."""
    unnamed = needs_no_name(wanted.effect, changes=wanted.changes)
    if not (order.verb in allowed if allowed is not None else unnamed):
        how = f'; [support] allow has to name "{order.verb}"'
        return Refusal("not_allowed", f"{order.verb} may not be ordered at this site{how}")
    least = max(wanted.role, LEAST_ROLE[wanted.effect])
    if key.role < least:
        return Refusal(
            "role", f"{order.verb} needs a key of the role {least.word}, and {key.id} is that of a {key.role.word}"
        )
    return None


def _untimely(order: Order, key: Key, standing: Standing) -> Refusal | None:
    if not order.issued_ms < order.expires_ms <= order.issued_ms + VALID_AT_MOST_MS:
        return Refusal("validity", "an order is valid for more than nothing and at most 5 minutes after it was issued")
    if standing.now_ms is None:
        return _stale(order, standing)
    ours = _by_clock(order, key, standing.now_ms)
    if standing.others_ms is None:
        return _of_now(order, standing, ours) if _is_elsewhere(order, ours, standing.now_ms) else ours
    if ours is not None and _by_clock(order, key, standing.others_ms) is not None:
        return ours
    return _stale(order, standing)


def _is_elsewhere(order: Order, ours: Refusal | None, now_ms: int) -> bool:
    """This clock puts the order where it cannot be if its nonce is good, unless one of two clocks is wrong."""
    if ours is None or ours.key == KEY_ENDED:
        return False
    return order.issued_ms > now_ms + SKEW_MS or now_ms - order.expires_ms > 1000 * NONCE_GOOD_S


def _of_now(order: Order, standing: Standing, by_clock: Refusal | None) -> Refusal | None:
    if by_clock is None or _stale(order, standing) is None:
        return None
    return Refusal(
        STALE,
        f"{by_clock.text}; by this charger's clock it is {moment(standing.now_ms or 0)}. Where one of the clocks is "
        "wrong, an order with the nonce that the charger tells now is done (state, nonce)",
    )


def _stale(order: Order, standing: Standing) -> Refusal | None:
    """Whether the nonce is another one than was told last, or an old one."""
    if not standing.nonce or order.nonce != standing.nonce or standing.nonce_age_s > NONCE_GOOD_S:
        return Refusal(
            STALE,
            "this charger does not know the time for sure, so an order has to carry the nonce that it tells now "
            f"(state, nonce), good for {NONCE_GOOD_S / 60:g} minutes; read the state again and issue a new one",
        )
    return None


def _by_clock(order: Order, key: Key, now_ms: int) -> Refusal | None:
    """Why a clock that says `now_ms` would not take it."""
    if key.not_after_ms is not None and now_ms > key.not_after_ms:
        return Refusal(KEY_ENDED, f"the key {key.id} ended {moment(key.not_after_ms)}; take one that is in force")
    if now_ms >= order.expires_ms:
        late_s = (now_ms - order.expires_ms) / 1000
        return Refusal("expired", f"this order expired {late_s:.0f} s ago, at {order.expires}; issue a new one")
    if order.issued_ms > now_ms + SKEW_MS:
        ahead_s = (order.issued_ms - now_ms) / 1000
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
