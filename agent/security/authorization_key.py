"""What an AuthorizationKey may be, and which octets its text stands for (OCPP 1.6 security whitepaper, edition 3).

The standard wrote it as hexadecimal at first, up to 40 digits; most central systems send plain text of 16 characters
and more. The text is kept as it came, and decoded only where that is configured: a plain key that happens to look like
hexadecimal must not turn into another one.
"""

from __future__ import annotations

import re
from enum import Enum

FEWEST_OCTETS = 16
MOST_CHARACTERS = 40

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


class KeyEncoding(Enum):
    """AUTO: hexadecimal where the text is such and long enough to be nothing else."""

    PLAIN = "plain"
    HEX = "hex"
    AUTO = "auto"


def is_hex(text: str, encoding: KeyEncoding) -> bool:
    """Whether the text stands for the octets it spells."""
    match encoding:
        case KeyEncoding.PLAIN:
            return False
        case KeyEncoding.HEX:
            return _HEX.fullmatch(text) is not None
        case KeyEncoding.AUTO:
            return _HEX.fullmatch(text) is not None and len(text) >= 2 * FEWEST_OCTETS


def objection_to_key(text: str, encoding: KeyEncoding) -> str | None:
    """Why `text` is no key, never showing it; None where it is one."""
    if len(text) > MOST_CHARACTERS:
        return f"has {len(text)} characters; {MOST_CHARACTERS} are the most"
    if not text.isascii() or not text.isprintable():
        return "holds characters beyond printable ASCII"
    if encoding is KeyEncoding.HEX and not is_hex(text, encoding):
        return "is not hexadecimal"
    octets = len(text) // 2 if is_hex(text, encoding) else len(text)
    return f"has {octets} octets; {FEWEST_OCTETS} are the least" if octets < FEWEST_OCTETS else None
