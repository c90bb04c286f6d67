"""Small pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_OTHER_PAGE = re.compile(r"(?<![\w/(`])docs/([\w-]+\.md)")
_CODE_BLOCK = re.compile(r"(?m)^(?=    \S)")
NONE = "–"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """With a blank line behind it; nothing where there are no rows."""
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') or NONE for cell in row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines, "", ""]) if lines else ""


def codes(words: Iterable[str]) -> str:
    """Each as code, with commas between."""
    return ", ".join(f"`{word}`" for word in words)


def anchor(heading: str) -> str:
    """The target that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def link(heading: str, text: str = "") -> str:
    """To a heading of this page."""
    return f"[{text or heading}](#{anchor(heading)})"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of what is known; what is not known is left out."""
    lines = [f"- {name}: {text}\n" for name, text in pairs if text]
    return "".join([*lines, "\n"]) if lines else ""


def capital(text: str) -> str:
    """As a sentence begins."""
    return text[:1].upper() + text[1:]


def prose(text: str) -> str:
    """Text of a docstring for this page: other pages become links, and lists get the blank line that they need."""
    linked = _OTHER_PAGE.sub(r"[\1](\1)", text)
    return re.sub(r"([^\n])\n(- )", lambda found: _parted(linked, found), linked)


def _parted(text: str, found: re.Match[str]) -> str:
    """A list that begins right below a line of text is no list; one item below another is."""
    line = text[text.rfind("\n", 0, found.start()) + 1 : found.start() + 1]
    return found[0] if line.startswith(("- ", "  ")) else f"{found[1]}\n\n{found[2]}"
