"""What an AuthorizationKey may be, and which octets its text stands for (OCPP 1.6 security whitepaper, edition 3).

The standard writes it as hexadecimal, up to 40 digits, and means the octets; many central systems send plain text of 16
characters and more, and some of them text that happens to be of hexadecimal digits. The text is kept as it came. Where
it can mean both, only the central system's answer tells: the octets go first, and after a 401 the letters.
"""

from __future__ import annotations

import re
from enum import Enum

FEWEST_OCTETS = 16
MOST_CHARACTERS = 40

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


class KeyEncoding(Enum):
    """AUTO: octets where the text is hexadecimal and long enough to spell a key, letters once these were refused."""

    PLAIN = "plain"
    HEX = "hex"
    AUTO = "auto"


def is_hex(text: str, encoding: KeyEncoding) -> bool:
    """Whether the text stands for the octets it spells, as far as itself can tell."""
    match encoding:
        case KeyEncoding.PLAIN:
            return False
        case KeyEncoding.HEX:
            return _HEX.fullmatch(text) is not None
        case KeyEncoding.AUTO:
            return _HEX.fullmatch(text) is not None and len(text) >= 2 * FEWEST_OCTETS


def can_mean_both(text: str, encoding: KeyEncoding) -> bool:
    """Whether only the central system can tell if its octets or its letters are the key."""
    return encoding is KeyEncoding.AUTO and is_hex(text, encoding)


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
