"""The key of this very charger: Ed25519, drawn on first need, for what has to be provably its own word.

It outlives a factory reset: it is a property of the hardware like the serial number, what it sealed stays provable, and
nobody can begin a second history under a fresh key. It names no person and opens nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import SecurityError, SecurityUnavailable
from agent.security import private_files

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FILE = Path("secrets") / "device_key.pem"
ALGORITHM = "Ed25519"


class DeviceKey:
    """Everything here reads or writes the disk: call it in a thread."""

    def __init__(self, storage: Path) -> None:
        self.file = storage / FILE

    def sign(self, message: bytes) -> bytes:
        """64 octets (RFC 8032). Raises SecurityUnavailable, SecurityError, OSError."""
        return self._key().sign(message)

    def public_key(self) -> bytes:
        """32 octets; makes the key where there is none yet. Raises SecurityUnavailable, SecurityError, OSError."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self._key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def _key(self) -> Ed25519PrivateKey:
        try:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
            from cryptography.hazmat.primitives.serialization import load_pem_private_key
        except ImportError as error:
            raise SecurityUnavailable(
                "nothing can be signed without the Python library `cryptography`; install it"
            ) from error
        try:
            pem = self.file.read_bytes()
        except FileNotFoundError:
            return self._made()
        try:
            key = load_pem_private_key(pem, None)
        except ValueError as error:
            raise SecurityError(self._unusable()) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SecurityError(self._unusable())
        return key

    def _made(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        key = Ed25519PrivateKey.generate()
        private_files.write(
            self.file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
        )
        return key

    def _unusable(self) -> str:
        # A new one in its place would be taken for another charger's.
        return (
            f"{self.file} holds no Ed25519 key any more; bring the file back from a copy, or move it away to "
            "begin with a new key, which the operator has to be told"
        )


def verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether it is that key's. Raises SecurityUnavailable."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise SecurityUnavailable("no signature can be checked without `cryptography`; install it") from error
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
