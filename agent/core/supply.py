"""Load sharing: how the connectors of one site share its supply, so that together they never draw more than it gives.

A share is a connector's SUPPLY limit. Shares are lowered at once and raised only into room that is certainly free: a
share that was lowered still counts in full until its session has obeyed, and what a session has offered counts until a
car must have followed. All connectors are taken to load the same phases. The unit inside is a tenth of an ampere, the
step of an offer, so that sums are exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from agent.core.control_pilot import MAX_OFFER_A, MIN_OFFER_A
from agent.core.identity import ConnectorId
from agent.core.time import Instant
from agent.values import frozen

FOLLOWED_AFTER_S = 8.0
"""After this a lowered offer is obeyed: a car follows within 5 s, a board opens under load after 6 s (pilot.md section
5), and one that has lost us first waits 2 s for its lease to end (safety.md section 9)."""
TURN_S = 900.0
"""Where the supply cannot give every car its least, who has to pause changes after this time. Proposed value."""

_LEAST = round(MIN_OFFER_A * 10)
_MOST = round(MAX_OFFER_A * 10)


@frozen(kw_only=True)
class Claim:
    """One connector as it is now. `session/claim.py` makes it from a session.

    `usable_a` is what its other limits leave; `is_due` means that a charge may draw it now; `asks` that its car does.
    `limit_a` is the share it knows of, None before the first; `offered_a` what it offers; `is_sure` false where an
    order to its board may have been lost.
    """

    connector: ConnectorId
    usable_a: float
    is_due: bool = False
    asks: bool = False
    limit_a: float | None = None
    offered_a: float = 0.0
    is_sure: bool = True


@frozen(kw_only=True)
class Share:
    """What one connector may offer, and what it may still be drawing from before."""

    connector: ConnectorId
    current_a: float
    seen_offer_a: float = 0.0
    is_sure: bool = True
    held_a: float = 0.0
    held_until: float = 0.0
    """Monotonic seconds up to which `held_a` may be drawn although less is offered."""


@frozen(kw_only=True)
class Sharing:
    """All shares in the order of the connectors. `due_at`: when to share anew though nothing changed, monotonic."""

    shares: tuple[Share, ...] = ()
    due_at: float | None = None

    def of(self, connector: ConnectorId) -> Share:
        """The share of one connector; KeyError for one that does not share."""
        for share in self.shares:
            if share.connector == connector:
                return share
        raise KeyError(connector)


def equal_shares(connectors: tuple[ConnectorId, ...], supply_a: float) -> Sharing:
    """What every connector begins with, before anything is known of any: its session gets it as its first limit."""
    part_a = _share_a(int(supply_a * 10) // max(len(connectors), 1))
    return Sharing(shares=tuple(Share(connector=connector, current_a=part_a) for connector in connectors))


def shared(before: Sharing, claims: tuple[Claim, ...], supply_a: float, now: Instant) -> Sharing:
    """The shares from now on. To be asked whenever a claim or the supply changed, and at `due_at`.

    `claims` are all connectors, always in the same order. Whoever asks hands each new share to its session as a limit.
    """
    supply = max(0, math.floor(supply_a * 10 + 1e-6))
    held = [_observed(_share_of(before, claim), claim, now) for claim in claims]
    wanted = _wanted(claims, supply, now)
    kept = [min(_tenths(share.current_a), wish) for share, wish in zip(held, wanted, strict=True)]
    room = supply - sum(_reserved(share, claim, own) for share, claim, own in zip(held, claims, kept, strict=True))
    granted = []
    for share, claim, own, wish in zip(held, claims, kept, wanted, strict=True):
        # What it may be drawing anyway is reserved already and needs no room.
        within = _reserved(share, claim, own)
        current = max(own, min(wish, within + max(room, 0)))
        room -= max(0, current - within)
        granted.append(replace(share, current_a=_share_a(current)))
    return Sharing(shares=tuple(granted), due_at=_due_at(granted, wanted, now))


def aimed(claims: tuple[Claim, ...], supply_a: float, now: Instant) -> tuple[float, ...]:
    """What `shared` leads to once everybody has obeyed, in the order of the claims."""
    return tuple(_share_a(wish) for wish in _wanted(claims, max(0, math.floor(supply_a * 10 + 1e-6)), now))


def next_turn_at(now: Instant) -> float:
    """When those who pause change, monotonic seconds."""
    return (now.monotonic_s // TURN_S + 1) * TURN_S


def _share_of(before: Sharing, claim: Claim) -> Share:
    known = (share for share in before.shares if share.connector == claim.connector)
    return next(known, Share(connector=claim.connector, current_a=0.0))


def _observed(share: Share, claim: Claim, now: Instant) -> Share:
    """The share with what was seen of its offer; a lower one is not obeyed yet, and an unsure one perhaps not given."""
    still_held = now.monotonic_s < share.held_until or not share.is_sure
    held_a = share.held_a if still_held else 0.0
    if share.is_sure and claim.is_sure and claim.offered_a >= share.seen_offer_a:
        return replace(share, seen_offer_a=claim.offered_a, held_a=held_a)
    return replace(
        share,
        seen_offer_a=claim.offered_a,
        is_sure=claim.is_sure,
        held_a=max(held_a, share.seen_offer_a, claim.offered_a),
        held_until=now.monotonic_s + FOLLOWED_AFTER_S,
    )


def _reserved(share: Share, claim: Claim, kept: int) -> int:
    """The most it may draw, or begin to draw before it hears of a lower share."""
    known_a = claim.usable_a if claim.limit_a is None else claim.limit_a
    return max(kept, _tenths(known_a), _tenths(claim.offered_a), _tenths(share.held_a))


def _wanted(claims: tuple[Claim, ...], supply: int, now: Instant) -> list[int]:
    """The shares to aim at: the least for as many charges as can have it, more for cars that ask, the rest for all."""
    # A tenth more than it can use, so that the limit that really binds it is the one that is named.
    caps = [min(math.floor(claim.usable_a * 10) + 1, _MOST) for claim in claims]
    due = [place for place in _ring(len(claims), now) if claims[place].is_due and caps[place] > _LEAST]
    others = [place for place in _ring(len(claims), now) if place not in due]
    shares = [0] * len(claims)
    served, rest = _serve(shares, due, supply)
    rest = _fill(shares, [place for place in served if claims[place].asks], caps, rest)
    rest = _fill(shares, served, caps, rest)
    if len(served) == len(due):
        # So that the next charge can begin without waiting for anybody.
        served, rest = _serve(shares, others, rest)
        rest = _fill(shares, served, caps, rest)
    _fill(shares, range(len(claims)), [_MOST] * len(claims), rest)
    return [share if share >= _LEAST else 0 for share in shares]


def _ring(count: int, now: Instant) -> list[int]:
    """All places, beginning with the one whose turn it is."""
    first = int(now.monotonic_s // TURN_S) % count if count else 0
    return [(first + place) % count for place in range(count)]


def _serve(shares: list[int], places: list[int], rest: int) -> tuple[list[int], int]:
    """Give the least to as many as can have it; who was served, and what is left."""
    served = places[: rest // _LEAST]
    for place in served:
        shares[place] = _LEAST
    return served, rest - _LEAST * len(served)


def _fill(shares: list[int], places: Sequence[int], caps: list[int], rest: int) -> int:
    """Raise the shares of `places` in equal steps up to their caps; what is left."""
    by_headroom = sorted(places, key=lambda place: caps[place] - shares[place])
    for done, place in enumerate(by_headroom):
        more = max(0, min(caps[place] - shares[place], rest // (len(by_headroom) - done)))
        shares[place] += more
        rest -= more
    return rest


def _due_at(granted: list[Share], wanted: list[int], now: Instant) -> float | None:
    times = []
    if any(_tenths(share.current_a) < wish for share, wish in zip(granted, wanted, strict=True)):
        times = [share.held_until for share in granted if share.held_until > now.monotonic_s]
    if any(wish == 0 for wish in wanted):
        times.append(next_turn_at(now))
    return min(times, default=None)


def _tenths(current_a: float) -> int:
    return math.ceil(current_a * 10 - 1e-6)


def _share_a(tenths: int) -> float:
    return min(tenths, _MOST) / 10 if tenths >= _LEAST else 0.0
