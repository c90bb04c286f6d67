"""Curves, QR codes, lamps and boxes as SVG inside a page."""

from __future__ import annotations

from html import escape

from agent.papers.blocks import Plot, Tone
from agent.papers.look import CURVES, DARK, DIM, LINE, TONES, lamp_colour, lit
from agent.papers.series import axes, nice
from agent.papers.words import number

WIDE, HIGH = 720.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 50.0, 50.0, 24.0, 30.0


def plot(one: Plot) -> str:
    """One or two curves, each with its own axis; the second one's at the right."""
    inner_w, inner_h = WIDE - LEFT - RIGHT, HIGH - TOP - BOTTOM
    xs = [x for line in one.lines for x, _ in line.points]
    x_low, x_span = min(xs), (max(xs) - min(xs)) or 1.0
    parts = [f'<rect x="{LEFT}" y="{TOP}" width="{inner_w}" height="{inner_h}" fill="none" stroke="{LINE}"/>']
    for at in nice(x_low, x_low + x_span, 8):
        if x_low <= at <= x_low + x_span * (1 + 1e-9):
            x = LEFT + (at - x_low) / x_span * inner_w
            parts.append(f'<path d="M{x:.1f} {TOP}v{inner_h}" stroke="{LINE}" stroke-width=".5"/>')
            parts.append(_label(number(at), (x, HIGH - BOTTOM + 13), "middle", DIM))
    parts.append(_label(one.x_name, (WIDE - RIGHT, HIGH - 3), "end", DIM))
    for place, (line, ticks) in enumerate(zip(one.lines, axes(one), strict=True)):
        low, span = ticks[0], ticks[-1] - ticks[0]
        for tick in ticks:
            y = TOP + inner_h - (tick - low) / span * inner_h
            if place == 0:
                parts.append(f'<path d="M{LEFT} {y:.1f}h{inner_w}" stroke="{LINE}" stroke-width=".5"/>')
            x, anchor = (LEFT - 5, "end") if place == 0 else (WIDE - RIGHT + 5, "start")
            parts.append(_label(number(tick), (x, y + 4), anchor, CURVES[place]))
        points = " ".join(
            f"{LEFT + (x - x_low) / x_span * inner_w:.1f},{TOP + inner_h - (y - low) / span * inner_h:.1f}"
            for x, y in line.points
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{CURVES[place]}" stroke-width="1.6"/>')
        x, anchor = (LEFT, "start") if place == 0 else (WIDE - RIGHT, "end")
        parts.append(_label(f"{line.name} ({line.unit})", (x, TOP - 8), anchor, CURVES[place]))
    return f'<svg viewBox="0 0 {WIDE:.0f} {HIGH:.0f}" role="img">{"".join(parts)}</svg>'


def _label(text: str, at: tuple[float, float], anchor: str, colour: str) -> str:
    place = f'x="{at[0]:.1f}" y="{at[1]:.1f}"'
    return f'<text {place} text-anchor="{anchor}" font-size="11" fill="{colour}">{escape(text)}</text>'


def qr(text: str) -> str:
    """Where ReportLab's coder is installed; else nothing is drawn, and the caption says the same in letters."""
    try:
        from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
    except ImportError:
        return ""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    count = code.getModuleCount()
    path = "".join(
        f"M{column + 2} {row + 2}h1v1h-1z"
        for row in range(count)
        for column in range(count)
        if code.isDark(row, column)
    )
    size = count + 4
    return (
        f'<svg viewBox="0 0 {size} {size}" shape-rendering="crispEdges" role="img">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    )


def lamp(colours: tuple[str, ...], rhythm_s: tuple[float, ...]) -> str:
    """A lit lamp, and beside it four seconds of its rhythm."""
    colour = lamp_colour(colours)
    bars = "".join(
        f'<rect x="{22 + at * 20:.1f}" y="6" width="{length * 20:.1f}" height="6" fill="{colour}"/>'
        for at, length in lit(rhythm_s)
    )
    return (
        f'<svg viewBox="0 0 104 18" width="120" height="21" role="img"><circle cx="9" cy="9" r="8" fill="{colour}" '
        f'stroke="{DARK}"/><rect x="22" y="6" width="80" height="6" fill="{LINE}"/>{bars}</svg>'
    )


def tick_box(*, done: bool) -> str:
    mark = f'<path d="M3 8l3 3 6-8" fill="none" stroke="{TONES[Tone.GOOD]}" stroke-width="2.2"/>' if done else ""
    box = f'<rect x="1" y="1" width="13" height="13" fill="none" stroke="{DARK}"/>'
    return f'<svg viewBox="0 0 15 15" width="16" height="16" role="img">{box}{mark}</svg>'
