"""Colours and sizes that both renderers share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agent.papers.blocks import Tone

DARK, ACCENT, PALE, LINE, DIM = "#17324d", "#1f7a8c", "#eef4f6", "#c9d6dc", "#5b6b75"
TONES: Mapping[Tone, str] = {
    Tone.PLAIN: DARK,
    Tone.GOOD: "#1c7c3c",
    Tone.BAD: "#b3261e",
    Tone.WARN: "#a15c00",
    Tone.DIM: DIM,
    Tone.STRONG: DARK,
    Tone.MONO: DARK,
}
GROUNDS: Mapping[Tone, str] = {Tone.GOOD: "#e8f5ec", Tone.BAD: "#fbeae9", Tone.WARN: "#fdf3e3"}
"""Behind a banner."""
CURVES = (ACCENT, "#c2571a")
LAMPS: Mapping[str, str] = {"red": "#d93025", "green": "#1e9e49", "blue": "#1a63d8", "white": "#ffffff"}
MIXED: Mapping[frozenset[str], str] = {
    frozenset(("red", "green")): "#f2b600",
    frozenset(("red", "blue")): "#a020c0",
    frozenset(("green", "blue")): "#00a5b8",
    frozenset(("red", "green", "blue")): "#f4f4f4",
}
"""What several lamps at once look like."""
RHYTHM_SHOWN_S = 4.0
"""Of a lamp, beside it."""


def lamp_colour(colours: tuple[str, ...]) -> str:
    """Of a light as it is seen."""
    if len(colours) == 1:
        return LAMPS.get(colours[0], DIM)
    return MIXED.get(frozenset(colours), "#f4f4f4")


def lit(rhythm_s: tuple[float, ...]) -> Iterator[tuple[float, float]]:
    """When a lamp of that rhythm is lit while it is shown: beginning and length, in seconds."""
    at, place = 0.0, 0
    while at < RHYTHM_SHOWN_S and rhythm_s:
        length = min(rhythm_s[place % len(rhythm_s)], RHYTHM_SHOWN_S - at)
        if place % 2 == 0:
            yield at, length
        at, place = at + max(length, 0.01), place + 1
