"""A paper as PDF, A4, by ReportLab. Only in a process of its own (agent/papers/__main__.py): the library is large."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, KeepTogether, PageBreak, Paragraph, SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import Table as Grid

from agent.papers import blocks, pdf_drawings
from agent.papers.blocks import Cell, Tone
from agent.papers.look import ACCENT, DARK, DIM, GROUNDS, LINE, PALE, TONES
from agent.papers.pdf_text import marked_up, simple
from agent.values import frozen

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
BAND = 30 * mm
"""The dark one at the head of the first page; the others have a low one."""
LOW_BAND = 13 * mm
GAP = 6 * mm
FRAME = 6
"""Points that ReportLab keeps free inside of its margins."""
WITH_A_HEADING = 38 * mm
"""A heading with less room than that below it goes to the next page."""


def write(paper: blocks.Paper, file: Path) -> int:
    """Returns how many pages it has. Raises OSError."""
    document = SimpleDocTemplate(
        str(file),
        pagesize=A4,
        title=f"{paper.title} {paper.under}",
        author="evse-agent",
        lang=paper.language,
        leftMargin=MARGIN - FRAME,
        rightMargin=MARGIN - FRAME,
        topMargin=LOW_BAND + 7 * mm,
        bottomMargin=18 * mm,
        pageCompression=1,
    )
    story: list[Any] = [Spacer(1, BAND - LOW_BAND - 1 * mm)]
    for block in paper.blocks:
        story += flowables(block, Room(WIDTH, paper.scale))
    document.build(story, onFirstPage=partial(_first, paper), onLaterPages=partial(_later, paper), canvasmaker=_Counted)
    return int(document.page)


class _Counted(Canvas):  # type: ignore[misc]
    """Knows at the end how many pages there are, and writes "page 2 of 7" then."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for page in self._kept:
            self.__dict__.update(page)
            self.setFont("Helvetica", 8)
            self.setFillColor(HexColor(DIM))
            word = getattr(self, "_page_word", "page")
            self.drawRightString(A4[0] - MARGIN, 10 * mm, f"{word} {self._pageNumber} / {len(self._kept)}")
            Canvas.showPage(self)
        Canvas.save(self)


def _first(paper: blocks.Paper, canvas: Any, document: Any) -> None:
    width, height = A4
    canvas.saveState()
    canvas.setFillColor(HexColor(DARK))
    canvas.rect(0, height - BAND, width, BAND, stroke=0, fill=1)
    canvas.setFillColor(HexColor(ACCENT))
    canvas.rect(0, height - BAND - 1.5 * mm, width, 1.5 * mm, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.setFont("Helvetica-Bold", 20)
    canvas.drawString(MARGIN, height - 16 * mm, simple(paper.title))
    canvas.setFont("Helvetica", 10.5)
    canvas.drawString(MARGIN, height - 23.5 * mm, simple(paper.under))
    canvas.restoreState()
    if paper.stamp:
        _stamp(canvas, paper.stamp)
    _foot(paper, canvas)


def _stamp(canvas: Any, text: str) -> None:
    """Across the page, over everything and still to be read through."""
    canvas.saveState()
    canvas.translate(A4[0] / 2, A4[1] / 2 - 10 * mm)
    canvas.rotate(50)
    canvas.setFillColor(Color(0.70, 0.15, 0.12, alpha=0.16))
    canvas.setFont("Helvetica-Bold", 82)
    canvas.drawCentredString(0, -14, simple(text))
    canvas.restoreState()


def _later(paper: blocks.Paper, canvas: Any, document: Any) -> None:
    width, height = A4
    canvas.saveState()
    canvas.setFillColor(HexColor(DARK))
    canvas.rect(0, height - LOW_BAND, width, LOW_BAND, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.setFont("Helvetica-Bold", 10)
    canvas.drawString(MARGIN, height - 8.2 * mm, simple(paper.title))
    canvas.setFont("Helvetica", 9)
    canvas.drawRightString(width - MARGIN, height - 8.2 * mm, simple(paper.under))
    canvas.restoreState()
    if paper.stamp:
        _stamp(canvas, paper.stamp)
    _foot(paper, canvas)


def _foot(paper: blocks.Paper, canvas: Any) -> None:
    canvas._page_word = paper.page_word
    canvas.saveState()
    canvas.setStrokeColor(HexColor(LINE))
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, 14 * mm, A4[0] - MARGIN, 14 * mm)
    canvas.setFillColor(HexColor(DIM))
    canvas.setFont("Helvetica", 8)
    canvas.drawString(MARGIN, 10 * mm, simple(paper.foot))
    canvas.restoreState()


# Blocks.


@frozen
class Room:
    """How wide a place is, and how much larger than usual letters are there."""

    width: float
    scale: float = 1.0

    def text(self, text: str, tone: Tone = Tone.PLAIN, size: float = 8.5) -> Paragraph:
        return Paragraph(marked_up(text, is_bold=tone in BOLD), style(tone, size * self.scale))


BOLD = (Tone.STRONG, Tone.BAD)


@cache
def style(tone: Tone, size: float = 8.5) -> ParagraphStyle:
    font = "Helvetica-Bold" if tone in BOLD else "Courier" if tone is Tone.MONO else "Helvetica"
    return ParagraphStyle(
        tone.value, fontName=font, fontSize=size, leading=size * 1.27, textColor=HexColor(TONES[tone]), splitLongWords=1
    )


def flowables(block: blocks.Block, room: Room) -> list[Any]:
    """What ReportLab lays out for a block."""
    return _RENDERED[type(block)](block, room)


def _heading(block: blocks.Heading, room: Room) -> list[Any]:
    text = f"{block.number}  {block.text}" if block.number else block.text
    wanted = ParagraphStyle(
        "heading", fontName="Helvetica-Bold", fontSize=12, leading=15, textColor=HexColor(ACCENT), keepWithNext=1,
        spaceBefore=10, spaceAfter=3,
    )  # fmt: skip
    return [CondPageBreak(WITH_A_HEADING), Paragraph(marked_up(text), wanted)]


def _text(block: blocks.Text, room: Room) -> list[Any]:
    return [room.text(block.text, block.tone, 9), Spacer(1, 3)]


def _banner(block: blocks.Banner, room: Room) -> list[Any]:
    title = ParagraphStyle(
        "banner", fontName="Helvetica-Bold", fontSize=17, leading=21, textColor=HexColor(TONES[block.tone])
    )
    grid = Grid(
        [[[Paragraph(marked_up(block.title), title), Spacer(1, 2), room.text(block.text, Tone.PLAIN, 9.5)]]],
        colWidths=[room.width],
        style=TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), HexColor(GROUNDS.get(block.tone, PALE))),
                ("LINEBEFORE", (0, 0), (0, -1), 4, HexColor(TONES[block.tone])),
                ("LEFTPADDING", (0, 0), (-1, -1), 10),
                ("TOPPADDING", (0, 0), (-1, -1), 7),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
            ]
        ),
    )
    return [grid, Spacer(1, 9)]


