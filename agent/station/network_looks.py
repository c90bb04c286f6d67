"""The check of the running agent's network: from the websocket on by the connection it has, or by its next attempt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial

from agent.clock import Clock
from agent.config.model import StationConfig
from agent.core.network_check.local import Medium
from agent.core.network_check.model import Finding, Layer, fail
from agent.core.network_check.own_link import LinkSeen
from agent.core.network_check.scan import Scan
from agent.errors import NotTold
from agent.host import network, wifi
from agent.ids import Ids
from agent.ocpp_client.adapter import Registration
from agent.ocpp_client.causes import LinkFailed
from agent.ocpp_client.health import ClientSnapshot
from agent.ocpp_client.link import LinkOptions
from agent.ocpp_client.rpc.calls import Answer, Refusal
from agent.ocpp_client.v16.calls import heartbeat
from agent.station.network import Network
from agent.station.network_check import Subject, check_network

STANDS_WITHIN_S = 2.0
ATTEMPT_WITHIN_S = 8.0
ACCEPTED_WITHIN_S = 5.0
PING_WITHIN_S = 2.0
ANSWER_WITHIN_S = 5.0
"""Of one message sent for the look. A proxy answers pings for a central system that does not work."""
PINGS = 5
LOOKS_EVERY_S = 0.1


async def without_a_central_system() -> AsyncGenerator[Finding, None]:
    """Nothing to check."""
    says = "no central system is configured: the charger decides alone"
    yield fail(Layer.SETTINGS, says, "write [ocpp] with url and identity into the site file, if there is to be one")


def of_the_agent(link: Network, clock: Clock, config: StationConfig, slot: int | None) -> AsyncGenerator[Finding, None]:
    """By the connection there is, or by the attempt that is made now. Never opens a second one beside it."""
    figures = link.figures()
    if figures is None:
        return without_a_central_system()
    return check_network(
        Subject(
            options=partial(link.preview, slot),
            own=_OwnConnection(link).see,
            stands=_OwnConnection(link).stands,
            now_ms=lambda: clock.now().utc_ms,
            bits=Ids().bits,
            offset_s=figures.clock_offset_s if figures.is_connected else None,
            portal_check_url=config.ocpp.portal_check_url if config.ocpp is not None else "",
        )
    )


async def wifi_scans() -> tuple[Scan, ...]:
    """One interface after the other: two radios that look around at once disturb each other."""
    return tuple([await _scanned(one.name) for one in network.interfaces() if one.medium is Medium.WIRELESS])


async def _scanned(interface: str) -> Scan:
    try:
        by, heard = await wifi.heard(interface)
    except NotTold as why:
        return Scan(interface=interface, problem=str(why))
    return Scan(interface=interface, by=by, heard=heard)


class _OwnConnection:
    """What the agent's client says of itself."""

    def __init__(self, link: Network) -> None:
        self._link = link

    async def stands(self) -> bool:
        """Open alone is not enough: messages are answered over it."""
        return self._link.is_online() and bool(await _trips(self._link, 1, STANDS_WITHIN_S))

    async def see(self, options: LinkOptions) -> LinkSeen:
        """Of a connection to where `options` lead."""
        seen = self._seen()
        if seen.is_open and seen.url != options.url:
            why = f"the charger is connected to {seen.url}; evsectl ocpp use takes it to another address"
            return LinkSeen(is_open=False, why_not_tried=why)
        if not seen.is_open:
            with suppress(TimeoutError):
                async with asyncio.timeout(ATTEMPT_WITHIN_S):
                    await self._link.attempt()
            seen, was = self._seen(), seen
            if not seen.is_open:
                is_news = seen.losses != was.losses
                cause = seen.cause.value if seen.cause is not None and is_news else ""
                return LinkSeen(is_open=False, cause=cause, sentence=seen.sentence)
        await self._registered()
        trips_s = await _trips(self._link, PINGS, PING_WITHIN_S)
        is_answered = await self._is_answered() if trips_s else None
        seen, figures = self._seen(), self._link.figures()
        if not seen.is_open:
            return LinkSeen(is_open=False, cause=seen.cause.value if seen.cause else "", sentence=seen.sentence)
        return LinkSeen(
            is_open=True,
            subprotocol=self._link.subprotocol,
            registration=seen.registration.value if seen.registration else "",
            trips_s=trips_s,
            call_s=seen.round_trip_s,
            is_answered=is_answered,
            quiet_s=None if figures is None else figures.last_answer_s,
        )

    async def _is_answered(self) -> bool | None:
        """Whether a message is; None where the central system has not accepted this charger, so that none may go."""
        if self._seen().registration is not Registration.ACCEPTED:
            return None
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return isinstance(await self._link.call(heartbeat()), Answer | Refusal)
        except TimeoutError:
            return False

    async def _registered(self) -> None:
        """Until the central system said something of this charger, or the connection ended again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ACCEPTED_WITHIN_S):
                while self._seen().is_open and self._seen().registration is None:  # noqa: ASYNC110 - seen from outside
                    await asyncio.sleep(LOOKS_EVERY_S)

    def _seen(self) -> ClientSnapshot:
        seen = self._link.snapshot()
        assert seen is not None
        return seen


async def _trips(link: Network, count: int, within_s: float) -> tuple[float, ...]:
    """Seconds each; none where one is not answered."""
    try:
        return tuple([await link.ping(within_s) for _ in range(count)])
    except LinkFailed:
        return ()
