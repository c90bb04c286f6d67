"""With what the charger opens its next connection, kept over restarts and changed with a trial; where to is slots.py.

The plan itself is agent/security/access.py. Here it meets the site file, the certificates and the disk. The site file
says how to begin. What the network changed counts until a person changes the same thing there: a lower security profile
or another password is never the network's doing (security.md, S-01).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from agent.config.model import OcppConfig, TlsConfig
from agent.errors import StoreError
from agent.ocpp_client.causes import Cause, LinkFailed
from agent.ocpp_client.link import LinkOptions
from agent.ocpp_client.tls import Trust
from agent.secret import Secret
from agent.security import private_files
from agent.security.access import SITE, Access, Failure, Plan, read, written
from agent.security.authorization_key import KeyEncoding, can_mean_both, is_hex
from agent.security.certificate_store import CertificateStore
from agent.security.disk import Disk
from agent.security.events import SecurityEvent
from agent.values import frozen

log = logging.getLogger(__name__)

SAYS_NOTHING = frozenset(
    {Cause.DNS, Cause.UNREACHABLE, Cause.UNAVAILABLE, Cause.STOPPED, Cause.RECONNECTS, Cause.UNKNOWN_IDENTITY}
)
"""Causes that another key or certificate would not help."""
ABOUT_THE_PORT = frozenset({Cause.REFUSED, Cause.CONNECT_TIMEOUT})
"""These could be helped by a way without TLS, or with it, and by nothing else."""
EVENTS = {
    Cause.UNAUTHORIZED: SecurityEvent.FAILED_TO_AUTHENTICATE,
    Cause.OWN_CERTIFICATE: SecurityEvent.FAILED_TO_AUTHENTICATE,
    Cause.CERTIFICATE: SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE,
    Cause.TLS_VERSION: SecurityEvent.INVALID_TLS_VERSION,
    Cause.TLS_CIPHERS: SecurityEvent.INVALID_TLS_CIPHER_SUITE,
}


@frozen(kw_only=True)
class Surroundings:
    """What an access is turned into a connection with. `note` tells a security event; `keep` does a deed soon.

    `ocpp` and `tls` are what the site file says of the slots that log in by this; `file` is where changes are kept.
    """

    file: Path
    ocpp: OcppConfig
    tls: TlsConfig
    certificates: CertificateStore
    disk: Disk
    encoding: Callable[[], KeyEncoding]
    now_ms: Callable[[], int]
    has_clock: Callable[[], bool]
    note: Callable[[SecurityEvent, str], None]
    keep: Callable[[AccessKeeper], None]
    on_answered: Callable[[], None]


class AccessKeeper:
    """The credentials of one slot, or of several. Raises StoreError where a change could not be kept."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._with = surroundings
        self._file = surroundings.file
        self._letters: set[str] = set()
        """Marks of the keys that are sent by their letters, though they spell octets, too."""
        self._letters_kept: set[str] = set()
        self.plan = self._restored()
        self._tried, self._used = self.plan, self.plan.proven
        self._noted: set[SecurityEvent] = set()
        self.believed_by: tuple[bytes, ...] = ()
        """The certificates by which the present connection was believed, root last."""
        self.believed_at_ms = 0
        """UTC milliseconds at which certificates were last found good by the clock: a time that has passed."""

    # The way to the next connection.

    def options(self, endpoint: str, identity: str) -> LinkOptions:
        """Of the next connection, to `endpoint`. Raises LinkFailed where there is no way just now."""
        self._tried, self._used = self.plan, self.plan.next()
        return self._options_of(self._used, endpoint, identity)

    def preview(self, endpoint: str, identity: str) -> LinkOptions:
        """What `options` would be, to look at: nothing is tried with it. Raises LinkFailed."""
        return self._options_of(self.plan.next(), endpoint, identity)

    def opened(self, believed_by: tuple[bytes, ...]) -> None:
        self.believed_by = believed_by
        if believed_by and self._with.has_clock():
            self.believed_at_ms = self._with.now_ms()

    def failed(self, failure: LinkFailed) -> None:
        self.believed_by = ()
        if failure.cause is Cause.UNAUTHORIZED:
            self._read_the_other_way(self._used)
        before, self.plan = self.plan, self.plan.failed(self._used, self._meaning(failure.cause))
        if before.proven != self.plan.proven:
            self._with.note(SecurityEvent.RECONFIGURED, "the former AuthorizationKey was refused too often: forgotten")
            self._with.keep(self)
        event = EVENTS.get(failure.cause)
        if event is not None and event not in self._noted:
            # Once for each outage: attempts go on for days.
            self._noted.add(event)
            self._with.note(event, str(failure))

    def answered(self) -> None:
        self._noted.clear()
        before, self.plan = self.plan, self.plan.answered(self._used, self._tried)
        if before.trial != self.plan.trial or before.proven != self.plan.proven:
            self._settled(before)
        elif self._letters != self._letters_kept:
            self._with.keep(self)
        self._with.on_answered()

    def garbled(self, what: str) -> None:
        self._with.note(SecurityEvent.INVALID_MESSAGES, what)

    def repeated(self, action: str) -> None:
        """Inside TLS nobody but the central system can send a frame again; in the clear everybody on the way can."""
        if not self._used.is_encrypted:
            self._with.note(SecurityEvent.REPLAY_ATTACKS, f"{action} came again under its message id; not done again")

    # Changes.

    async def change(self, wanted: Access, what: str) -> None:
        """Try `wanted` from the next connection on. `what` is told as an event. Raises StoreError."""
        await self._change(self.plan.changed(wanted), what)

    async def trust(self, root: str, what: str) -> None:
        """Trust one more root. Where only the system's authorities counted so far, it takes their place, on trial."""
        latest = self.plan.latest
        if latest.roots == (SITE,) and self._with.tls.ca_file is None:
            await self._change(self.plan.changed(replace(latest, roots=(root,))), what)
        else:
            await self._change(self.plan.trusting(root), what)

    async def change_chain(self, chain: str, what: str) -> None:
        """Show this certificate. Where none is shown yet (profiles 0 to 2) there is nothing to try."""
        plan = self.plan
        if plan.proven.profile == 3:
            await self._change(plan.changed(replace(plan.latest, chain=chain)), what)
        else:
            trial = None if plan.trial is None else replace(plan.trial, chain=chain)
            await self._change(replace(plan, proven=replace(plan.proven, chain=chain), trial=trial).tidied(), what)

    async def distrust(self, root: str, what: str) -> None:
        await self._change(self.plan.without_root(root), what)

    async def _change(self, plan: Plan, what: str) -> None:
        before, self.plan = self.plan, plan
        try:
            await self.save()
        except StoreError:
            if self.plan is plan:
                self.plan = before
            raise
        self._with.note(SecurityEvent.RECONFIGURED, what)

    async def save(self) -> None:
        """Write the plan as it is now. Raises StoreError."""
        letters = self._letters & {_mark(key) for key in self._keys()}
        text = json.dumps({"site": self._site_marks(), "letters": sorted(letters), **written(self.plan)})
        try:
            await self._with.disk.do(lambda: private_files.write(self._file, text))
        except OSError as error:
            raise StoreError(f"{self._file} cannot be written ({error.strerror}); check the disk") from error
        self._letters_kept = letters

    def erase(self) -> None:
        """Forget everything the network changed; blocks. Raises OSError."""
        private_files.remove(self._file)

    @property
    def ca_file(self) -> Path | None:
        """Whom the site file says to believe; None: the system's authorities."""
        return self._with.tls.ca_file

    @property
    def is_raised(self) -> bool:
        """The network raised the security profile above what the site file says."""
        return self.plan.proven.profile > self._with.ocpp.security_profile

    # What is rested upon.

    def roots_in_use(self) -> frozenset[str]:
        """Ids of the roots a connection of now or a fallback cannot do without: the only one that is trusted."""
        accesses = [self.plan.proven] + ([self.plan.trial] if self.plan.trial is not None else [])
        return frozenset(access.roots[0] for access in accesses if len(access.roots) == 1) - {SITE}

    def chains_in_use(self) -> frozenset[str]:
        accesses = (self.plan.proven, self.plan.trial)
        return frozenset(access.chain for access in accesses if access is not None and access.chain)

    # Inside.

    def _keys(self) -> list[Secret]:
        accesses = (self.plan.proven, self.plan.trial)
        return [access.key for access in accesses if access is not None and access.key is not None]

    def _spells_octets(self, key: Secret) -> bool:
        return is_hex(key.reveal(), self._with.encoding()) and _mark(key) not in self._letters

    def _read_the_other_way(self, used: Access) -> None:
        """A key that can be read two ways was refused: the other one next time, and so in turn."""
        key = used.key if used.profile != 3 else None
        if key is not None and can_mean_both(key.reveal(), self._with.encoding()):
            self._letters ^= {_mark(key)}

    def _settled(self, before: Plan) -> None:
        """The network answered, and something was decided by that."""
        if before.trial is not None and self.plan.proven == before.trial:
            self._with.note(SecurityEvent.RECONFIGURED, f"in use: {_difference(before.proven, self.plan.proven)}")
        elif before.trial is not None and before.leads:
            gone = replace(before.trial, roots=before.proven.roots)
            lost = _difference(before.proven, gone if gone != before.proven else before.trial)
            self._with.note(SecurityEvent.RECONFIGURED, f"did not connect, back to what was before: {lost}")
        self._with.keep(self)

    def _meaning(self, cause: Cause) -> Failure:
        if cause in SAYS_NOTHING:
            return Failure.NOTHING
        if cause in ABOUT_THE_PORT and self.plan.latest.is_encrypted == self.plan.proven.is_encrypted:
            return Failure.NOTHING
        return Failure.REFUSED if cause in (Cause.UNAUTHORIZED, Cause.OWN_CERTIFICATE) else Failure.OTHER

    def _options_of(self, access: Access, endpoint: str, identity: str) -> LinkOptions:
        password = access.key if access.profile != 3 else None
        return LinkOptions(
            url=with_scheme(endpoint, is_encrypted=access.is_encrypted),
            identity=identity,
            password=password,
            password_is_hex=password is not None and self._spells_octets(password),
            trust=self._trust(access) if access.is_encrypted else Trust(),
        )

    def _trust(self, access: Access) -> Trust:
        tls = self._with.tls
        ids = [root for root in access.roots if root != SITE]
        roots_pem = self._with.certificates.roots_pem(ids)
        if ids and SITE not in access.roots and not roots_pem:
            # Without this the system's authorities would count again: what was pinned must not loosen by a lost file.
            raise LinkFailed(Cause.CONFIGURATION, "the installed root certificates are gone; restore them, or reset")
        certificate, key = self._own_files(access)
        return Trust(
            ca_file=tls.ca_file if SITE in access.roots else None,
            roots_pem=roots_pem,
            certificate_file=certificate,
            key_file=key,
            has_clock=self._with.has_clock(),
            floor_ms=self._with.now_ms(),
        )

    def _own_files(self, access: Access) -> tuple[Path | None, Path | None]:
        tls = self._with.tls
        if access.profile != 3:
            return None, None
        if not access.chain:
            return tls.client_certificate_file, tls.client_key_file
        files = self._with.certificates.files_of(access.chain)
        if files is None:
            raise LinkFailed(Cause.CONFIGURATION, "the certificate of this charger is gone; let it be signed anew")
        return files

    # From the disk.

    def _restored(self) -> Plan:
        own = Access(profile=self._with.ocpp.security_profile, key=self._with.ocpp.password)
        kept = self._kept()
        plan = None if kept is None else read(kept)
        if kept is None or plan is None:
            return Plan(proven=own)
        self._letters = {str(mark) for mark in _listed(kept.get("letters"))}
        self._letters_kept = set(self._letters)
        marks, then = self._site_marks(), kept.get("site")
        then = then if isinstance(then, dict) else {}
        # What a person changed in the site file since then is meant.
        if then.get("profile") != marks["profile"]:
            plan = Plan(proven=replace(plan.proven, profile=own.profile))
        if then.get("key") != marks["key"]:
            plan = Plan(proven=replace(plan.proven, key=own.key))
        return plan

    def _kept(self) -> dict[str, object] | None:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            log.warning(
                "the changes of keys and profile cannot be read; the site file counts", extra={"file": self._file.name}
            )
            return None
        return kept if isinstance(kept, dict) else None

    def _site_marks(self) -> dict[str, object]:
        password = self._with.ocpp.password
        return {"profile": self._with.ocpp.security_profile, "key": "" if password is None else _mark(password)}


def with_scheme(url: str, *, is_encrypted: bool) -> str:
    """The address with the scheme that the security profile wants; host, port and path stay."""
    return urlsplit(url)._replace(scheme="wss" if is_encrypted else "ws").geturl()


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _mark(secret: Secret) -> str:
    """Tells whether a secret is another one than before, in a file that holds it anyway."""
    return hashlib.sha256(secret.reveal().encode()).hexdigest()


def _difference(before: Access, after: Access) -> str:
    """What differs, without a secret."""
    parts = []
    if before.profile != after.profile:
        parts.append(f"SecurityProfile {after.profile} instead of {before.profile}")
    if before.key != after.key:
        parts.append("a new AuthorizationKey")
    if before.chain != after.chain:
        parts.append(f"the charge point certificate {after.chain}")
    if before.roots != after.roots:
        parts.append(f"the root {', '.join(after.roots)} instead of {', '.join(before.roots)}")
    return "; ".join(parts) or "nothing new"