def _table(block: blocks.Table, room: Room) -> list[Any]:
    head = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=8, leading=10, textColor=HexColor("#ffffff"))
    rows: list[list[Any]] = [[Paragraph(marked_up(text), head) for text in block.head]]
    rules: list[Any] = [
        ("BACKGROUND", (0, 0), (-1, 0), HexColor(DARK)),
        ("LINEBELOW", (0, 0), (-1, -1), 0.35, HexColor(LINE)),
        ("BOX", (0, 0), (-1, -1), 0.5, HexColor(LINE)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("FONTSIZE", (0, 0), (-1, -1), 8),
        ("LEADING", (0, 0), (-1, -1), 10),
        ("TOPPADDING", (0, 0), (-1, -1), 2.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
    for at, row in enumerate(block.rows, 1):
        rows.append([_cell(cell, room) for cell in row])
        if len(row) == 1 and len(block.head) > 1:
            rows[-1] += [""] * (len(block.head) - 1)
            rules += [("SPAN", (0, at), (-1, at)), ("BACKGROUND", (0, at), (-1, at), HexColor(PALE))]
            rules.append(("NOSPLIT", (0, at), (-1, min(at + 1, len(block.rows)))))
    grid = Grid(
        rows,
        colWidths=[room.width * share for share in block.shares],
        style=TableStyle(rules),
        repeatRows=1,
        splitByRow=1,
    )
    return [grid, Spacer(1, 7)]


def _cell(cell: Cell, room: Room) -> Any:
    return room.text(cell.text, cell.tone, 8) if cell.text else ""


def _pairs(block: blocks.Pairs, room: Room) -> list[Any]:
    rows = [[room.text(name, Tone.DIM), room.text(value, _tone_of(value))] for name, value in block.rows]
    rules: list[Any] = [
        ("LINEBELOW", (0, 0), (-1, -2), 0.35, HexColor(LINE)),
        ("BOX", (0, 0), (-1, -1), 0.5, HexColor(LINE)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.2),
        ("LEFTPADDING", (0, 0), (-1, -1), 5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 5),
    ]
    for at, (name, value) in enumerate(block.rows):
        if not name:
            rows[at] = [room.text(value), ""]
            rules.append(("SPAN", (0, at + bool(block.title)), (-1, at + bool(block.title))))
    if block.title:
        rows.insert(0, [room.text(block.title, Tone.STRONG, 9), ""])
        rules += [("SPAN", (0, 0), (-1, 0)), ("BACKGROUND", (0, 0), (-1, 0), HexColor(PALE))]
    left = 0.42 if room.width < WIDTH * 0.7 else 0.27
    return [Grid(rows, colWidths=[room.width * left, room.width * (1 - left)], style=TableStyle(rules)), Spacer(1, 7)]


def _tone_of(value: str) -> Tone:
    """Hashes and keys in letters of one width."""
    is_hex = len(value) >= 40 and all(letter in "0123456789abcdef" for letter in value)
    return Tone.MONO if is_hex else Tone.PLAIN


def _columns(block: blocks.Columns, room: Room) -> list[Any]:
    count = len(block.sides)
    each = (room.width - GAP * (count - 1)) / count
    cells: list[Any] = []
    widths: list[float] = []
    for place, side in enumerate(block.sides):
        if place:
            cells.append("")
            widths.append(GAP)
        cells.append([one for part in side for one in flowables(part, Room(each, room.scale))])
        widths.append(each)
    rules = [("VALIGN", (0, 0), (-1, -1), "TOP"), *((f"{side}PADDING", (0, 0), (-1, -1), 0) for side in SIDES)]
    return [Grid([cells], colWidths=widths, style=TableStyle(rules))]


SIDES = ("LEFT", "RIGHT", "TOP", "BOTTOM")


def _plot(block: blocks.Plot, room: Room) -> list[Any]:
    return [KeepTogether([room.text(block.title, Tone.STRONG), pdf_drawings.plot(block, room.width), Spacer(1, 6)])]


def _qr(block: blocks.Qr, room: Room) -> list[Any]:
    size = 24 * mm
    first, *others = block.caption
    said = [room.text(first, Tone.STRONG, 9), Spacer(1, 2)]
    for line in others:
        said += [room.text(line, Tone.DIM, 7.5), Spacer(1, 1)]
    grid = Grid(
        [[pdf_drawings.qr(block.text, size), said]],
        colWidths=[size + 3 * mm, room.width - size - 3 * mm],
        style=TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("LEFTPADDING", (0, 0), (0, 0), 0),
            ]
        ),
    )
    return [KeepTogether([grid])]


def _lamps(block: blocks.Lamps, room: Room) -> list[Any]:
    rows = [
        [
            pdf_drawings.lamp(one.colours, one.rhythm_s),
            room.text(one.name, Tone.STRONG, 8),
            room.text(one.meaning, Tone.PLAIN, 8),
        ]
        for one in block.rows
    ]
    lamp = 31 * mm
    left = (room.width - lamp) * 0.28
    return [
        Grid(rows, colWidths=[lamp, left, room.width - lamp - left], style=TableStyle(_QUIET)),
        Spacer(1, 4),
    ]


_QUIET: list[Any] = [
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("LINEBELOW", (0, 0), (-1, -2), 0.3, HexColor(LINE)),
    ("TOPPADDING", (0, 0), (-1, -1), 1.6),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.8),
    ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
]


