"""SignCertificate: a new key, a request for its certificate, and how often and after which waits it is repeated.

The rules of OCPP 2.0.1 A02, which the 1.6 whitepaper leaves open: after CertSigningWaitMinimum without a certificate
the request is sent again, CertSigningRepeatTimes at most, and each wait is twice the one before. All requests of a
round are for one key, so that a certificate that comes late still fits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from agent.errors import SecurityError
from agent.ocpp_client.adapter import WireCall
from agent.ocpp_client.rpc.calls import Answer, Outcome
from agent.security.certificate_store import CertificateStore
from agent.security.disk import Disk
from agent.security.keys import signing_request
from agent.station.security_events import Words
from agent.station.station import Station

log = logging.getLogger(__name__)

RENEWED_BEFORE_MS = 30 * 24 * 3600 * 1000
"""security.md, S-04."""
ASKED_AGAIN_AFTER_S = 24 * 3600.0
"""A renewal of our own that came to nothing."""

Call = Callable[[WireCall, bool], Awaitable[Outcome | None]]
"""The second argument: the network asked for it."""


class CertificateRequests:
    """`run` works through what `ask` asked for."""

    def __init__(self, station: Station, certificates: CertificateStore, disk: Disk) -> None:
        self._station = station
        self._certificates = certificates
        self._disk = disk
        self._wanted = asyncio.Event()
        self._over = asyncio.Event()
        self._renewal_asked_s: float | None = None

    @property
    def common_name(self) -> str:
        """The serial number, as the whitepaper wants it; the identity of a charger that has none on record."""
        config = self._station.config
        return config.station.serial_number or (config.ocpp.identity if config.ocpp is not None else "")

    def ask(self) -> None:
        """Begin a round, in place of one that is under way."""
        self._wanted.set()
        self._over.set()

    def renew(self, ends_ms: int, now_ms: int) -> None:
        """Begin a round where the certificate ends soon; not more than once a day."""
        now_s = self._station.clock.now().monotonic_s
        asked_s = self._renewal_asked_s
        if ends_ms - now_ms > RENEWED_BEFORE_MS or (asked_s is not None and now_s - asked_s < ASKED_AGAIN_AFTER_S):
            return
        self._renewal_asked_s = now_s
        self.ask()

    def answered(self) -> None:
        """A certificate came, and was taken."""
        self._over.set()

    async def run(self, words: Words, call: Call) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._round(words, call)
            except (OSError, SecurityError) as error:
                log.warning("no certificate can be asked for", extra={"why": str(error)})

    async def _round(self, words: Words, call: Call) -> None:
        request = await self._disk.do(self._new_request)
        settings = self._station.settings
        wait_s = float(settings.cert_signing_wait_minimum_s)
        for _ in range(1 + settings.cert_signing_repeat_times):
            self._over.clear()
            outcome = await call(words.sign_certificate(request), True)
            if isinstance(outcome, Answer) and outcome.payload.get("status") != "Accepted":
                log.warning("the central system does not sign certificates now")
                return
            if await self._is_over_within(wait_s):
                return
            wait_s *= 2
        log.warning("no certificate came", extra={"requests": 1 + settings.cert_signing_repeat_times})

    def _new_request(self) -> str:
        key = self._certificates.request_key()
        organization = self._station.settings.organization_name
        return signing_request(key, common_name=self.common_name, organization=organization)

    async def _is_over_within(self, wait_s: float) -> bool:
        try:
            async with asyncio.timeout(wait_s):
                await self._over.wait()
        except TimeoutError:
            return False
        return True
