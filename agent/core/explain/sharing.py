"""The supply that the connectors of a charger share: who has how much of it, who waits, and what would free a part.

Derived from the sessions, by the rules by which the shares are made (core/supply.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from itertools import combinations

from agent.core.control_pilot import MAX_OFFER_A, MIN_OFFER_A
from agent.core.explain.links import LIMITS, Who
from agent.core.identity import ConnectorId
from agent.core.limits import LimitSource
from agent.core.session.claim import claim_of
from agent.core.session.model import Session
from agent.core.supply import TURN_S, Claim, aimed, next_turn_at
from agent.core.time import LONG_AGO, Instant
from agent.values import frozen


class Standing(Enum):
    """What a connector is to the others, as far as the supply goes."""

    HAS = "has a share"
    WAITS = "waits for its turn"
    IS_NEXT = "is about to get a share"
    """Room is made, or held until everybody has obeyed."""
    OUT = "none"
    """It draws nothing now: it has no charge, or something other than the supply keeps it from charging."""


@frozen(kw_only=True)
class Portion:
    """One connector's. `since`: from when on it has had it, or waited; None is unknown, or does not matter."""

    connector: ConnectorId
    standing: Standing
    share_a: float
    offered_a: float
    since: Instant | None
    what: str
    """A clause for people, with the connector as its subject."""


@frozen(kw_only=True)
class SharedSupply:
    """`source` and `detail` say who set it. `turns_at`: when who waits changes; None where nobody has to wait."""

    current_a: float
    source: LimitSource
    detail: str
    now: Instant
    claims: tuple[Claim, ...]
    portions: tuple[Portion, ...]
    turns_at: Instant | None

    @property
    def owner(self) -> Who:
        """Who can raise it."""
        return LIMITS[self.source][1]

    @property
    def what(self) -> str:
        """The whole of it in a sentence for people."""
        turns = (
            "" if self.turns_at is None else f"; not all can charge at once, so turns change every {TURN_S / 60:g} min"
        )
        return f"{len(self.claims)} connectors share {self.current_a:g} A: {self.detail}{turns}"

    def of(self, connector: ConnectorId) -> Portion:
        """KeyError for one that does not share."""
        for one in self.portions:
            if one.connector == connector:
                return one
        raise KeyError(connector)

    def if_due(self, connector: ConnectorId) -> float:
        """What it would get, A, did a charge run there that nothing else limits."""
        return self._aim(connector, _as_if_charging(self.claims, connector), self.now)

    def who_would_free_it(self, connector: ConnectorId) -> tuple[ConnectorId, ...]:
        """The fewest others whose charge has to end for it to have 6 A; () where that is no help, or not needed."""
        charging = _as_if_charging(self.claims, connector)
        others = [one.connector for one in self.claims if one.connector != connector and one.is_due]
        if self._aim(connector, charging, self.now) >= MIN_OFFER_A:
            return ()
        for count in range(1, len(others) + 1):
            for ending in combinations(others, count):
                left = tuple(
                    replace(one, is_due=False, asks=False) if one.connector in ending else one for one in charging
                )
                if self._aim(connector, left, self.now) >= MIN_OFFER_A:
                    return ending
        return ()

    def own_turn(self, connector: ConnectorId) -> Instant | None:
        """When it would come by itself; None where it never does."""
        charging, at = _as_if_charging(self.claims, connector), self.now
        for _ in self.claims:
            at = _next_turn(at)
            if self._aim(connector, charging, at) >= MIN_OFFER_A:
                return at
        return None

    def enough_a(self, connector: ConnectorId) -> float:
        """What the supply has to be, A, for everybody who charges, and this one, to have 6 A."""
        return MIN_OFFER_A * sum(one.is_due or one.connector == connector for one in self.claims)

    def _aim(self, connector: ConnectorId, claims: tuple[Claim, ...], at: Instant) -> float:
        shares = aimed(claims, self.current_a, at)
        return next(share for share, one in zip(shares, claims, strict=True) if one.connector == connector)


