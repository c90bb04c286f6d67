"""What leaves the charger holds no id token, not even its last four letters, no secret and no person's words (S-25).

Redaction proper happens where a record is made; this is the gate behind it, for bodies that were made for somebody who
stands at the charger and may read more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = (
    *("token", "idtag", "group", "password", "secret", "private_key", "authorization_key"),
    *("person", "company", "email", "phone", "accepted_by", "accepted_why", "answers", "label"),
)
"""A member whose name holds one of these words is left out. `limit.owner` is no person and stays."""
_CREDENTIALS = re.compile(r"//[^/@\s\"]*@")
_QUERY = re.compile(r"(://[^\s\"?]*\?)[^\s\"]+")
_TOKEN = re.compile(r'(\\*"(?:idTag|parentIdTag|idToken|uid)\\*"\s*:\s*\\*")[^"\\]*', re.IGNORECASE)
"""In a frame of OCPP, that tells the end of each token."""
_ENDING = re.compile(r"…[0-9A-Za-z*._=:+|@-]{1,4}(?![0-9A-Za-z])")
"""A token as people at the charger see it, by its end, inside a sentence."""


def without_people(body: Any) -> Any:
    """The same JSON value without them, however deep."""
    match body:
        case str():
            return text_without_people(body)
        case list() | tuple():
            return [without_people(one) for one in body]
        case Mapping():
            return {key: without_people(value) for key, value in body.items() if not _is_hidden(str(key))}
    return body


def text_without_people(text: str) -> str:
    """A sentence, or a frame of OCPP."""
    if "…" in text:
        text = _ENDING.sub("…", text)
    if "//" in text:
        text = _QUERY.sub(r"\1…", _CREDENTIALS.sub("//…@", text))
    return _TOKEN.sub(r"\1…", text) if '"' in text else text


def _is_hidden(name: str) -> bool:
    small = name.lower().replace("-", "_")
    return any(word in small for word in HIDDEN)
