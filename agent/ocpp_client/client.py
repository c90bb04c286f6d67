"""The charger's side of the network, whichever OCPP version the adapter speaks. All that the wiring needs to know."""

from __future__ import annotations

import asyncio

from agent.clock import Clock
from agent.core.availability import StatusReport
from agent.core.identity import IdToken
from agent.ids import Ids
from agent.ocpp_client import connections, correspondence, health
from agent.ocpp_client.adapter import Adapter, Registration, WireCall
from agent.ocpp_client.link import LinkOptions
from agent.ocpp_client.ports import AuthorizationAnswer, ClientSettings, LedgerPort, StationPort
from agent.values import frozen


@frozen(kw_only=True)
class Neighbours:
    """What the client stands between: the charger, its ledger, the network's settings, and what else is to be told."""

    station: StationPort
    ledger: LedgerPort
    settings: ClientSettings
    notices: correspondence.Notices | None = None


class OcppClient:
    """Supervised by the wiring: `run` goes on for ever. Everything else may be called at any time, also before."""

    def __init__(
        self,
        adapter: Adapter,
        way: LinkOptions | connections.Way,
        neighbours: Neighbours,
        *,
        clock: Clock,
        ids: Ids,
        observers: connections.Observers | None = None,
        authorize_within_s: float = 10.0,
    ) -> None:
        """Costs no import of the websocket library; the first `run` does."""
        self._settings = neighbours.settings
        self._ledger = neighbours.ledger
        self._clock = clock
        self._authorize_within_s = authorize_within_s
        self._health = health.Health(self._now_s())
        self._correspondence = correspondence.Correspondence(
            adapter,
            neighbours.station,
            neighbours.ledger,
            neighbours.settings,
            notices=neighbours.notices,
            between=ids.between,
        )
        self._connections = connections.Connections(
            connections.OneWay(way) if isinstance(way, LinkOptions) else way,
            self._correspondence,
            self._health,
            clock=clock,
            ids=ids,
            observers=observers or connections.Observers(),
        )

    async def run(self) -> None:
        """Stay connected, for ever or until `aclose`. Raises nothing that the network could bring about."""
        await self._connections.run()

    async def reconnect(self, why: str) -> None:
        """Open another connection in place of the one there is, if there is one; nothing is lost by it."""
        await self._connections.anew(why)

    async def hold(self, why: str) -> None:
        """Close the connection there is, and open none until `release`. What is to be told waits in the ledger."""
        await self._connections.hold(why)

    def release(self) -> None:
        """Connect again, at once."""
        self._connections.release()

    @property
    def subprotocol(self) -> str:
        """Without it agreed there is no connection."""
        return self._correspondence.adapter.subprotocol

    async def attempt(self) -> None:
        """Where there is no connection, try to open one without further waiting; how it went is in `snapshot`.

        The caller bounds the wait.
        """
        await self._connections.attempt()

    async def ping(self, within_s: float) -> float:
        """A round trip over the connection there is, in seconds. Raises LinkFailed."""
        return await self._connections.ping(within_s)

    async def aclose(self) -> None:
        """Say goodbye and let `run` end. What was not told stays in the ledger."""
        await self._connections.aclose()

    def facts_recorded(self) -> None:
        """The ledger holds something new to tell."""
        self._correspondence.teller.outbox.recorded()
        self._correspondence.changed.set()

    def status_changed(self, report: StatusReport) -> None:
        """The status of a connector, or of the station, is `report` now; told when it lasts and may be told."""
        self._correspondence.statuses.follow(report, self._clock.now())
        self._correspondence.changed.set()

    def notices_changed(self) -> None:
        """There is a notice to tell."""
        self._correspondence.changed.set()

    def settings_changed(self) -> None:
        """What is due may be due at another time."""
        self._correspondence.changed.set()

    async def authorize(self, token: IdToken) -> AuthorizationAnswer | None:
        """The network's word on `token`; None where it cannot be asked now or does not answer in time.

        The answer is passed to `StationPort.token_judged`, too, also where it comes too late for the caller.
        """
        if not self._health.is_open or self._health.silences or not self._correspondence.standing.may_send:
            return None
        question = correspondence.Question(token, asyncio.get_running_loop().create_future())
        turn = self._correspondence.ask(question)
        if turn is None:
            return None
        try:
            async with asyncio.timeout(self._authorize_within_s):
                return await question.answer
        except TimeoutError:
            return None
        finally:
            self._correspondence.withdraw(turn)

    async def call(self, call: WireCall, *, is_triggered: bool = False) -> correspondence.WhatCame:
        """Make one CALL when it is its turn; None where nobody can be asked now, or the connection ended before.

        `is_triggered`: the network asked for it, so that it may leave also before registration was accepted.
        """
        if not self._health.is_open or not (is_triggered or self._correspondence.standing.may_send):
            return None
        errand = correspondence.Errand(asyncio.get_running_loop().create_future())
        return await errand.outcome if self._correspondence.send(call, errand, is_triggered=is_triggered) else None

    def snapshot(self) -> health.ClientSnapshot:
        """The network as seen from here, now."""
        noted, standing = self._health, self._correspondence.standing
        return health.ClientSnapshot(
            is_connected=self.is_connected(),
            is_open=noted.is_open,
            registration=standing.status,
            cause=noted.failure.cause if noted.failure else None,
            sentence=str(noted.failure) if noted.failure else "",
            since_s=noted.since_s,
            next_try_s=noted.next_try_s,
            last_sent_s=noted.sent_s,
            last_heard_s=noted.heard_s,
            last_answered_s=noted.answered_s,
            round_trip_s=noted.round_trip_s,
            queued=self._ledger.queued(),
            unanswered=len(self._correspondence.teller.outbox.unanswered.aside()),
            transmissions=self._correspondence.teller.outbox.transmissions,
            counts=noted.counts(),
            url=noted.url,
            connections=noted.connections,
            losses=tuple(noted.losses.most_common()),
        )

    @property
    def registration(self) -> Registration | None:
        """The central system's last word on this charger, as `snapshot` tells it."""
        return self._correspondence.standing.status

    def call_times(self) -> health.CallTimes:
        """How long answers took since the start of the program, by action."""
        return self._health.call_times

    def is_connected(self) -> bool:
        """As `snapshot` tells it, without the rest: it is asked every few seconds, and with each price shown."""
        return self._correspondence.standing.is_proven and self._is_answered_in_time()

    def _is_answered_in_time(self) -> bool:
        bound_s = health.heard_within_s(
            ping_interval_s=self._settings.websocket_ping_interval_s,
            heartbeat_interval_s=self._settings.heartbeat_interval_s,
            call_timeout_s=self._settings.call_timeout_s,
        )
        is_heard = self._health.has_heard_within(bound_s, self._now_s())
        return self._health.is_open and self._health.silences == 0 and is_heard

    def _now_s(self) -> float:
        return self._clock.now().monotonic_s