def shared_supply(sessions: Sequence[Session], supply_a: float, now: Instant) -> SharedSupply | None:
    """None where nothing is shared. `sessions` in the order of the connectors; `supply_a` is the site's."""
    if len(sessions) < 2:
        return None
    first = sessions[0].limits
    station, own = first.named(LimitSource.CHARGE_POINT_MAX), first.named(LimitSource.SUPPLY)
    claims = tuple(claim_of(session) for session in sessions)
    source, current_a, detail = LimitSource.SUPPLY, supply_a, "" if own is None else own.detail.partition(",")[0]
    if station is not None and station.current_a < supply_a:
        source, current_a, detail = station.source, station.current_a, station.detail
    aims = aimed(claims, current_a, now)
    portions = tuple(_portion(one, claim, aim, now) for one, claim, aim in zip(sessions, claims, aims, strict=True))
    waits = any(one.standing is Standing.WAITS for one in portions)
    return SharedSupply(
        current_a=current_a,
        source=source,
        detail=detail,
        now=now,
        claims=claims,
        portions=portions,
        turns_at=_next_turn(now) if waits and current_a >= MIN_OFFER_A else None,
    )


def none_of(shared: SharedSupply, connector: ConnectorId) -> str:
    """What it means that a connector has no share now, in words; "" where it has one, or nobody could have."""
    own = shared.of(connector)
    return own.what if own.share_a < MIN_OFFER_A <= shared.current_a else ""


def _next_turn(now: Instant) -> Instant:
    """Exactly then, so that it is not the turn before by a rounding."""
    at = next_turn_at(now)
    return Instant(at, now.plus(at - now.monotonic_s).utc_ms, now.boot_id)


def _portion(session: Session, claim: Claim, aim_a: float, now: Instant) -> Portion:
    limit = session.limits.named(LimitSource.SUPPLY)
    share_a = 0.0 if limit is None else limit.current_a
    standing = _standing(claim, share_a, aim_a)
    begun = None if session.transaction is None else session.transaction.started_at
    both = (None if limit is None else limit.since, begun)
    # A charge may be from before a restart of the controller, whose clock began anew.
    times = [one for one in both if one is not None and one is not LONG_AGO and one.boot_id == now.boot_id]
    return Portion(
        connector=session.connector,
        standing=standing,
        share_a=share_a,
        offered_a=claim.offered_a,
        since=max(times, key=lambda one: one.monotonic_s, default=None) if claim.is_due else None,
        what=_words(session, standing, share_a, claim),
    )


def _standing(claim: Claim, share_a: float, aim_a: float) -> Standing:
    if not claim.is_due or claim.usable_a < MIN_OFFER_A:
        return Standing.OUT
    if share_a >= MIN_OFFER_A:
        return Standing.HAS
    return Standing.IS_NEXT if aim_a >= MIN_OFFER_A else Standing.WAITS


def _words(session: Session, standing: Standing, share_a: float, claim: Claim) -> str:
    name = f"connector {session.connector}"
    if session.loan is not None:
        return f"{name} is lent to {session.loan.by}, with up to {share_a:g} A"
    match standing:
        case Standing.HAS:
            return f"{name} charges with up to {min(share_a, claim.usable_a):g} A"
        case Standing.WAITS:
            return f"{name} has a charge, and waits for {MIN_OFFER_A:g} A"
        case Standing.IS_NEXT:
            return f"{name} has a charge, and is about to get its share"
        case Standing.OUT if session.transaction is not None:
            return f"{name} has a charge that draws nothing for a reason of its own, and gets a share when it goes on"
    return f"{name} has no charge, and gets a share when one begins"


def _as_if_charging(claims: tuple[Claim, ...], connector: ConnectorId) -> tuple[Claim, ...]:
    return tuple(
        replace(one, is_due=True, asks=True, usable_a=MAX_OFFER_A) if one.connector == connector else one
        for one in claims
    )
