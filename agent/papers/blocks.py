"""What a paper is made of, before anybody has decided between PDF and HTML. Values, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from agent.values import frozen


class Tone(Enum):
    """How a word is meant; the renderers choose the colour."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    DIM = "dim"
    STRONG = "strong"
    MONO = "mono"


@frozen
class Cell:
    """One field of a table."""

    text: str
    tone: Tone = Tone.PLAIN


@frozen
class Heading:
    text: str
    number: str = ""
    """ "5" of "5 Measurements"."""


@frozen
class Text:
    text: str
    tone: Tone = Tone.PLAIN


@frozen(kw_only=True)
class Banner:
    """The verdict, large."""

    title: str
    text: str
    tone: Tone


@frozen(kw_only=True)
class Table:
    """`shares` are parts of the width and sum to 1. A row with one cell is a title within the table."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shares: tuple[float, ...]


@frozen(kw_only=True)
class Pairs:
    """Names and values, in a box with a title."""

    title: str
    rows: tuple[tuple[str, str], ...]


@frozen(kw_only=True)
class Line:
    """One curve. `unit` stands at the axis, on the right side where it is the second one."""

    name: str
    unit: str
    points: tuple[tuple[float, float], ...]


@frozen(kw_only=True)
class Plot:
    """One or two curves over one axis."""

    title: str
    x_name: str
    lines: tuple[Line, ...]


@frozen(kw_only=True)
class Qr:
    text: str
    caption: tuple[str, ...]


@frozen(kw_only=True)
class Lamp:
    """A light as it looks, and what it means. `rhythm_s`: seconds lit, dark, lit, …"""

    colours: tuple[str, ...]
    rhythm_s: tuple[float, ...]
    name: str
    meaning: str


@frozen(kw_only=True)
class Lamps:
    rows: tuple[Lamp, ...]


@frozen(kw_only=True)
class Ticks:
    """Boxes to tick; `done` tells when."""

    rows: tuple[tuple[str, str], ...]


@frozen(kw_only=True)
class Steps:
    """What to do, in this order."""

    rows: tuple[str, ...]


@frozen
class Columns:
    """Side by side, of the same width."""

    sides: tuple[tuple[Block, ...], ...]


@frozen
class NewPage:
    pass


Block = Heading | Text | Banner | Table | Pairs | Plot | Qr | Lamps | Ticks | Steps | Columns | NewPage


@frozen(kw_only=True)
class Paper:
    """A whole one. `stamp` lies across the first page; `foot` stands on each; letters are larger by `scale`."""

    title: str
    under: str
    foot: str
    page_word: str
    language: str
    blocks: tuple[Block, ...]
    stamp: str = ""
    scale: float = 1.0


def plain(rows: Sequence[Sequence[str]]) -> tuple[tuple[Cell, ...], ...]:
    """Cells without a tone."""
    return tuple(tuple(Cell(text) for text in row) for row in rows)
