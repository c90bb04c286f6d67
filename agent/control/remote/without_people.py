"""What leaves the charger holds no id token, not even its last four letters, no secret and no person's words (S-25).

Redaction proper happens where a record is made; this is the gate behind it, for bodies that were made for somebody who
stands at the charger and may read more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent.core.leaving import WITHHELD, names_somebody, without_cards, without_login, without_words

_TOKEN = re.compile(r'(\\*"(?:idTag|parentIdTag|idToken|uid)\\*"\s*:\s*\\*")[^"\\]*', re.IGNORECASE)
"""In a frame of OCPP, that tells the end of each token."""


def without_people(body: Any, verb: str = "") -> Any:
    """The same JSON value without them, however deep. `verb`: whose answer it is."""
    return _plain(without_words(body, verb))


def _plain(body: Any) -> Any:
    match body:
        case str():
            return text_without_people(body)
        case list() | tuple():
            return [_plain(one) for one in body]
        case Mapping():
            return {key: _plain(value) for key, value in body.items() if not names_somebody(str(key))}
    return body


def text_without_people(text: str) -> str:
    """A sentence, or a frame of OCPP."""
    if '"' in text:
        # A program reads it: a mark says that there was one.
        return _TOKEN.sub(r"\1…", without_login(without_cards(text, WITHHELD)))
    # In a sentence a word does, except behind that very word.
    return without_login(without_cards(text).replace("card a card", f"card {WITHHELD}"))
