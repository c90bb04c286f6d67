"""A manufacturer of firmware: a root, a certificate that signs, and signatures over images."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SINCE, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)


class Maker:
    """Its root lies in a file for `[tls] manufacturer_root_file`."""

    def __init__(self, folder: Path) -> None:
        root_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        root = _certificate("Maker's root", "Maker's root", root_key.public_key(), root_key, is_authority=True)
        own = _certificate("Firmware", "Maker's root", self._key.public_key(), root_key, is_authority=False)
        self.root_file = folder / "maker-root.pem"
        self.root_file.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        self.certificate = own.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, content: bytes) -> str:
        """ECDSA over SHA-256, as SignedUpdateFirmware carries it."""
        return b64encode(self._key.sign(content, ec.ECDSA(hashes.SHA256()))).decode()


def _certificate(subject: str, issuer: str, public: Any, signer: Any, *, is_authority: bool) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    return builder.sign(signer, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
