"""Frames as they may be shown: tokens by their last four characters, secrets not at all. Pure."""

from __future__ import annotations

import re

TOKEN_FIELDS = ("idTag", "parentIdTag", "idToken")
"""Of 1.6 and of 2.x."""
SECRET_NAMES = re.compile(r"authorizationkey|password|privatekey", re.IGNORECASE)
"""A frame that names one of these is shown without any of its values."""
TOKENS_KEPT = 4

_TEXT = r'"((?:[^"\\]|\\.)*)"'
_TOKEN = re.compile(rf'("(?:{"|".join(TOKEN_FIELDS)})"\s*:\s*){_TEXT}')
_VALUE = re.compile(rf'("(?:value|attributeValue|data|password)"\s*:\s*){_TEXT}')


def masked(text: str) -> str:
    """`text` of a frame, fit for a trace that others read."""
    shown = _TOKEN.sub(lambda found: f'{found[1]}"…{found[2][-TOKENS_KEPT:]}"', text)
    return _VALUE.sub(r'\1"…"', shown) if SECRET_NAMES.search(shown) else shown
