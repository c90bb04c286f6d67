"""The certificates of this charger as files: roots it trusts, and the chains and keys it proves itself with.

    certificates/central_system/<id>.pem      a root; behind it the root that signed it, where it did not sign itself
    certificates/manufacturer/<id>.pem
    certificates/charge_point/<id>.pem        a chain, leaf first; <id>.key its private key
    certificates/charge_point/requested.key   the key of the latest request, until its certificate came

An id is the beginning of the certificate's SHA-256. Everything here blocks on the disk: callers hand it to a thread,
but for `roots_pem` and `files_of`, which read a few small files before a connection is opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import CertificateRefused
from agent.security import certificates, private_files
from agent.security.certificates import HashData
from agent.security.keys import new_key, public_part
from agent.values import frozen

if TYPE_CHECKING:
    from cryptography import x509

FOLDER = "certificates"
MOST_CERTIFICATES = 20
"""CertificateStoreMaxLength: roots of both kinds. Chains are few and bounded by themselves."""
LARGEST_CHAIN = 10_000
"""CertificateSignedMaxChainSize, in characters."""
REQUESTED_KEY = "requested.key"
ID_DIGITS = 16
FORMER_KEPT_MS = 30 * 24 * 3600 * 1000
"""A replaced chain stays as a fallback for a month."""


class RootUse(Enum):
    """What a root is trusted for; the values are OCPP 1.6's words."""

    CENTRAL_SYSTEM = "CentralSystemRootCertificate"
    MANUFACTURER = "ManufacturerRootCertificate"


@frozen(kw_only=True)
class Root:
    """An installed root. `issuer_pem` empty: it signed itself."""

    id: str
    use: RootUse
    pem: str
    issuer_pem: str = ""

    def hash_data(self, algorithm: str = "SHA256") -> HashData:
        issuer = certificates.read_one(self.issuer_pem) if self.issuer_pem else None
        return certificates.hash_data(certificates.read_one(self.pem), issuer, algorithm)


@frozen(kw_only=True)
class Chain:
    """What the charger proves itself with. Times are UTC milliseconds."""

    id: str
    chain_file: Path
    key_file: Path
    not_before_ms: int
    not_after_ms: int

    def is_valid_at(self, now_ms: int) -> bool:
        return self.not_before_ms <= now_ms <= self.not_after_ms


