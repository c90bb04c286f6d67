"""A line that anybody may have written, made fit to leave the charger. Pure.

A log is free text, of this program, its libraries and the kernel: nobody can say of it that it holds no secret. So of
each line only that stays which can be no card, no key and no password (security.md S-25, S-40).
"""

from __future__ import annotations

import re

from agent.core.last_words import DATA, NAME
from agent.core.leaving import WITHHELD, names_somebody, without_cards, without_login

LONGEST = 1_000
"""Characters of one line."""
# Patterns are compiled where they are used: most programs make no bundle in their life, and every start would pay.
_NAMED = (
    r"(?P<name>[A-Za-z][\w.-]*)(?P<between>\\*[\"']?\s*[=:]\s*)"
    r"(?P<value>(?P<quote>\\*\")(?:(?!(?P=quote)).)*(?:(?P=quote)|$)|'[^']*(?:'|$)|[^\s,;\]}\"']+)"
)
"""A field as logs write it: `token=…`, `"idTag": "…"`, also within JSON that stands in JSON, and where it is cut."""
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
_HEADER = r"(?i)(authorization\\*[\"']?\s*:\s*\\*[\"']?)[A-Za-z]+ [^\s,;\]}\"']+"
"""Of HTTP: the scheme is the first word, and the secret the second."""


def fit_to_leave(text: str) -> str:
    """The line on one line, "…" where something of somebody stood, or could have stood.

    What it does not know as a secret: a word of fewer than sixteen letters and no digit, or of fewer than six, that
    stands in no field and in no quotation marks.
    """
    text = " ".join(text.split())
    # Between words: half a secret is none that anybody would know for one.
    if is_cut := len(text) > LONGEST:
        text = text[: LONGEST - 1].rpartition(" ")[0]
    text = without_cards(without_login(text), WITHHELD)
    text = re.sub(_HEADER, rf"\1{WITHHELD}", text)
    text = re.sub(_NAMED, _field, text)
    text = re.sub(_SINGLE_QUOTED, _quoted, text)
    text = re.sub(rf"(?P<kept>{_KEPT})|{_OCTETS}|{_BASE_64}|{DATA}", _word, text)
    return text if not is_cut else f"{text} {WITHHELD}"


def _field(found: re.Match[str]) -> str:
    if not names_somebody(found["name"]) and _CREDENTIAL not in found["name"].lower():
        return found[0]
    quote = found["quote"] or ""
    return f"{found['name']}{found['between']}{quote}{WITHHELD}{quote}"


def _quoted(found: re.Match[str]) -> str:
    """A name of ours stays, as in "no attribute 'x'"."""
    inner = found["inner"]
    return found[0] if re.fullmatch(NAME, inner) or inner == "NoneType" else f"'{WITHHELD}'"


def _word(found: re.Match[str]) -> str:
    return found["kept"] or WITHHELD
