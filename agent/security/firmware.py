"""Whether a firmware image comes from the manufacturer (OCPP 1.6 security whitepaper, SignedUpdateFirmware).

Two questions at two times: before the download, whether the signing certificate is to be trusted; after it, whether the
signature over the image is that certificate's. Hashing an image takes seconds and belongs into a thread.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Iterable
from pathlib import Path

from agent.errors import CertificateRefused
from agent.security import certificates

CHUNK_BYTES = 64 * 1024


def objection_to_signer(pem: str, manufacturer_roots: Iterable[str], now_ms: int) -> str | None:
    """Why firmware signed by the first certificate of `pem` may not be installed; None where it may.

    `pem` is the certificate, or its chain. It must lead to one of the roots (PEM texts). Raises SecurityUnavailable.
    """
    try:
        chain = certificates.read_chain(pem)
        roots = [certificates.read_chain(root)[0] for root in manufacturer_roots]
    except CertificateRefused as refused:
        return str(refused)
    if not roots:
        return "cannot be trusted: no manufacturer's root is installed; install one (ManufacturerRootCertificate)"
    for one in chain:
        if why := certificates.objection_to_dates(one, now_ms) or certificates.objection_to_key(one):
            return why
    if why := certificates.objection_to_links(chain) or certificates.objection_to_signature(chain[-1]):
        return why
    trusted = [root for root in roots if certificates.objection_to_dates(root, now_ms) is None]
    if any(certificates.is_issued_by(chain[-1], root) or chain[-1] == root for root in trusted):
        return None
    return "does not come from the manufacturer: no installed root signed it"


def sha256_of(file: Path) -> bytes:
    """The digest of a file, read in chunks. Blocks; raises OSError."""
    digest = hashlib.sha256()
    with file.open("rb") as image:
        while chunk := image.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.digest()


def objection_to_image(digest: bytes, signature: str, pem: str) -> str | None:
    """Why a file of this SHA-256 does not carry the signature (Base64) of the first certificate of `pem`.

    RSA-PSS or ECDSA, as the key is; the salt of PSS may have any length. Raises SecurityUnavailable.
    """
    try:
        signed = b64decode(signature, validate=True)
        signer = certificates.read_chain(pem)[0]
    except CertificateRefused as refused:
        return f"the certificate {refused}"
    except ValueError:
        return "the signature is no Base64"
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.hashes import SHA256

    hashed = Prehashed(SHA256())
    try:
        match signer.public_key():
            case rsa.RSAPublicKey() as key:
                key.verify(signed, digest, padding.PSS(padding.MGF1(SHA256()), padding.PSS.AUTO), hashed)
            case ec.EllipticCurvePublicKey() as key:
                key.verify(signed, digest, ec.ECDSA(hashed))
            case _:
                return "the certificate has a key that signs no firmware"
    except InvalidSignature:
        return "the signature does not fit the file"
    return None
