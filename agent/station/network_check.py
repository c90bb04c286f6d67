"""The way to the central system, looked at layer by layer while the charger works on.

What each layer's evidence means is agent/core/network_check/. Here it is gathered: from the kernel, from name servers,
from a connection that goes as far as TLS and no further. A second websocket of the same identity would throw the
charger off at many central systems, so from the websocket on the charger's own connection is asked: the one that is
open, or its next attempt, which is made now.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from agent.core.network_check import local, remote, time_server
from agent.core.network_check.model import Finding, Layer, Verdict, fail, ok, skipped
from agent.core.network_check.own_link import LinkSeen, own_link
from agent.core.network_check.packets import Fate, packets
from agent.core.network_check.radio import RadioSeen, radio
from agent.errors import NotTold
from agent.host import modem, name_servers, network, packet_sizes, reaching, sntp, time_servers, wifi
from agent.ocpp_client.causes import LinkFailed
from agent.ocpp_client.handshake import long_hello, shake_hands, trusted_words
from agent.ocpp_client.link import LinkOptions
from agent.values import frozen

PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
ON_THIS_MACHINE = "the central system is on this machine"
OWN_NETWORK = (Layer.RADIO, Layer.LINK, Layer.ADDRESS, Layer.ROUTE)
LARGE_BYTES = 4000
"""What is sent to see whether large packets arrive: more than two of Ethernet's."""


@frozen(kw_only=True)
class Waits:
    """The longest of each layer, in seconds. Spent one after the other they name the layer that fails within 20 s."""

    router_s: float = 1.5
    """And beside it the modem's word. All of them together come to less than 20 s."""
    look_up_s: float = 5.0
    server_s: float = 1.5
    """A name server that is asked directly, after the look-up failed."""
    page_s: float = 2.0
    """And beside it the answers of time servers."""
    connect_s: float = 3.0
    packet_s: float = 1.5
    """Until the other end has what several packets held."""
    smaller_packet_s: float = 1.5
    """The same by smaller ones, where it has not."""
    handshake_s: float = 4.5
    smaller_s: float = 2.0
    """The same with small packets, where nothing came back."""


@frozen(kw_only=True)
class Subject:
    """What is checked. `options` raises LinkFailed where there is no way; `own` asks the charger's connection.

    `stands` tells whether that connection answers now; `offset_s` is what the central system said of the clock last.
    `bits` draws as many bits of chance, to mark questions to name servers and time servers. `root`: where the system's
    settings lie.
    """

    options: Callable[[], Awaitable[LinkOptions]]
    own: Callable[[LinkOptions], Awaitable[LinkSeen]]
    stands: Callable[[], Awaitable[bool]]
    now_ms: Callable[[], int | None]
    bits: Callable[[int], int]
    offset_s: float | None = None
    portal_check_url: str = ""
    waits: Waits = Waits()
    root: Path = Path("/")


async def check_network(subject: Subject) -> AsyncGenerator[Finding, None]:
    """Each layer's finding as it is made, up to the first that fails."""
    try:
        options = await subject.options()
        settings = _settings(options)
    except LinkFailed as failure:
        yield fail(Layer.SETTINGS, str(failure), "mend what is named, in the site file or where it says")
        return
    yield settings
    stands = await subject.stands()
    async for finding in _Way(subject, options).findings():
        seen = _beside_a_living_one(finding) if stands else finding
        yield seen
        if seen.verdict is Verdict.FAIL:
            return
    for finding in own_link(await subject.own(options)):
        yield finding
        if finding.verdict is Verdict.FAIL:
            return


def _settings(options: LinkOptions) -> Finding:
    parts = urlsplit(options.url)
    believes = f", believes {trusted_words(options.trust)}" if parts.scheme == "wss" else ", without TLS"
    url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return ok(Layer.SETTINGS, f"{url} as {options.identity}{believes}", {"url": url, "identity": options.identity})


def _beside_a_living_one(finding: Finding) -> Finding:
    """The connection there is answers: what fails here hurts the next one."""
    if finding.verdict is not Verdict.FAIL:
        return finding
    says = f"{finding.says}; the present connection works all the same, another one would not come about"
    return replace(finding, verdict=Verdict.WARN, says=says)


