"""What a certificate is worth by its own content. Pure: PEM text and a moment come in, an objection comes out.

`cryptography` is imported with the first certificate somebody wants judged: most chargers never see one, and it costs
10 MB and a tenth of a second. Dates are judged against a moment that never lies before the build of this program nor
before a time it has seen (`Floor`): a clock that was set back must not bring an expired certificate back to life.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING

from agent.errors import CertificateRefused, SecurityUnavailable
from agent.values import frozen

if TYPE_CHECKING:
    from cryptography import x509

SMALLEST_RSA_BITS = 2048
SMALLEST_EC_BITS = 224
"""OCPP security whitepaper, edition 3, section 2.4; our own keys are P-256."""
LONGEST_CHAIN = 6
"""Certificates in one chain. Real ones have two to four; verifying more is work for whoever sent them."""
OLDEST_LIBRARY = 42
"""Dates with a time zone, and signatures checked by name and key, came with 40 and 42."""
NEEDED = f"cryptography, {OLDEST_LIBRARY} or later; install it with pip, on a 32-bit Raspberry Pi OS from piwheels"
LONGEST_BUNDLE = 500
"""Authorities in a file that a person chose; a distribution's own has some 150."""
WEAK_HASHES = frozenset({"md5", "sha1"})


@frozen(kw_only=True)
class HashData:
    """How OCPP names a certificate (CertificateHashDataType). Hexadecimal, compared without regard to case."""

    algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str

    def names(self, other: HashData) -> bool:
        """Whether both name the same certificate. Leading zeros of the serial number do not count."""
        return _comparable(self) == _comparable(other)


@frozen(kw_only=True)
class Validity:
    """UTC milliseconds, both included."""

    not_before_ms: int
    not_after_ms: int


def read_chain(pem: str, most: int = LONGEST_CHAIN) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM text, in its order, at most `most`. Raises CertificateRefused, SecurityUnavailable."""
    x509 = _library()
    from cryptography.exceptions import UnsupportedAlgorithm

    refusals = (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, x509.InvalidVersion)
    try:
        chain = tuple(x509.load_pem_x509_certificates(pem.encode()))
        # What is read lazily is read here, so that nothing malformed is found later.
        for one in chain:
            _ = one.extensions, one.subject, one.issuer, one.public_key(), one.signature_hash_algorithm
    except UnsupportedAlgorithm as error:
        raise CertificateRefused("is a certificate of a kind that is not supported") from error
    except refusals as error:
        raise CertificateRefused("is no certificate in PEM") from error
    if not 1 <= len(chain) <= most:
        raise CertificateRefused(f"holds {len(chain)} certificates; 1 to {most} are taken")
    return chain


def read_one(pem: str) -> x509.Certificate:
    """The only certificate of a PEM text. Raises CertificateRefused."""
    chain = read_chain(pem)
    if len(chain) != 1:
        raise CertificateRefused(f"holds {len(chain)} certificates; one is wanted")
    return chain[0]


def as_pem(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()


def validity(certificate: x509.Certificate) -> Validity:
    return Validity(
        not_before_ms=round(certificate.not_valid_before_utc.timestamp() * 1000),
        not_after_ms=round(certificate.not_valid_after_utc.timestamp() * 1000),
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """64 hexadecimal digits: the SHA-256 of the whole certificate."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return fingerprint_of_der(certificate.public_bytes(Encoding.DER))


def fingerprint_of_der(der: bytes) -> str:
    """The same of a certificate's octets."""
    return hashlib.sha256(der).hexdigest()


def is_available() -> bool:
    """Whether certificates can be judged here at all."""
    try:
        _library()
    except SecurityUnavailable:
        return False
    return True


def objection_to_dates(certificate: x509.Certificate, now_ms: int) -> str | None:
    """Why the certificate does not count at `now_ms`, as the rest of a sentence; None where it does."""
    valid = validity(certificate)
    if now_ms > valid.not_after_ms:
        return f"expired on {_day(valid.not_after_ms)}, and it is {_day(now_ms)}"
    if now_ms < valid.not_before_ms:
        return f"is valid from {_day(valid.not_before_ms)} on, and it is {_day(now_ms)}"
    return None


def objection_to_expiry(certificate: x509.Certificate, now_ms: int) -> str | None:
    """The same for one that may begin later: only its end counts."""
    valid = validity(certificate)
    return f"expired on {_day(valid.not_after_ms)}, and it is {_day(now_ms)}" if now_ms > valid.not_after_ms else None


