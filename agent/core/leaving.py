"""What leaves the charger names nobody: no card, no login, no name and no word that a person typed. Pure.

The one list of what is withheld, for all that goes out: health, events over MQTT, the bundle, evidence, answers to
orders (security.md S-25, S-40). Somebody at the charger reads all of it. Of a log's free text see `free_text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from agent.core.uptime.model import BY_RULE


class Masked(Enum):
    """What of an answer is seen at the charger alone. A verb declares it, docs/remote-actions.md shows it."""

    CARDS = "cards"
    """Id tokens, also their last digits."""
    WORDS = "people's words"
    """Names and reasons that somebody typed."""
    LOGINS = "logins"
    """What stands before the "@" of an address, or behind its "?"."""


WITHHELD = "…"
"""Stands where a person's words stood, so that one sees that there are some."""
PERSONAL = frozenset(
    {
        *((record, field) for record in ("window", "windows") for field in ("by", "why")),
        *((record, field) for record in ("outage", "outages") for field in ("verdict_by", "verdict_why")),
        *((record, "by") for record in ("excluded", "uptime exclude", "attempts")),
        ("outage.ended", "excluded_by"),
        ("restart.ordered", "reason"),
        *((record, "ssid") for record in ("measured", "networks")),
    }
)
"""Fields that hold what a person typed, the name of a Wi-Fi among it. A record goes by its event's name, its "kind",
the member that it stands in, or the verb whose answer it is. Elsewhere `by`, `why` and `reason` are the charger's own
words, and stay."""
OUR_OWN = frozenset({"", BY_RULE, "installer", "operator", "support"})
"""What the charger itself writes into such a field: a role, and nobody's name behind it."""
TYPED = "entered by the installer"
"""The source of a measured value that a person typed (agent/selftest/judging/limits.py)."""
NAMES = (
    *("token", "idtag", "group", "password", "secret", "private_key", "authorization_key"),
    *("person", "company", "email", "phone", "accepted_by", "accepted_why", "answers", "label"),
)
"""A member whose name holds one of these is left out as a whole. `limit.owner` is no person and stays."""
OF_PEOPLE = "handover."
"""Keys of the site file that hold names, telephone numbers and cards."""
_CREDENTIALS = re.compile(r"//[^/@\s\"]*@")
_QUERY = re.compile(r"(://[^\s\"?]*\?)[^\s\"]+")
"""Addresses to upload to carry their permission there."""
_CARD = re.compile(r"(?:(?<![\w%°).…])|(?<=\\[nrt])|(?<=\\u201[89a-f]))…[0-9A-Za-z*-]{1,4}")
"""`IdToken.masked` in a sentence. A range of numbers ("11.4…12.6 V") has its lower bound right before the mark, and a
card never has. Behind a backslash: a line's end, or a quotation mark, as JSON escapes it."""
_ESCAPED_MARK = re.compile(r"\\+u2026")


def config_value(key: str, value: str) -> str:
    """Of a key of the configuration what may leave: not whom the owner calls, nor which cards were handed over."""
    return WITHHELD if key.startswith(OF_PEOPLE) and value else without_login(value)


def without_cards(text: str, instead: str = "a card") -> str:
    """A sentence in which no card is named, not even by its end."""
    return _CARD.sub(instead, text) if "…" in text else text


def line_without_cards(line: str) -> str:
    """The same of a line that is JSON, where the mark may be escaped."""
    return without_cards(_ESCAPED_MARK.sub("…", line) if "u2026" in line else line, WITHHELD)


def without_login(text: str) -> str:
    """An address, or a sentence with some, without what stands before the "@" there, nor behind the "?"."""
    return _QUERY.sub(r"\1…", _CREDENTIALS.sub("//…@", text)) if "//" in text else text


def names_somebody(name: str) -> bool:
    """Whether a field of this name is about a person or a secret."""
    small = name.lower().replace("-", "_")
    return any(word in small for word in NAMES) or "card" in small.split("_")


def is_personal(record: str, field: str, value: object) -> bool:
    """Whether a person typed this."""
    return (record, field) in PERSONAL and value not in OUR_OWN and value is not None


def without_words(body: Any, record: str = "") -> Any:
    """The same JSON value with nothing in it that a person typed, however deep. `record`: what the whole is."""
    match body:
        case Mapping():
            return {name: _member(body, name, value, record) for name, value in body.items()}
        case list() | tuple():
            return [without_words(one, record) for one in body]
    return body


def is_typed(value: object, source: object) -> bool:
    """Whether a measured value is a sentence or a name that a person typed; a number tells of nobody."""
    return source == TYPED and isinstance(value, str)


def _member(body: Mapping[Any, Any], name: str, value: Any, record: str) -> Any:
    if any(is_personal(one, name, value) for one in (record, str(body.get("kind", "")))):
        return WITHHELD
    if name == "value" and is_typed(value, body.get("source")):
        return WITHHELD
    if name in ("says", "next") and value and _holds_typed(body.get("measured")):
        return WITHHELD  # The sentence repeats what was typed.
    if name == "fields":
        return without_words(value, str(body.get("name") or body.get("event") or name))
    return without_words(value, name)


def _holds_typed(measured: object) -> bool:
    return isinstance(measured, list | tuple) and any(
        isinstance(one, Mapping) and is_typed(one.get("value"), one.get("source")) for one in measured
    )


def event_fields(event: str, fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What of an event's fields may leave; what is not known is absent."""
    return {
        name: WITHHELD if is_personal(event, name, value) else _plain(value)
        for name, value in fields
        if value is not None and not names_somebody(name)
    }


def _plain(value: Any) -> Any:
    return without_login(without_cards(value)) if isinstance(value, str) else value
