"""Ed25519 keys as files: the private one PEM (PKCS 8), the public one its 32 bytes in hexadecimal digits."""

from __future__ import annotations

import os
from pathlib import Path

from firmware_sim.firmware import load_module
from tools.firmware_image.layout import ImageError

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
except ImportError as error:
    raise SystemExit("the package cryptography is missing; the dev extra of pyproject.toml has it") from error


def make_key(path: Path) -> bytes:
    """Write a new private key, readable by its owner alone, and return the public one. Never over another file."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except OSError as error:
        raise ImageError(f"{path} cannot be made: {error.strerror}") from error
    return key.public_key().public_bytes_raw()


def read_private(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise ImageError(f"{path} is no private key in PEM without a password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ImageError(f"{path} holds another kind of key; the board knows Ed25519 only")
    return key


def read_public(path: Path) -> bytes:
    """The 32 bytes of a public key, from its own file or from that of the private one."""
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImageError(f"{path} cannot be read as text") from error
    if text.startswith("-----BEGIN"):
        return read_private(path).public_key().public_bytes_raw()
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise ImageError(f"{path} holds no hexadecimal digits") from error
    if len(key) != 32:
        raise ImageError(f"{path} holds {len(key)} bytes; a public key has 32")
    return key


def key_id(public_key: bytes) -> str:
    return str(load_module("update").key_id(public_key))


def verifies(public_key: bytes, digest: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, digest)
    except InvalidSignature:
        return False
    return True
