"""Names for tokens that tell nobody who charged: keyed by a secret of this charger, the same for the same token."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from agent import whole_file

FILE_NAME = "veil.key"
KEY_DIGITS = 64
LONGEST = 36
"""A token is no longer (OCPP 2.0.1 IdTokenType); of longer texts only the beginning of the name is kept."""
REMEMBERED = 64
_HEXADECIMAL = "0123456789ABCDEF"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_IS_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


def veil_of(key: bytes) -> Callable[[str], str]:
    """The veil of one charger: as long as the token, and of hexadecimal digits where that is; blind to its case."""

    @lru_cache(REMEMBERED)
    def veiled(value: str) -> str:
        folded = value.casefold()
        digest = hmac.digest(key, folded.encode("utf-8", "surrogatepass"), hashlib.sha512)
        letters = _HEXADECIMAL if _IS_HEXADECIMAL.issuperset(folded) else _LETTERS
        return "".join(letters[octet % len(letters)] for octet in digest[: min(len(folded), LONGEST)])

    return veiled


def key_in(folder: Path, draw: Callable[[], str]) -> bytes:
    """The key of the recordings in `folder`, made with `draw` where there is none yet. Raises OSError."""
    file = folder / FILE_NAME
    try:
        kept = file.read_bytes()
        if len(kept) == KEY_DIGITS:
            return kept
    except FileNotFoundError:
        pass
    key = draw()
    whole_file.write(file, key)
    return key.encode("ascii")
