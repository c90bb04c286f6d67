"""Keys, certificates and security events as the network may see and change them: `SecurityPort` of the OCPP client."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.clock import NOT_BEFORE_MS
from agent.config.model import OcppConfig
from agent.errors import AgentError, CertificateRefused, SecurityError, StoreError
from agent.ocpp_client.adapter import WireCall
from agent.ocpp_client.rpc.calls import Outcome
from agent.ocpp_client.security_port import DeleteVerdict, InstallVerdict
from agent.secret import Secret
from agent.security import certificates
from agent.security.authorization_key import KeyEncoding, objection_to_key
from agent.security.certificate_store import FORMER_KEPT_MS, LARGEST_CHAIN, CertificateStore, Chain, Root, RootUse
from agent.security.certificates import HashData
from agent.security.disk import Disk
from agent.security.events import SecurityEvent
from agent.station.access import AccessKeeper, Surroundings
from agent.station.certificate_requests import CertificateRequests
from agent.station.security_events import SecurityEvents, Words
from agent.station.slot_changes import SlotChanges
from agent.station.slots import SlotKeeper
from agent.station.station import Station

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

log = logging.getLogger(__name__)

FILE = Path("secrets") / "access.json"
LOOKS_EVERY_S = 3600.0
LAST_SEEN = "Clock.LastSeenMs"
"""A setting of the store: a time that is known to have passed, looked at every hour."""
HIGHEST_PROFILE = 3
LITTLE_SPACE = 0.05
"""Share of the file system that is free, below which the disk counts as getting full."""

CallNetwork = Callable[[WireCall, bool], Awaitable[Outcome | None]]


class SecuritySide:
    """One object a run. `reconnect_with` is given by the wiring once there is a client."""

    def __init__(self, station: Station, ocpp: OcppConfig, events: SecurityEvents) -> None:
        self._station = station
        self._disk = Disk()
        self._certificates = CertificateStore(station.config.storage.path)
        self._requests = CertificateRequests(station, self._certificates, self._disk)
        self.events = events
        base = Surroundings(
            file=station.config.storage.path / FILE,
            ocpp=ocpp,
            tls=station.config.tls,
            certificates=self._certificates,
            disk=self._disk,
            encoding=lambda: self._encoding,
            now_ms=self.now_ms,
            has_clock=lambda: station.clock.now().utc_ms is not None,
            note=self.note,
            keep=lambda access: station.deeds.do("keep the way", partial(self._keep_and_tidy, access)),
            on_answered=self.events.wake,
        )
        self.slots = SlotKeeper(station, ocpp, base)
        self.slots.reconnect = self._reconnect
        self.addresses = SlotChanges(station, ocpp, self.slots)
        self.reconnect_with: Callable[[str], Awaitable[None]] | None = None
        self._was_short_of_space = False
        self._ends_ms: int | None = None

    @property
    def access(self) -> AccessKeeper:
        """How the charger logs in at the slot in use."""
        return self.slots.access

    # Running.

    async def run(self, words: Words, call: CallNetwork) -> None:
        """Tell events, ask for certificates, and look after what there is, for ever."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.events.run(words, lambda wanted: call(wanted, False)))
                tasks.create_task(self._requests.run(words, call))
                tasks.create_task(self._look_after())
                tasks.create_task(self.slots.run())
        finally:
            self._disk.close()

    async def _look_after(self) -> None:
        while True:
            try:
                await self._keep_time()
                await self._adopt_and_renew()
                await self._watch_space()
            except (OSError, AgentError) as error:
                log.warning("security was not looked after", extra={"why": str(error)})
            await asyncio.sleep(LOOKS_EVERY_S)

    async def _keep_time(self) -> None:
        """Only what certificates agreed to: a clock that once ran far ahead must not end them all for ever."""
        known_ms, seen_ms = self._known_ms(), self.access.believed_at_ms
        if seen_ms > known_ms:
            await self._station.store.settings.put({LAST_SEEN: str(seen_ms)})

    async def _adopt_and_renew(self) -> None:
        """Use a certificate from the beginning of its validity on, and ask for the next one before its end."""
        if not self._certificates.has_chain():
            return
        chains, now_ms = await self._disk.do(self._certificates.chains), self.now_ms()
        newest = next((one for one in chains if one.is_valid_at(now_ms)), None)
        latest = self.access.plan.latest
        if newest is not None and newest.id != latest.chain and not any(one.id == latest.chain for one in chains):
            await self._use(newest)
        elif newest is not None and _is_newer(newest, chains, latest.chain):
            await self._use(newest)
            self.reconnect()
        if chains:
            self._ends_ms = max(one.not_after_ms for one in chains)
            self._requests.renew(max(one.not_after_ms for one in chains), now_ms)

    async def _watch_space(self) -> None:
        seen = await self._disk.do(lambda: os.statvfs(self._station.config.storage.path))
        is_short = seen.f_bavail < LITTLE_SPACE * seen.f_blocks
        if is_short and not self._was_short_of_space:
            free_mb = seen.f_bavail * seen.f_frsize // 1_000_000
            self.note(SecurityEvent.MEMORY_EXHAUSTION, f"{free_mb} MB are free where the charger keeps its records")
        self._was_short_of_space = is_short

    # Events and time.

    def note(self, event: SecurityEvent, info: str = "") -> None:
        self.events.note(event, info)

    def certificate_ends_ms(self) -> int | None:
        """The end of the charger's newest certificate (UTC), looked up every hour; None where it has none."""
        return self._ends_ms

    def now_ms(self) -> int:
        return max(NOT_BEFORE_MS, self._known_ms(), self._station.clock.now().utc_ms or 0)

    def _known_ms(self) -> int:
        return int(self._station.store.settings.all().get(LAST_SEEN, "0"))

    def reconnect(self) -> None:
        """Soon: the answer to the command that asked for it leaves first."""
        self._reconnect("keys, certificates, the profile or the address have changed")

    def _reconnect(self, why: str) -> None:
        reconnect = self.reconnect_with
        if reconnect is not None:
            self._station.deeds.do("reconnect", lambda: reconnect(why))

    async def erase(self) -> None:
        """A factory reset: keys and certificates belong to networks. Raises StoreError."""
        try:
            await self._disk.do(self._certificates.erase)
            await self._disk.do(self.slots.erase)
        except OSError as error:
            raise StoreError(f"keys and certificates could not be erased ({error.strerror}); check the disk") from error

    # Roots.

    async def install_root(self, use: RootUse, pem: str) -> InstallVerdict:
        try:
            id = await self._disk.do(lambda: self._judge_and_keep_root(use, pem))
            await self._trust(use, id)
        except SecurityError as refused:
            log.warning("a root certificate was refused", extra={"use": use.value, "why": f"it {refused}"})
            return InstallVerdict.REJECTED
        except (OSError, StoreError) as error:
            log.warning("a root certificate was not kept", extra={"use": use.value, "why": str(error)})
            return InstallVerdict.FAILED
        return InstallVerdict.ACCEPTED

    def _judge_and_keep_root(self, use: RootUse, pem: str) -> str:
        """In the thread. Raises CertificateRefused, SecurityUnavailable, OSError."""
        root = certificates.read_one(pem)
        trusted = self._trusted_roots(use)
        why = certificates.objection_to_root(root, self.now_ms(), trusted)
        if why is None and self._is_strict and use is RootUse.CENTRAL_SYSTEM:
            why = certificates.objection_to_successor(root, trusted) if trusted and root not in trusted else None
        if why is not None:
            raise CertificateRefused(why)
        return self._certificates.add_root(use, root)

    def _trusted_roots(self, use: RootUse) -> list[Certificate]:
        """Those in use: of the central system the ones of the plan, where there are none the site file's."""
        if use is RootUse.MANUFACTURER:
            return [certificates.read_chain(pem)[0] for pem in self._manufacturer_roots()]
        ids = self.access.plan.latest.roots
        installed = [one for one in self._certificates.roots(use) if one.id in ids]
        file = self.access.ca_file
        if installed or file is None:
            return [certificates.read_one(one.pem) for one in installed]
        return list(certificates.read_chain(file.read_text(encoding="utf-8"), certificates.LONGEST_BUNDLE))

    async def _trust(self, use: RootUse, id: str) -> None:
        what = f"{use.value} {id} was installed"
        if use is RootUse.MANUFACTURER:
            self.note(SecurityEvent.RECONFIGURED, what)
        elif id in self.access.plan.latest.roots:
            return
        elif self._is_strict:
            await self.access.change(replace(self.access.plan.latest, roots=(id,)), what)
        else:
            await self.access.trust(id, what)

    async def installed(self, use: RootUse) -> tuple[HashData, ...]:
        try:
            return await self._disk.do(lambda: tuple(one.hash_data() for one in self._certificates.roots(use)))
        except (SecurityError, OSError) as error:
            log.warning("installed certificates cannot be told", extra={"why": str(error)})
            return ()

    async def manufacturer_roots(self) -> tuple[str, ...]:
        return await self._disk.do(self._manufacturer_roots)

    def _manufacturer_roots(self) -> tuple[str, ...]:
        file = self._station.config.tls.manufacturer_root_file
        own = () if file is None else (file.read_text(encoding="utf-8"),)
        return own + tuple(one.pem for one in self._certificates.roots(RootUse.MANUFACTURER))

    async def delete_certificate(self, named: HashData) -> DeleteVerdict:
        try:
            found = await self._disk.do(lambda: self._find(named))
            if found is None:
                return DeleteVerdict.NOT_FOUND
            if isinstance(found, Chain) or self._is_needed(found):
                return DeleteVerdict.FAILED
            if found.use is RootUse.CENTRAL_SYSTEM:
                for access in self._accesses_by(found.id):
                    await access.distrust(found.id, f"{found.use.value} {found.id} was deleted")
            else:
                self.note(SecurityEvent.RECONFIGURED, f"{found.use.value} {found.id} was deleted")
            await self._disk.do(lambda: self._certificates.remove_root(found.use, found.id))
        except (SecurityError, StoreError, OSError) as error:
            log.warning("a certificate was not deleted", extra={"why": str(error)})
            return DeleteVerdict.FAILED
        return DeleteVerdict.ACCEPTED

    def _accesses_by(self, root: str) -> tuple[AccessKeeper, ...]:
        """Those at which the root counts; the one in use also where it does not."""
        others = (one for one in self.slots.accesses() if one is not self.access and root in one.plan.latest.roots)
        return (self.access, *others)

    def _find(self, named: HashData) -> Root | Chain | None:
        for use in RootUse:
            for root in self._certificates.roots(use):
                if root.hash_data(named.algorithm).names(named):
                    return root
        for chain in self._certificates.chains():
            leaf, *above = certificates.read_chain(chain.chain_file.read_text(encoding="ascii"))
            if certificates.hash_data(leaf, above[0] if above else None, named.algorithm).serial_number == (
                named.serial_number.casefold().lstrip("0")
            ):
                return chain
        return None

    def _is_needed(self, root: Root) -> bool:
        """The present connection was believed by it, or a connection to come has no other."""
        if root.use is not RootUse.CENTRAL_SYSTEM:
            return False
        anchor = self.access.believed_by[-1:]
        is_anchor = any(certificates.fingerprint_of_der(der).startswith(root.id) for der in anchor)
        return is_anchor or any(root.id in access.roots_in_use() for access in self.slots.accesses())

    # The charger's own certificate.

    def can_request_certificate(self) -> bool:
        return bool(self._requests.common_name) and certificates.is_available()

    def request_certificate(self) -> None:
        self._requests.ask()

    async def take_chain(self, pem: str) -> bool:
        try:
            chain = await self._disk.do(lambda: self._judge_and_keep_chain(pem))
            if chain.is_valid_at(self.now_ms()):
                await self._use(chain)
        except (SecurityError, StoreError, OSError) as error:
            self.note(SecurityEvent.INVALID_CHARGE_POINT_CERTIFICATE, f"it {error}")
            return False
        self._requests.answered()
        return True

    def _judge_and_keep_chain(self, pem: str) -> Chain:
        """In the thread. Raises CertificateRefused, SecurityUnavailable, OSError."""
        if len(pem) > LARGEST_CHAIN:
            raise CertificateRefused(f"is longer than {LARGEST_CHAIN} characters")
        chain, key = certificates.read_chain(pem), self._certificates.requested_public_key()
        if not key or not certificates.has_key(chain[0], key):
            raise CertificateRefused("is not about the key that a certificate was requested for")
        why = certificates.objection_to_leaf(chain[0]) or certificates.objection_to_links(chain)
        for one in chain:
            why = why or certificates.objection_to_expiry(one, self.now_ms())
        if why is not None:
            raise CertificateRefused(why)
        return self._certificates.keep_chain(chain)

    async def _use(self, chain: Chain) -> None:
        """From the next connection on; without a trial where no connection rests upon it yet."""
        await self.access.change_chain(chain.id, f"a new certificate of this charger: {chain.id}")

    async def _keep_and_tidy(self, access: AccessKeeper) -> None:
        """After the network answered: what was decided goes on record, and what is not needed any more goes."""
        await access.save()
        everywhere = self.slots.accesses()
        if self._is_strict:
            used = {root for one in everywhere for root in (*one.plan.proven.roots, *one.plan.latest.roots)}
            for id in self._certificates.root_ids(RootUse.CENTRAL_SYSTEM):
                if id not in used:
                    await self._remove(partial(self._certificates.remove_root, RootUse.CENTRAL_SYSTEM, id))
        if self._certificates.has_chain():
            chains = await self._disk.do(self._certificates.chains)
            for chain in chains[1:]:
                is_old = self.now_ms() - chains[0].not_before_ms > FORMER_KEPT_MS
                if is_old and not any(chain.id in one.chains_in_use() for one in everywhere):
                    await self._remove(partial(self._certificates.remove_chain, chain.id))

    async def _remove(self, work: Callable[[], None]) -> None:
        try:
            await self._disk.do(work)
        except OSError as error:
            log.warning("a certificate was not removed", extra={"why": str(error)})

    # Key and profile.

    async def change_key(self, text: str) -> bool:
        if (objection := objection_to_key(text, self._encoding)) is not None:
            return self._refuse("the AuthorizationKey", objection)
        key = Secret(text)
        if key != self.access.plan.latest.key:
            await self.access.change(replace(self.access.plan.latest, key=key), "the AuthorizationKey was changed")
        return True

    @property
    def profile(self) -> int:
        return self.access.plan.latest.profile

    async def change_profile(self, text: str) -> bool:
        if (why := await self._objection_to_profile(text)) is not None:
            return self._refuse("SecurityProfile", why)
        wanted, latest = int(text), self.access.plan.latest
        what = f"SecurityProfile {wanted} instead of {latest.profile}"
        await self.access.change(replace(latest, profile=wanted), what)
        return True

    async def _objection_to_profile(self, text: str) -> str | None:
        """Whitepaper, A03 to A05: only up, and with everything at hand that the wanted one needs."""
        if not (text.isascii() and text.isdecimal()) or len(text) > 1 or int(text) > HIGHEST_PROFILE:
            return f"is none of 1 to {HIGHEST_PROFILE}"
        wanted, latest = int(text), self.access.plan.latest
        if wanted <= self.profile:
            return f"would not rise: it is {self.profile}, and only a person at the charger lowers it"
        if wanted in (1, 2) and (latest.key is None or objection_to_key(latest.key.reveal(), self._encoding)):
            return f"{wanted} needs an AuthorizationKey, and there is none that fits"
        if wanted >= 2 and not self._has_central_system_root():
            return f"{wanted} needs a root certificate of the central system; install one first"
        if wanted == HIGHEST_PROFILE and not await self._has_own_certificate(latest.chain):
            return f"{wanted} needs a certificate of the charger's own; have one signed first"
        return None

    def _refuse(self, what: str, why: str) -> bool:
        """Told, since ChangeConfiguration has no word for a reason. Never with what was written."""
        self._station.tell("access.refused", what=what, why=why)
        return False

    def _has_central_system_root(self) -> bool:
        return self.access.ca_file is not None or bool(self._certificates.root_ids(RootUse.CENTRAL_SYSTEM))

    async def _has_own_certificate(self, id: str) -> bool:
        if not id:
            return self._station.config.tls.client_certificate_file is not None
        try:
            chains = await self._disk.do(self._certificates.chains)
        except SecurityError:
            return False
        return any(one.id == id and one.is_valid_at(self.now_ms()) for one in chains)

    @property
    def _encoding(self) -> KeyEncoding:
        return KeyEncoding(self._station.settings.authorization_key_encoding)

    @property
    def _is_strict(self) -> bool:
        return self._station.settings.additional_root_check


def _is_newer(newest: Chain, chains: tuple[Chain, ...], used: str) -> bool:
    """Whether `newest` begins after the one that is used."""
    present = next((one for one in chains if one.id == used), None)
    return present is not None and newest.not_before_ms > present.not_before_ms
