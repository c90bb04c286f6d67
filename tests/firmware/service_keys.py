"""A service person's key, and the signatures only its owner can make."""

from __future__ import annotations

from hashlib import sha256

from clearing import signed_text
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))


def signature(
    challenge: bytes, code: int, operator: str = "op", reason: str = "why", key: Ed25519PrivateKey = PRIVATE
) -> bytes:
    """What a service person hands out for this fault and this challenge."""
    return key.sign(sha256(signed_text(challenge, code, operator, reason)).digest())
