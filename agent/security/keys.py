"""Keys of this charger, and the request to have one certified. A private key goes from here to its file only."""

from __future__ import annotations

from agent.errors import SecurityUnavailable

LONGEST_NAME = 64
"""RFC 5280, ub-common-name and ub-organization-name."""


def new_key() -> str:
    """A fresh P-256 key, PEM (PKCS #8). Raises SecurityUnavailable."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    except ImportError as error:
        raise SecurityUnavailable("no key can be made without the Python library `cryptography`; install it") from error
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_part(key_pem: str) -> str:
    """The public key of a private one, PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    public = load_pem_private_key(key_pem.encode(), None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signing_request(key_pem: str, *, common_name: str, organization: str) -> str:
    """A certificate signing request (PKCS #10), PEM, signed with ECDSA and SHA-256.

    The whitepaper wants the serial number as common name and CpoName as organization; an empty one is left out.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
    from cryptography.x509.oid import NameOID

    key = load_pem_private_key(key_pem.encode(), None)
    assert isinstance(key, EllipticCurvePrivateKey), "new_key makes no other"
    parts = [(NameOID.COMMON_NAME, common_name), (NameOID.ORGANIZATION_NAME, organization)]
    name = x509.Name([x509.NameAttribute(oid, text[:LONGEST_NAME]) for oid, text in parts if text])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, SHA256())
    return request.public_bytes(Encoding.PEM).decode()
