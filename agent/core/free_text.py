"""A line that anybody may have written, made fit to leave the charger. Pure.

A log is free text, of this program, its libraries and the kernel: nobody can say of it that it holds no secret. So of
each line only that stays which can be no card, no key, no password and no word that a person typed (security.md S-25,
S-40).
"""

from __future__ import annotations

import re

from agent.core.last_words import DATA, NAME
from agent.core.leaving import PERSONAL, WITHHELD, is_personal, names_somebody, without_cards, without_login

LONGEST = 1_000
"""Characters of one line."""
# Patterns are compiled where they are used: most programs make no bundle in their life, and every start would pay.
_TEXT = r"\"(?:\\.|[^\"\\])*(?:\"|$)"
"""In double quotes, as JSON writes it, and where it is cut."""
_INNER_TEXT = r"(?P<quote>\\+\")(?:(?!(?P=quote)).)*(?:(?P=quote)|$)"
"""The same within such a text."""
_NAMED = (
    r"(?P<name>[A-Za-z][\w.-]*)(?P<between>\\*[\"']?\s*[=:]\s*)"
    rf"(?P<value>{_TEXT}|{_INNER_TEXT}|'[^']*(?:'|$)|[^\s,;\]}}\"']+)"
)
"""A field as logs write it: `token=…`, `"idTag": "…"`, also within JSON that stands in JSON."""
_LOGGED = rf"(?<!\S)(?P<name>[a-z]\w*)=(?P<value>{_TEXT}|\S*)"
"""A field as this program's own log writes it (agent/logs.py)."""
_DOUBLE_QUOTED = (
    rf"(?P<before>(?<=\w)=|\bFile )?(?P<text>{_TEXT}|{_INNER_TEXT})"
    rf"|(?P<member>[{{,]\s*\\*\"[A-Za-z][\w.-]*\\*\")(?=\s*:)"
)
"""What a log writes as a field's value, a traceback as its file, JSON as a member's name; and all others."""
_SINGLE_QUOTED = r"(?<!\w)(?P<before>[bru]{0,2})'(?P<inner>[^']*)'(?!\w)"
"""As Python shows a value. An apostrophe has a letter before it, or behind."""
_OCTETS = r"(?<![0-9:-])[0-9A-Fa-f]{2}(?P<gap>[ :-])(?:[0-9A-Fa-f]{2}(?P=gap)){2,}[0-9A-Fa-f]{2}"
"""Four and more, as readers of cards and dumps of a wire show them. A time has three."""
_BASE_64 = r"(?=[\w+/-]*\d)(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])[\w+/-]{8,}"
"""And its like: no word and no path of the system has digits and letters of either case."""
_KEPT = (
    r"(?<![0-9A-Za-z])(?:(?:mmcblk|nvme|ttyUSB|ttyACM|ttyAMA|gpiochip|hidraw|python)\d{1,2}(?:[np]\d{1,2}){0,2}"
    r"|cp210x|\d{1,9}kB)(?![0-9A-Za-z])"
)
"""What the system calls its parts, and sizes: words with a digit in them, and nobody's."""
_CREDENTIAL = "authorization"
"""Named so in settings and in heads of HTTP, beside the names of `leaving`."""
_SECRETS = ("ssid", "psk", "key", "passwd", "passphrase")
_SHORT_SECRETS = frozenset({"pass", "pwd"})
"""What a part of a field's name ends with, or is, beside those: in a line that anybody wrote `key=` may be a password.
The program's own records use some of these names for what is nobody's, so they are not in `leaving`."""
_TYPED_IN = frozenset(record for record, _ in PERSONAL if "." in record)
"""Events that have a field which a person typed."""
_NONE = "none"
"""As the log writes a field that is not known."""
_HEADER = r"(?i)(authorization\\*[\"']?\s*:\s*\\*[\"']?)[A-Za-z]+ [^\s,;\]}\"']+"
"""Of HTTP: the scheme is the first word, and the secret the second."""


def fit_to_leave(text: str) -> str:
    """The line on one line, "…" where something of somebody stood, or could have stood.

    What it does not know as a secret: a word of fewer than sixteen letters and no digit, or of fewer than six, that
    stands in no field which names a secret and in no quotation marks; and what is quoted as the value of a field that
    names none: this program writes there what was wrong (`cause="connection refused"`). In single quotes a word of
    small letters stays, as its own names are.
    """
    text = " ".join(text.split())
    # Between words: half a secret is none that anybody would know for one.
    if is_cut := len(text) > LONGEST:
        text = text[: LONGEST - 1].rpartition(" ")[0]
    text = _without_typed(without_cards(without_login(text), WITHHELD))
    text = _without_secrets(re.sub(_HEADER, rf"\1{WITHHELD}", text))
    text = re.sub(_SINGLE_QUOTED, _quoted, re.sub(_DOUBLE_QUOTED, _double_quoted, text))
    text = re.sub(rf"(?P<kept>{_KEPT})|{_OCTETS}|{_BASE_64}|{DATA}", _word, text)
    return text if not is_cut else f"{text} {WITHHELD}"


def _without_typed(text: str) -> str:
    """Each event is a line of the log: its name, and its fields."""
    event = next((word for word in text.split(" ") if word in _TYPED_IN), "")
    if not event:
        return text
    before, _, fields = text.partition(event)
    return before + event + re.sub(_LOGGED, lambda found: _logged(event, found), fields)


def _logged(event: str, found: re.Match[str]) -> str:
    value = found["value"].strip('"')
    is_kept = value == _NONE or not is_personal(event, found["name"], value)
    return found[0] if is_kept else f"{found['name']}={WITHHELD}"


def _without_secrets(text: str) -> str:
    """Looks into the value of a field that names no secret, too: `wlan0: ssid=…`, and JSON in a text."""
    named, parts, done, at = re.compile(_NAMED), list[str](), 0, 0
    while found := named.search(text, at):
        at = found.end("between")
        if _names_secret(found["name"]):
            quote = found["quote"] or ('"' if found["value"].startswith('"') else "")
            parts += [text[done:at], quote, WITHHELD, quote]
            done = at = found.end()
    return "".join([*parts, text[done:]])


def _names_secret(name: str) -> bool:
    if names_somebody(name) or _CREDENTIAL in name.lower():
        return True
    parts = [one.rstrip("0123456789") for one in re.split(r"[_.-]|(?<=[a-z])(?=[A-Z])", name)]
    return any(one.lower().endswith(_SECRETS) or one.lower() in _SHORT_SECRETS for one in parts)


def _double_quoted(found: re.Match[str]) -> str:
    """A field's value stays, but for what is quoted within it."""
    if found["member"]:
        return found[0]
    before, text, quote = found["before"] or "", found["text"], found["quote"] or '"'
    if before:
        return before + quote + re.sub(_DOUBLE_QUOTED, _double_quoted, text[len(quote) :])
    inner = text[len(quote) :].removesuffix(quote)
    return f"{quote}{WITHHELD}{quote}" if inner else text


def _quoted(found: re.Match[str]) -> str:
    """A name of ours stays, as in "no attribute 'x'"."""
    inner = found["inner"]
    return found[0] if re.fullmatch(NAME, inner) or inner == "NoneType" else f"'{WITHHELD}'"


def _word(found: re.Match[str]) -> str:
    return found["kept"] or WITHHELD
