"""Frames as they may be shown: tokens by their last four characters, secrets not at all. Pure.

A frame need not be well-formed to hold something that nobody may read, so this looks at text and not at a parsed
message; only letters written as escapes ("\\u0041") are put in clear before, where that is possible.
"""

from __future__ import annotations

import json
import re

from agent.core.identity import ending

TOKEN_FIELDS = ("idTag", "parentIdTag", "idToken", "uid")
"""Of 1.6 and of 2.x; the last of what central systems put into a DataTransfer."""
SECRET_NAMES = re.compile(r"authorizationkey|password|privatekey", re.IGNORECASE)
"""A frame that names one of these is shown without any of its values."""
TOKENS_KEPT = 4
UNREADABLE = "(a frame that is no text)"

# A value may lack its end: a frame that was cut off is shown, too.
_TEXT = r'"((?:[^"\\]|\\.)*)("|\\?$)'
_TOKEN = re.compile(rf'("(?:{"|".join(TOKEN_FIELDS)})"\s*:\s*)(?:{_TEXT}|[-+.0-9eE]+)', re.IGNORECASE)
_VALUE = re.compile(rf'("(?:value|attributeValue|data|password)"\s*:\s*)(?:{_TEXT}|[-+.0-9eE]+)', re.IGNORECASE)
_WITHIN_TEXT = re.compile(rf'\\"(?:{"|".join(TOKEN_FIELDS)})\\+"', re.IGNORECASE)
"""A name of a token field inside a text that is JSON itself, as `data` of a DataTransfer often is."""
_ESCAPED = re.compile(r"\\u00[2-7]", re.IGNORECASE)
_CREDENTIALS = re.compile(r'(://)[^/"\s@]+@')
_QUERY = re.compile(r'(://[^"\s?]*\?)[^"\s]+')
"""Addresses to upload to carry their permission there, signed."""

_SIGNED = re.compile(r'(signedMeterData\\*"\s*:\s*\\*")[^"\\]+', re.IGNORECASE)
"""What a meter signed names who charged, in base64: as JSON, or within a text that is JSON."""

_SUSPICIOUS = (
    *(name.lower() for name in TOKEN_FIELDS),
    *("authorizationkey", "password", "privatekey", "signedmeterdata", "\\u00", "://", ":\\/\\/"),
)
"""In small letters: a frame with none of these has nothing to hide. Meter values, most of what is sent, are such."""


def masked(text: str) -> str:
    """`text` of a frame, fit for a trace that others read."""
    # Beyond ASCII there are letters that an expression takes for others ("\u017f" for an s).
    if text.isascii() and not any(map(text.lower().__contains__, _SUSPICIOUS)):
        return text
    shown = _in_clear(text) if _ESCAPED.search(text) else text
    shown = _SIGNED.sub(r"\1…", _TOKEN.sub(_ending, shown))
    if "://" in shown or ":\\/\\/" in shown:
        shown = _QUERY.sub(r"\1…", _CREDENTIALS.sub(r"\1…@", shown.replace("\\/", "/")))
    if SECRET_NAMES.search(shown) or _WITHIN_TEXT.search(shown):
        return _VALUE.sub(r'\1"…"', shown)
    return shown


def _ending(found: re.Match[str]) -> str:
    """Half of a short token is no more than a hint, either."""
    value = found[2] or ""
    kept = min(TOKENS_KEPT, len(value) // 2)
    return f'{found[1]}"{ending(value, kept)}"'


def _in_clear(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return UNREADABLE