def objection_to_key(certificate: x509.Certificate) -> str | None:
    """Why the public key is none to rely on; None where it is."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    match certificate.public_key():
        case RSAPublicKey(key_size=bits):
            is_weak, least = bits < SMALLEST_RSA_BITS, f"an RSA key of {bits} bits; {SMALLEST_RSA_BITS} is the least"
        case EllipticCurvePublicKey(key_size=bits):
            is_weak, least = bits < SMALLEST_EC_BITS, f"a curve of {bits} bits; {SMALLEST_EC_BITS} is the least"
        case _:
            return "has a key that is neither RSA nor of an elliptic curve"
    return f"has {least}" if is_weak else None


def objection_to_signature(certificate: x509.Certificate) -> str | None:
    """Why nobody may rely on how it was signed."""
    algorithm = certificate.signature_hash_algorithm
    name = "" if algorithm is None else algorithm.name
    return f"is signed with {name.upper()}, which can be forged" if name in WEAK_HASHES else None


def objection_to_root(certificate: x509.Certificate, now_ms: int, known: Sequence[x509.Certificate] = ()) -> str | None:
    """Why this is no authority to trust from now on; None where it is one.

    It has signed itself, or one of the roots that are `known` has signed it: otherwise nothing would show that it came
    here whole.
    """
    return (
        objection_to_dates(certificate, now_ms)
        or objection_to_key(certificate)
        or objection_to_signature(certificate)
        or _objection_to_authority(certificate)
        or _objection_to_origin(certificate, known)
    )


def objection_to_successor(certificate: x509.Certificate, old: Sequence[x509.Certificate]) -> str | None:
    """AdditionalRootCertificateCheck: a new root must be signed by one that is trusted already."""
    if any(_issued(certificate, by=one) for one in old):
        return None
    return "is not signed by the root that is trusted now, as AdditionalRootCertificateCheck wants it"


def objection_to_leaf(certificate: x509.Certificate) -> str | None:
    """Why a certificate cannot be one that a charger shows for itself; its dates are judged apart."""
    if _is_authority(certificate):
        return "is an authority's, not a charger's"
    if not _serves_clients(certificate):
        return "is not meant for the client of a TLS connection"
    return objection_to_key(certificate) or objection_to_signature(certificate)


def objection_to_links(chain: Sequence[x509.Certificate]) -> str | None:
    """Why the chain does not hold together, leaf first: each must be signed by the next, and those be authorities."""
    for number, (one, issuer) in enumerate(pairwise(chain), start=1):
        if not _issued(one, by=issuer):
            return f"holds together badly: certificate {number} is not signed by the next one"
        if not _is_authority(issuer):
            return f"holds together badly: certificate {number + 1} signs, and is no authority's"
        if why := objection_to_key(issuer) or objection_to_signature(one):
            return why
    return None


def has_key(certificate: x509.Certificate, public_key_pem: str) -> bool:
    """Whether the certificate is about this public key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    own = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return own.decode() == public_key_pem


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Name and signature both say so."""
    return _issued(certificate, by=issuer)


def hash_data(certificate: x509.Certificate, issuer: x509.Certificate | None, algorithm: str = "SHA256") -> HashData:
    """How OCPP names `certificate`. `issuer` None: it signed itself. KeyError for an unknown algorithm."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509 import ocsp

    known: dict[str, hashes.HashAlgorithm] = {
        "SHA256": hashes.SHA256(),
        "SHA384": hashes.SHA384(),
        "SHA512": hashes.SHA512(),
    }
    # OCSP names certificates in just this way (RFC 6960, CertID), and does the cutting out of the key for us.
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer or certificate, known[algorithm]).build()
    return HashData(
        algorithm=algorithm,
        issuer_name_hash=asked.issuer_name_hash.hex(),
        issuer_key_hash=asked.issuer_key_hash.hex(),
        serial_number=f"{certificate.serial_number:x}",
    )


def _library() -> ModuleType:
    """`cryptography.x509`. Raises SecurityUnavailable."""
    try:
        import cryptography
        from cryptography import x509
    except ImportError as error:
        raise SecurityUnavailable(f"certificates cannot be judged without the Python library {NEEDED}") from error
    if int(cryptography.__version__.partition(".")[0]) < OLDEST_LIBRARY:
        have = cryptography.__version__
        raise SecurityUnavailable(f"certificates cannot be judged with cryptography {have}; wanted is {NEEDED}")
    return x509


def _comparable(one: HashData) -> tuple[str, ...]:
    serial = one.serial_number.casefold().lstrip("0")
    return one.algorithm, one.issuer_name_hash.casefold(), one.issuer_key_hash.casefold(), serial


def _objection_to_authority(certificate: x509.Certificate) -> str | None:
    return None if _is_authority(certificate) else "is no authority's: its basic constraints do not say CA"


def _objection_to_origin(certificate: x509.Certificate, known: Sequence[x509.Certificate]) -> str | None:
    if any(_issued(certificate, by=one) for one in (certificate, *known)):
        return None
    return "is signed neither by itself nor by a root that is installed, or its signature does not fit"


def _is_authority(certificate: x509.Certificate) -> bool:
    from cryptography import x509

    try:
        is_ca = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
    try:
        return is_ca and certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return is_ca


def _serves_clients(certificate: x509.Certificate) -> bool:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return Purpose.CLIENT_AUTH in purposes or Purpose.ANY_EXTENDED_KEY_USAGE in purposes


def _issued(certificate: x509.Certificate, *, by: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        certificate.verify_directly_issued_by(by)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _day(utc_ms: int) -> str:
    return datetime.fromtimestamp(utc_ms / 1000, UTC).date().isoformat()
