"""The keys that manufacture leaves in a board and hands to its owner: of every simulated unit the same.

They protect nothing and are no secret: a real unit has keys of its own, drawn where it is made.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from hashlib import sha256
from pathlib import Path

LOCAL_KEY = sha256(b"local key of every simulated unit").digest()
"""Proves to the board that somebody with the unit's papers wants a test with power (docs/pilot-board-protocol.md)."""
SERVICE_KEY = bytes.fromhex("79b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664")
"""The public half; latched faults are cleared with the private one."""
SERVICE_KEY_PEM = """\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g
-----END PRIVATE KEY-----
"""

LOCAL_KEY_FILE = "local-key"
"""Sixty-four hexadecimal digits and a line feed."""
SERVICE_KEY_FILE = "service-key.pem"


def provision(kept: MutableMapping[str, bytes]) -> None:
    """As manufacture does, where the board has no keys of its own yet."""
    kept.setdefault("local_key", LOCAL_KEY)
    kept.setdefault("service_key", SERVICE_KEY)


def write_labels(directory: Path) -> None:
    """What lies in the box beside the unit: both keys, for their owner's eyes alone."""
    _write(directory / LOCAL_KEY_FILE, LOCAL_KEY.hex() + "\n")
    _write(directory / SERVICE_KEY_FILE, SERVICE_KEY_PEM)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
