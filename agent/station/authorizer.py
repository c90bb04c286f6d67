"""Asks who may charge: what is known here, then the network. The rules are agent/core/authorization.py's."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from agent.config.model import Authorization
from agent.core.authorization import AuthorizationPolicy, after_asking, before_asking
from agent.core.identity import IdToken
from agent.core.session.events import AuthorizationDecided, AuthorizationStatus
from agent.core.time import Instant
from agent.errors import StoreError
from agent.ocpp_client.ports import AuthorizationAnswer
from agent.station.station import Station
from agent.store.tokens import Knowledge, KnownToken

log = logging.getLogger(__name__)

Ask = Callable[[IdToken], Awaitable[AuthorizationAnswer | None]]
NOTHING_KNOWN = Knowledge()


class Authorizer:
    """`ask` and `is_online` are the network's; set by the wiring once there is one."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self.ask: Ask = _nobody
        self.is_online: Callable[[], bool] = lambda: False
        self.priced: Callable[[IdToken, Instant], Awaitable[None]] = _no_price
        """Waits for the price of a token that the network was asked about at a moment; returns in any case."""

    async def authorize(self, token: IdToken) -> AuthorizationDecided:
        """Never raises; waits no longer than the network's own bound."""
        objection = self._station.objection_to(token)
        if objection:
            return AuthorizationDecided(token=token, status=AuthorizationStatus.INVALID, detail=objection)
        known, policy, now = await self._known(token), policy_of(self._station), self._station.clock.now()
        decided = before_asking(token, known, policy, now, online=self.is_online())
        if decided is not None:
            return decided
        answer = await self.ask(token)
        if answer is not None and answer.status is AuthorizationStatus.ACCEPTED:
            await self.priced(token, now)
        return after_asking(token, known, policy, self._station.clock.now(), answer=answer)

    async def remember(self, token: IdToken, answer: AuthorizationAnswer) -> None:
        """What the network said, for the time without it. Raises StoreError."""
        if self._station.settings.authorization_cache_enabled and not token.is_random:
            known = KnownToken(token=token, status=answer.status, expires_ms=answer.expires_ms, group=answer.group)
            await self._station.store.tokens.remember(known, self._station.clock.now().utc_ms)

    async def _known(self, token: IdToken) -> Knowledge:
        try:
            return await self._station.store.tokens.find(token)
        except StoreError as error:
            log.warning("local tokens could not be read", extra={"error": str(error)})
            return NOTHING_KNOWN


def policy_of(station: Station) -> AuthorizationPolicy:
    """As site and network want it now."""
    settings = station.settings
    return AuthorizationPolicy(
        free=station.config.site.authorization is Authorization.FREE,
        list_enabled=settings.local_list_enabled,
        cache_enabled=settings.authorization_cache_enabled,
        pre_authorize=settings.local_pre_authorize,
        authorize_offline=settings.local_authorize_offline,
        allow_unknown_offline=settings.allow_offline_tx_for_unknown_id,
    )


async def _no_price(_token: IdToken, _asked_at: Instant) -> None:
    return


async def _nobody(_token: IdToken) -> AuthorizationAnswer | None:
    return None
