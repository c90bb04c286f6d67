"""How much each connector may offer: hardware, breakers, the shared supply and the network's charging profiles.

Everything is worked out anew whenever something it depends on changed, and when the profiles or the shares say that
time will change it. What differs from what a session knows is posted to it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from agent.connector.sampling import open_transaction
from agent.core.facts import TransactionStarted
from agent.core.identity import ConnectorId, TransactionKey
from agent.core.limits import Limits, LimitSource, brought_by
from agent.core.schedule.compose import Profiles, RunningCharge, ScheduledLimit, connector_limit, station_limit
from agent.core.schedule.installing import cleared, objection
from agent.core.schedule.profile import ChargingProfile, ProfilePurpose
from agent.core.session.claim import claim_of
from agent.core.session.events import LimitChanged
from agent.core.session.model import Session
from agent.core.supply import Claim, Sharing, equal_shares, shared
from agent.core.time import Instant
from agent.station.station import Station
from agent.supervise import Vital

log = logging.getLogger(__name__)

STAMPS_AT_LEAST_EVERY_S = 30.0
NEXT_CHARGE = TransactionKey("the next charge")


class CurrentLimits:
    """One object a run. `run` is vital: without it a lower limit would not be obeyed."""

    def __init__(self, station: Station) -> None:
        self._station = station
        config = station.config
        self._supply_a = config.site.supply_current_a
        ids = tuple(connector.id for connector in config.board.connectors)
        self._sharing: Sharing = equal_shares(ids, self._supply_a)
        self._claims: dict[ConnectorId, Claim] = {}
        self._changed = asyncio.Event()
        self.silent_since: Callable[[], Instant | None] = lambda: None
        """Since when the central system does not answer; given by the wiring where there is one."""

    def initial(self, connector: ConnectorId, now: Instant) -> Limits:
        """What a session begins with: its part of the supply, and what the profiles leave to a charge it will find."""
        config = self._station.config
        fuse_a = config.connector_sites[connector].fuse_current_a
        limits = Limits().with_limit(LimitSource.HARDWARE, config.board.rated_current_a, "rated_current_a", now)
        limits = limits.with_limit(LimitSource.SUPPLY, self._sharing.of(connector).current_a, self._supply_words(), now)
        limits = limits if fuse_a is None else limits.with_limit(LimitSource.LOCAL, fuse_a, "fuse_current_a", now)
        station = self._of_station(now)
        limits = limits.with_limit(LimitSource.CHARGE_POINT_MAX, station.current_a, station.detail, now)
        open_ones = self._station.store.ledger.open_transactions()
        found = next((one for one in open_ones if one.connector == connector), None)
        running = None if found is None else RunningCharge.since(found.key, found.started_at, now)
        left = self._of_connector(connector, running, now)
        return limits.with_limit(LimitSource.NETWORK, left.current_a, left.detail, now)

    def limit_of(self, started: TransactionStarted) -> LimitChanged:
        """What the profiles on record leave to a charge that has just been put on record (a connector's `Limiter`)."""
        now = self._station.clock.now()
        running = RunningCharge.since(started.key, started.at, now)
        found = self._of_connector(started.connector, running, now)
        return LimitChanged(
            source=LimitSource.NETWORK, current_a=found.current_a, detail=found.detail, transaction=started.key
        )

    # What may change them.

    def session_changed(self, session: Session) -> None:
        """After each step of a connector; costs next to nothing where nothing changed that counts here."""
        claim = claim_of(session)
        if self._claims.get(session.connector) != claim:
            self._claims[session.connector] = claim
            self._changed.set()

    def transaction_changed(self) -> None:
        """A charge began or ended."""
        self._changed.set()

    def network_changed(self) -> None:
        """The central system answers again, or no longer."""
        self._changed.set()

    def clock_told(self) -> None:
        """The wall clock may be trusted now."""
        self._changed.set()

    async def install(self, profile: ChargingProfile) -> bool:
        """Durable when it returns True. Raises StoreError."""
        running = None if profile.connector is None else open_transaction(self._session(profile.connector))
        why = objection(self._profiles(), profile, running)
        if why is not None:
            log.warning("charging profile was refused", extra={"profile": profile.id, "why": why})
            return False
        if not await self._station.store.profiles.install(profile):
            log.warning("charging profile came too late", extra={"profile": profile.id})
            return False
        self._changed.set()
        return True

    async def clear(
        self,
        *,
        profile_id: int | None = None,
        connector: ConnectorId | None = None,
        station_only: bool = False,
        purpose: ProfilePurpose | None = None,
        stack_level: int | None = None,
    ) -> bool:
        """Whether anything matched; durable when it returns. Raises StoreError."""

        def left(present: Profiles) -> Profiles:
            return cleared(
                present,
                profile_id=profile_id,
                connector=connector,
                station_only=station_only,
                purpose=purpose,
                stack_level=stack_level,
            )

        more = await self._station.store.profiles.change(left)
        self._changed.set()
        return more < 0

    # How they are found.

    async def run(self, vital: Vital) -> None:
        """Find them anew whenever something changed or time changes something."""
        loop = asyncio.get_running_loop()
        while True:
            due_at = self._look()
            vital.stamp(loop.time())
            look_again = loop.time() + STAMPS_AT_LEAST_EVERY_S
            timer = loop.call_at(look_again if due_at is None else min(due_at, look_again), self._changed.set)
            try:
                await self._changed.wait()
            finally:
                timer.cancel()
            self._changed.clear()

    def _look(self) -> float | None:
        """Post what differs from what the sessions know; when to look again, monotonic seconds."""
        now = self._station.clock.now()
        station = self._of_station(now)
        dues = [_due_at(station, now)]
        for connector in self._station.connectors:
            found = self._of_connector(connector, running_charge(self._session(connector), now), now)
            dues.append(_due_at(found, now))
            self._post(connector, LimitSource.NETWORK, found.current_a, found.detail)
            self._post(connector, LimitSource.CHARGE_POINT_MAX, station.current_a, station.detail)
        dues += [self._look_at_silence(now), self._share(station, now)]
        return min((due for due in dues if due is not None), default=None)

    def _of_connector(self, connector: ConnectorId, running: RunningCharge | None, now: Instant) -> ScheduledLimit:
        phases = self._station.config.phases
        return connector_limit(self._profiles(), connector, running, now.utc_ms, supply_phases=phases)

    def _of_station(self, now: Instant) -> ScheduledLimit:
        return station_limit(self._profiles(), now.utc_ms, supply_phases=self._station.config.phases)

    def _look_at_silence(self, now: Instant) -> float | None:
        """A network that controls the current and has fallen silent may know of a load that nobody knows here."""
        site, since = self._station.config.site, self.silent_since()
        if site.safe_current_a is None:
            return None
        # The very moment that is told below has to count as reached when it comes, whatever is rounded.
        counts_from = None if since is None else since.monotonic_s + site.safe_after_s
        is_silent = counts_from is not None and now.monotonic_s >= counts_from
        detail = f"safe_current_a: the central system has been silent for {site.safe_after_s:g} s"
        for connector in self._station.connectors:
            self._post(connector, LimitSource.FAILSAFE, site.safe_current_a if is_silent else None, detail)
        return None if is_silent else counts_from

    def _share(self, station: ScheduledLimit, now: Instant) -> float | None:
        """Part the supply among several connectors; a single one has it all."""
        sessions = [connector.session for connector in self._station.connectors.values()]
        if len(sessions) < 2:
            return None
        limited = station.current_a is not None and station.current_a < self._supply_a
        supply_a = station.current_a if limited and station.current_a is not None else self._supply_a
        self._sharing = shared(self._sharing, tuple(claim_of(session) for session in sessions), supply_a, now)
        words = f"{station.detail}, shared by {len(sessions)} connectors" if limited else self._supply_words()
        for share in self._sharing.shares:
            self._post(share.connector, LimitSource.SUPPLY, share.current_a, words)
        return self._sharing.due_at

    def _post(self, connector: ConnectorId, source: LimitSource, current_a: float | None, detail: str) -> None:
        known = self._session(connector).limits.named(source)
        if (known.current_a if known else None) != current_a or (known is not None and known.detail != detail):
            running = open_transaction(self._session(connector))
            said = LimitChanged(source=source, current_a=current_a, detail=detail, transaction=running)
            self._station.connectors[connector].post(said)

    def _supply_words(self) -> str:
        count = len(self._station.config.board.connectors)
        shared_by = f", {self._supply_a:g} A shared by {count} connectors" if count > 1 else ""
        return f"supply_current_a{shared_by}"

    def _profiles(self) -> Profiles:
        return self._station.store.profiles.all()

    def _session(self, connector: ConnectorId) -> Session:
        return self._station.connectors[connector].session


def running_charge(session: Session, now: Instant) -> RunningCharge | None:
    """The charge whose profiles a connector obeys, None where there is none on record."""
    if open_transaction(session) is None or session.transaction is None:
        return None
    return RunningCharge.since(session.transaction.key, session.transaction.started_at, now)


def limit_of_next_charge(station: Station, connector: ConnectorId) -> ScheduledLimit:
    """What the profiles would leave to a charge that begins there now: `CurrentLimits.limit_of`, asked beforehand.

    A profile that came with the request of whoever is accepted there counts as it will.
    """
    now, session = station.clock.now(), station.connectors[connector].session
    profiles = station.store.profiles.all()
    brought = None if session.token is None else brought_by(session.brought, session.token)
    if brought is not None:
        profiles = (*profiles, replace(brought, connector=connector, transaction=NEXT_CHARGE))
    begins = RunningCharge.since(NEXT_CHARGE, now, now)
    return connector_limit(profiles, connector, begins, now.utc_ms, supply_phases=station.config.phases)


def _due_at(limit: ScheduledLimit, now: Instant) -> float | None:
    """When time changes this limit, by the monotonic clock."""
    if limit.until_ms is None or now.utc_ms is None:
        return None
    return now.monotonic_s + max(0, limit.until_ms - now.utc_ms) / 1000
