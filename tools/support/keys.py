"""The key that signs a support engineer's orders: Ed25519, drawn here, its public part for the chargers' keys file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from agent.whole_file import FILE_MODE
from tools.support.failures import WrongUse
from tools.support.settings import KeyTable, private_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def made(file: Path) -> str:
    """Draws a key into `file`, which must not be there; gives the public part. Raises WrongUse, OSError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    path = file.expanduser()
    if path.exists():
        raise WrongUse(f"{path} is there already, and a key is not written over; name another file, or move it away")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with open(descriptor, "w", encoding="ascii") as file_:  # noqa: PTH123 - a descriptor, born with its mode
        file_.write(pem)
    return public_part(key)


def loaded(table: KeyTable) -> Ed25519PrivateKey:
    """Raises WrongUse."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    text = private_text(table.private_key_file, "key.private_key_file")
    try:
        key = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError) as error:
        raise WrongUse(f"key.private_key_file: {table.private_key_file} holds no private key; {HOW}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise WrongUse(f"key.private_key_file: {table.private_key_file} holds a key of another kind; {HOW}")
    return key


HOW = "make one: evse-support key new --out FILE"


def public_part(key: Ed25519PrivateKey) -> str:
    """64 hexadecimal digits, as the chargers' keys file has it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