class _Way:
    """One check, from this machine's plug to the end of TLS."""

    def __init__(self, subject: Subject, options: LinkOptions) -> None:
        parts = urlsplit(options.url)
        self._subject, self._options, self._waits = subject, options, subject.waits
        self._host, self._is_encrypted = parts.hostname or "", parts.scheme == "wss"
        self._port = parts.port or (443 if self._is_encrypted else 80)
        self._addresses: tuple[str, ...] = ()
        self._http_ms: int | None = None
        self._reached = ""
        self._keeping = time_servers.Keeping(kept_by="", servers=())
        self._link_bytes: int | None = None
        self._nothing_arrives = False

    async def findings(self) -> AsyncIterator[Finding]:
        """Nothing follows what fails; where the connection stands all the same, nothing that rests on it."""
        if self._options.unix_path is not None:
            for layer in (*OWN_NETWORK, Layer.DNS, Layer.PORTAL, Layer.TIME_SERVER):
                yield skipped(layer, ON_THIS_MACHINE)
            yield self._clock(None)
            return
        for step in self._steps():
            found = await step()
            for finding in found:
                yield finding
            if any(one.verdict is Verdict.FAIL for one in found):
                return

    def _steps(self) -> tuple[Callable[[], Awaitable[tuple[Finding, ...]]], ...]:
        return (self._own_network, self._names, self._portal, self._tcp, self._packets, self._tls)

    async def _own_network(self) -> tuple[Finding, ...]:
        if local.is_this_machine(self._host):
            return tuple(skipped(layer, ON_THIS_MACHINE) for layer in OWN_NETWORK)
        seen = network.interfaces()
        found = [local.link(seen)]
        if found[-1].verdict is not Verdict.FAIL:
            found.append(local.address(seen))
        has_address = found[-1].verdict is not Verdict.FAIL
        async with asyncio.TaskGroup() as tasks:
            carried = tasks.create_task(_radio(seen, self._waits.router_s))
            routes = tasks.create_task(self._routes()) if has_address else None
        ways = [] if routes is None else [local.route(routes.result())]
        return (radio(carried.result()), *found, *ways)

    async def _routes(self) -> local.Routes:
        numeric = local.is_numeric(self._host)
        places = (self._host,) if numeric else name_servers.configured()
        lead = {place: network.has_route_to(place) for place in places}
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(network.roused(one, self._waits.router_s)) for one in network.gateways()]
        return local.Routes(
            gateways=tuple(one.result() for one in asked),
            leads_to=tuple(place for place, leads in lead.items() if leads),
        )

    async def _names(self) -> tuple[Finding, ...]:
        """And meanwhile who keeps the clock, which takes a second where it is asked of a program."""
        is_numeric = local.is_numeric(self._host)
        async with asyncio.TaskGroup() as tasks:
            found = None if is_numeric else tasks.create_task(self._look_up(self._host))
            if not local.is_this_machine(self._host):
                tasks.create_task(self._look_at_time_keeping())
        if found is None:
            self._addresses = (self._host,)
            return (skipped(Layer.DNS, f"{self._host} is an address"),)
        self._addresses = found.result().addresses
        return (local.names(found.result()),)

    async def _look_at_time_keeping(self) -> None:
        self._keeping = await time_servers.keeping(self._subject.root)

    async def _look_up(self, host: str) -> local.Lookup:
        return await name_servers.look_up(host, self._waits.look_up_s, self._waits.server_s, self._subject.bits(16))

    async def _portal(self) -> tuple[Finding, ...]:
        """And the clock, with which the same answer helps, as do time servers, which are asked meanwhile."""
        known = self._subject.portal_check_url
        if local.is_this_machine(self._host):
            page = (await self._page(known),) if known else (skipped(Layer.PORTAL, ON_THIS_MACHINE),)
            return *page, skipped(Layer.TIME_SERVER, ON_THIS_MACHINE), self._clock(None)
        async with asyncio.TaskGroup() as tasks:
            portal = tasks.create_task(self._page(known))
            times = tasks.create_task(self._times())
        seen = times.result()
        return portal.result(), time_server.time_server(seen), self._clock(time_server.ahead_s(seen))

    async def _page(self, known: str) -> Finding:
        url, addresses = f"http://{_in_url(self._host)}/", self._addresses
        if known:
            url, host = known, urlsplit(known).hostname or ""
            addresses = (host,) if local.is_numeric(host) else (await self._look_up(host)).addresses
        page = await reaching.plain_page(url, addresses, self._waits.page_s, is_known=bool(known))
        self._http_ms = page.date_ms
        return remote.portal(page)

    async def _times(self) -> time_server.TimeSeen:
        """Of the servers that the system's own settings name, and no others."""
        subject, keeping = self._subject, self._keeping
        ask = [sntp.ask(one, self._waits.page_s, subject.bits(64), subject.now_ms) for one in keeping.servers]
        return time_server.TimeSeen(
            answers=await asyncio.gather(*ask),
            kept_by=keeping.kept_by,
            is_synchronized=keeping.is_synchronized,
            why_not=keeping.why_not,
        )

    def _clock(self, servers_s: float | None) -> Finding:
        return remote.clock(
            remote.ClockSeen(
                now_ms=self._subject.now_ms(),
                passed_ms=self._options.trust.floor_ms,
                offset_s=self._subject.offset_s,
                servers_s=servers_s,
                http_ms=self._http_ms,
            )
        )

    async def _tcp(self) -> tuple[Finding, ...]:
        attempts = await reaching.reach_all(self._addresses, self._port, self._waits.connect_s)
        good = [one for one in attempts if one.answer is remote.Answer.OPEN]
        self._reached = min(good, key=lambda one: one.took_s).address if good else ""
        way = None if local.is_this_machine(self._host) else network.way_to(self._reached or self._addresses[0])
        self._link_bytes = None if way is None else way.mtu_bytes
        return (remote.tcp(attempts, self._port, proxy=proxy_of(os.environ), way=way),)

    async def _packets(self) -> tuple[Finding, ...]:
        """By the beginning of TLS, or of a request; neither is gone on with, and no password is in it."""
        if local.is_this_machine(self._host):
            return (skipped(Layer.PACKETS, ON_THIS_MACHINE),)
        sends = long_hello(self._host, LARGE_BYTES) if self._is_encrypted else b"GET /".ljust(LARGE_BYTES, b"-")
        waits = self._waits
        seen = await packet_sizes.sizes_to(self._reached, self._port, sends, waits.packet_s, waits.smaller_packet_s)
        found = packets(replace(seen, link_bytes=self._link_bytes))
        # Then TLS need not try small ones again.
        self._nothing_arrives = seen.first.fate is Fate.LOST and found.verdict is Verdict.SKIPPED
        return (found,)

    async def _tls(self) -> tuple[Finding, ...]:
        if not self._is_encrypted:
            return (skipped(Layer.TLS, "the address begins with ws://: nothing is encrypted"),)
        try:
            smaller_s = 0.0 if self._nothing_arrives else self._waits.smaller_s
            seen = await shake_hands(self._options, self._reached, self._waits.handshake_s, smaller_within_s=smaller_s)
        except LinkFailed as failure:
            return (fail(Layer.SETTINGS, str(failure), "mend the file that is named, or its name in the site file"),)
        return (remote.tls(seen, self._subject.now_ms()),)


async def _radio(seen: Sequence[local.Interface], within_s: float) -> RadioSeen:
    """That nobody can be asked for a modem matters only where there is one."""
    wifis = wifi.wifis(seen)
    try:
        return RadioSeen(wifis=wifis, modem=await modem.look(within_s))
    except NotTold as why:
        has_modem = any(one.medium is local.Medium.MODEM for one in seen)
        return RadioSeen(wifis=wifis, not_looked=(f"the modem, as {why}",) if has_modem else ())


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def proxy_of(environment: Mapping[str, str]) -> str:
    """The proxy that the environment names, without its password."""
    for name in PROXIES:
        with suppress(ValueError):
            if host := urlsplit(environment.get(name, "")).netloc.rpartition("@")[2]:
                return host
    return ""