class CertificateStore:
    """The files below `<storage>/certificates`."""

    def __init__(self, storage: Path) -> None:
        self._folder = storage / FOLDER

    # Roots.

    def root_ids(self, use: RootUse) -> tuple[str, ...]:
        """Ids of the installed roots, without looking into them."""
        return tuple(sorted(file.stem for file in self._of(use).glob("*.pem")))

    def roots(self, use: RootUse) -> tuple[Root, ...]:
        """Raises OSError, and CertificateRefused for a file that was tampered with."""
        return tuple(self._root(use, id) for id in self.root_ids(use))

    def roots_pem(self, ids: Iterable[str]) -> str:
        """The central system's roots of these ids, as one text for the TLS library. One that is gone is left out."""
        files = (self._of(RootUse.CENTRAL_SYSTEM) / f"{id}.pem" for id in ids)
        return "".join(_first_of(file.read_text(encoding="ascii")) for file in files if file.is_file())

    def add_root(self, use: RootUse, certificate: x509.Certificate) -> str:
        """Keep a root that was judged; its id. Raises OSError, and CertificateRefused where the store is full."""
        id = _id_of(certificate)
        if id in self.root_ids(use):
            return id
        if sum(len(self.root_ids(one)) for one in RootUse) >= MOST_CERTIFICATES:
            raise CertificateRefused(f"has no room: {MOST_CERTIFICATES} certificates are installed; delete one first")
        private_files.write(
            self._of(use) / f"{id}.pem", certificates.as_pem(certificate) + self._issuer_of(certificate)
        )
        return id

    def remove_root(self, use: RootUse, id: str) -> None:
        """Raises OSError."""
        private_files.remove(self._of(use) / f"{id}.pem")

    def _issuer_of(self, certificate: x509.Certificate) -> str:
        """The installed root that signed this one; "" where it signed itself."""
        if certificates.is_issued_by(certificate, certificate):
            return ""
        for use in RootUse:
            for one in self.roots(use):
                if certificates.is_issued_by(certificate, certificates.read_one(one.pem)):
                    return one.pem
        return ""

    def _root(self, use: RootUse, id: str) -> Root:
        first, *rest = certificates.read_chain((self._of(use) / f"{id}.pem").read_text(encoding="ascii"))
        issuer = certificates.as_pem(rest[0]) if rest else ""
        return Root(id=id, use=use, pem=certificates.as_pem(first), issuer_pem=issuer)

    # What the charger proves itself with.

    def request_key(self) -> str:
        """A new private key for a request, kept until its certificate comes. Raises OSError, SecurityUnavailable."""
        key = new_key()
        private_files.write(self._own / REQUESTED_KEY, key)
        return key

    def requested_public_key(self) -> str:
        """The public part of the key that was last requested for; "" where there is none. Raises OSError."""
        file = self._own / REQUESTED_KEY
        return public_part(file.read_text(encoding="ascii")) if file.is_file() else ""

    def keep_chain(self, chain: tuple[x509.Certificate, ...]) -> Chain:
        """Keep a chain that was judged, with the requested key. Raises OSError.

        The key comes first and the request's own goes last: a power cut in between leaves a chain that is whole, or a
        request that can be answered again.
        """
        id = _id_of(chain[0])
        key = (self._own / REQUESTED_KEY).read_text(encoding="ascii")
        private_files.write(self._own / f"{id}.key", key)
        private_files.write(self._own / f"{id}.pem", "".join(certificates.as_pem(one) for one in chain))
        private_files.remove(self._own / REQUESTED_KEY)
        return self._chain(id)

    def has_chain(self) -> bool:
        return any(self._chain_ids())

    def chains(self) -> tuple[Chain, ...]:
        """The newest first, by the beginning of their validity. One that cannot be read is left out."""
        found = []
        for id in self._chain_ids():
            try:
                found.append(self._chain(id))
            except (OSError, CertificateRefused):
                continue
        return tuple(sorted(found, key=lambda one: one.not_before_ms, reverse=True))

    def files_of(self, id: str) -> tuple[Path, Path] | None:
        """Chain and key of this id; None where they are gone."""
        files = self._own / f"{id}.pem", self._own / f"{id}.key"
        return files if all(file.is_file() for file in files) else None

    def remove_chain(self, id: str) -> None:
        """Raises OSError. The key goes first: a chain without its key does not count."""
        private_files.remove(self._own / f"{id}.key")
        private_files.remove(self._own / f"{id}.pem")

    def _chain_ids(self) -> Iterable[str]:
        ids = sorted(file.stem for file in self._own.glob("*.pem"))
        return (id for id in ids if self.files_of(id) is not None)

    def _chain(self, id: str) -> Chain:
        chain_file, key_file = self._own / f"{id}.pem", self._own / f"{id}.key"
        leaf = certificates.read_chain(chain_file.read_text(encoding="ascii"))[0]
        valid = certificates.validity(leaf)
        return Chain(
            id=id,
            chain_file=chain_file,
            key_file=key_file,
            not_before_ms=valid.not_before_ms,
            not_after_ms=valid.not_after_ms,
        )

    # All of it.

    def erase(self) -> None:
        """A factory reset: nothing here belongs to the hardware. Raises OSError."""
        for file in sorted(self._folder.rglob("*")):
            if file.is_file():
                private_files.remove(file)

    @property
    def _own(self) -> Path:
        return self._folder / "charge_point"

    def _of(self, use: RootUse) -> Path:
        return self._folder / use.name.lower()


def _id_of(certificate: x509.Certificate) -> str:
    return certificates.fingerprint(certificate)[:ID_DIGITS]


def _first_of(pem: str) -> str:
    """The first certificate of a text that we wrote ourselves."""
    end = "-----END CERTIFICATE-----\n"
    return pem[: pem.find(end) + len(end)]
