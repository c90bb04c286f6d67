"""The table people read, and the notes below it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.figure import Figure, Target

HEADS = ("figure", "value", "floor", "ratio", "target", "verdict")
TEXT_COLUMNS = (0, 5)


def table(figures: Sequence[Figure]) -> str:
    """One line a figure, numbers to the right."""
    rows = [HEADS, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = ["  ".join(_cell(column, text, widths[column]) for column, text in enumerate(row)) for row in rows]
    return "\n".join(line.rstrip() for line in (lines[0], "  ".join("-" * width for width in widths), *lines[1:]))


def notes(figures: Sequence[Figure]) -> Iterator[str]:
    """What the floors are, where a target of this run comes from, and what else a measure has to say."""
    for figure in figures:
        said = [f"floor: {figure.floor_is}"] if figure.floor_is else []
        if figure.target is not None and figure.target.why:
            said.append(f"target: {figure.target.why}")
        said += figure.notes
        if said:
            yield figure.name
            yield from (f"    {line}" for line in said)


def number(value: float) -> str:
    """Three digits that count, no exponent."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.01 else f"{value:.4f}"


def _row(figure: Figure) -> tuple[str, ...]:
    unit = figure.unit
    return (
        figure.name,
        f"{number(figure.value)} {unit}".rstrip(),
        "" if figure.floor is None else f"{number(figure.floor)} {unit}".rstrip(),
        "" if figure.ratio is None else f"{number(figure.ratio)} ×",
        "" if figure.target is None else _target(figure.target, unit),
        figure.verdict.value,
    )


def _target(target: Target, unit: str) -> str:
    return f"{target.side.value} {number(target.bound)} {'×' if target.of_ratio else unit}".rstrip()


def _cell(column: int, text: str, width: int) -> str:
    return text.ljust(width) if column in TEXT_COLUMNS else text.rjust(width)
