"""What is drawn: curves, QR codes, lamps, boxes to tick."""

from __future__ import annotations

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm

from agent.papers.blocks import Plot, Tone
from agent.papers.look import CURVES, DARK, DIM, LINE, RHYTHM_SHOWN_S, TONES, lamp_colour, lit
from agent.papers.pdf_text import simple
from agent.papers.series import axes, nice
from agent.papers.words import number

PLOT_HEIGHT = 46 * mm
LEFT, RIGHT, TOP, BOTTOM = 13 * mm, 13 * mm, 8 * mm, 9 * mm


def plot(one: Plot, width: float) -> Drawing:
    """One or two curves, each with its own axis; the second one's at the right."""
    drawing = Drawing(width, PLOT_HEIGHT)
    inner_w, inner_h = width - LEFT - RIGHT, PLOT_HEIGHT - TOP - BOTTOM
    xs = [x for line in one.lines for x, _ in line.points]
    x_low, x_high = min(xs), max(xs)
    x_span = (x_high - x_low) or 1.0
    drawing.add(Rect(LEFT, BOTTOM, inner_w, inner_h, fillColor=None, strokeColor=HexColor(LINE), strokeWidth=0.5))
    for at in nice(x_low, x_high, 8):
        if x_low <= at <= x_high + x_span * 1e-9:
            x = LEFT + (at - x_low) / x_span * inner_w
            drawing.add(Line(x, BOTTOM, x, BOTTOM + inner_h, strokeColor=HexColor(LINE), strokeWidth=0.25))
            drawing.add(_label(number(at), x, BOTTOM - 3.4 * mm, "middle"))
    drawing.add(_label(one.x_name, LEFT + inner_w, BOTTOM - 6.8 * mm, "end"))
    for place, (line, ticks) in enumerate(zip(one.lines, axes(one), strict=True)):
        low, span = ticks[0], ticks[-1] - ticks[0]
        for tick in ticks:
            y = BOTTOM + (tick - low) / span * inner_h
            if place == 0:
                drawing.add(Line(LEFT, y, LEFT + inner_w, y, strokeColor=HexColor(LINE), strokeWidth=0.25))
            beside, anchor = (LEFT - 1.2 * mm, "end") if place == 0 else (LEFT + inner_w + 1.2 * mm, "start")
            drawing.add(_label(number(tick), beside, y - 1 * mm, anchor, CURVES[place]))
        flat = [
            coordinate
            for x, y in line.points
            for coordinate in (LEFT + (x - x_low) / x_span * inner_w, BOTTOM + (y - low) / span * inner_h)
        ]
        drawing.add(PolyLine(flat, strokeColor=HexColor(CURVES[place]), strokeWidth=1.1, strokeLineJoin=1))
        named_at, anchor = (LEFT, "start") if place == 0 else (LEFT + inner_w, "end")
        name = f"{line.name} ({line.unit})"
        drawing.add(_label(name, named_at, PLOT_HEIGHT - 5 * mm, anchor, CURVES[place], size=7.5))
    return drawing


def _label(text: str, x: float, y: float, anchor: str, colour: str = DIM, *, size: float = 6.5) -> String:
    return String(
        x, y, simple(text), fontName="Helvetica", fontSize=size, fillColor=HexColor(colour), textAnchor=anchor
    )


def qr(text: str, size: float) -> Drawing:
    """A square of `size` points, with its quiet zone."""
    widget = QrCodeWidget(text, barLevel="M", barBorder=2)
    left, low, right, high = widget.getBounds()
    drawing = Drawing(size, size, transform=[size / (right - left), 0, 0, size / (high - low), 0, 0])
    drawing.add(widget)
    return drawing


def lamp(colours: tuple[str, ...], rhythm_s: tuple[float, ...]) -> Drawing:
    """A lit lamp, and beside it four seconds of its rhythm."""
    size, wide = 5 * mm, 21 * mm
    drawing = Drawing(size + 2 * mm + wide, size)
    colour = HexColor(lamp_colour(colours))
    drawing.add(
        Circle(size / 2, size / 2, size / 2 - 0.3, fillColor=colour, strokeColor=HexColor(DARK), strokeWidth=0.5)
    )
    x = size + 2 * mm
    drawing.add(Rect(x, size / 2 - 1 * mm, wide, 2 * mm, fillColor=HexColor(LINE), strokeColor=None))
    for at, length in lit(rhythm_s):
        drawing.add(
            Rect(
                x + at / RHYTHM_SHOWN_S * wide, size / 2 - 1 * mm, length / RHYTHM_SHOWN_S * wide, 2 * mm,
                fillColor=colour, strokeColor=None,
            )
        )  # fmt: skip
    drawing.add(Rect(x, size / 2 - 1 * mm, wide, 2 * mm, fillColor=None, strokeColor=HexColor(DIM), strokeWidth=0.3))
    return drawing


def tick_box(*, done: bool) -> Drawing:
    size = 3.4 * mm
    drawing = Drawing(size, size)
    drawing.add(Rect(0, 0, size, size, fillColor=None, strokeColor=HexColor(DARK), strokeWidth=0.7))
    if done:
        drawing.add(
            PolyLine(
                [0.7 * mm, 1.7 * mm, 1.4 * mm, 0.8 * mm, 2.8 * mm, 2.7 * mm],
                strokeColor=HexColor(TONES[Tone.GOOD]),
                strokeWidth=1.4,
            )
        )
    return drawing