def _ticks(block: blocks.Ticks, room: Room) -> list[Any]:
    rows = [
        [pdf_drawings.tick_box(done=bool(done)), room.text(text, Tone.PLAIN, 8.5), room.text(done, Tone.DIM, 7.5)]
        for text, done in block.rows
    ]
    return [
        Grid(rows, colWidths=[6.5 * mm, room.width * 0.68, room.width * 0.32 - 6.5 * mm], style=TableStyle(_QUIET)),
        Spacer(1, 4),
    ]


STEP = 7 * mm


def _steps(block: blocks.Steps, room: Room) -> list[Any]:
    rows = [
        [room.text(f"{n}", Tone.STRONG, 11), room.text(text, Tone.PLAIN, 9)] for n, text in enumerate(block.rows, 1)
    ]
    return [
        Grid(rows, colWidths=[STEP * room.scale, room.width - STEP * room.scale], style=TableStyle(_QUIET)),
        Spacer(1, 4),
    ]


def _new_page(_: blocks.NewPage, __: Room) -> list[Any]:
    return [PageBreak()]


_RENDERED: dict[type, Callable[[Any, Room], list[Any]]] = {
    blocks.Heading: _heading,
    blocks.Text: _text,
    blocks.Banner: _banner,
    blocks.Table: _table,
    blocks.Pairs: _pairs,
    blocks.Plot: _plot,
    blocks.Qr: _qr,
    blocks.Lamps: _lamps,
    blocks.Ticks: _ticks,
    blocks.Steps: _steps,
    blocks.Columns: _columns,
    blocks.NewPage: _new_page,
}
