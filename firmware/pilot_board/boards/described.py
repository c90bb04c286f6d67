"""A kind of board in words: `has=3071 phases=1 earthing=TT`."""

from kind import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WORDS = ("board", "revision", "earthing", "residual")
"""Fields that are texts; all others are numbers."""


def kind_of(described: "tuple[str, ...]") -> Kind:
    """The kind that words like `has=12` and `earthing=TT` describe."""
    fields: dict[str, Any] = {}
    for description in described:
        name, word = description.split("=")
        fields[name] = word if name in WORDS else int(word)
    return Kind(**fields)
