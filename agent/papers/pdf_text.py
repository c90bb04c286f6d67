"""Text for ReportLab: what its fonts cannot show is written in one that can, or as its nearest letters.

The standard fonts know Windows-1252. Vera, which comes along with ReportLab, adds Ω, ≤, ≥ and the like. Letters of
neither (Greek, Cyrillic, most of Polish) lose their marks or become "?"; the HTML shows them all.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from html import escape
from itertools import groupby

OTHER, OTHER_BOLD = "Vera", "VeraBd"


def marked_up(text: str, *, is_bold: bool = False) -> str:
    """For a Paragraph."""
    pieces = []
    for is_other, letters in groupby(shown(text), key=_needs_other):
        piece = escape("".join(letters), quote=False).replace("\n", "<br/>")
        pieces.append(f'<font name="{OTHER_BOLD if is_bold else OTHER}">{piece}</font>' if is_other else piece)
    return "".join(pieces)


@cache
def _glyphs() -> frozenset[int]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    font = TTFont(OTHER, "Vera.ttf")
    pdfmetrics.registerFont(font)
    pdfmetrics.registerFont(TTFont(OTHER_BOLD, "VeraBd.ttf"))
    return frozenset(font.face.charToGlyph)


@cache
def _fits(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _needs_other(letter: str) -> bool:
    return not _fits(letter)


def shown(text: str) -> str:
    """With letters that one of the two fonts has."""
    if text.isascii():
        return text
    return "".join(letter if _fits(letter) or ord(letter) in _glyphs() else _nearest(letter) for letter in text)


def _nearest(letter: str) -> str:
    bare = "".join(one for one in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(one))
    return "".join(one if _fits(one) else "?" for one in bare) or "?"


def simple(text: str) -> str:
    """For a drawing in one of the standard fonts."""
    return "".join(letter if _fits(letter) else _nearest(letter) for letter in text)
