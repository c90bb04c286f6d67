"""A data sheet as PDF: JSON on the standard input, the file as the one argument. A process of its own.

Ends with 3 where ReportLab is not installed (`evse-agent[pdf]`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

NO_LIBRARY = 3
DARK, ACCENT, PALE, LINE = "#17324d", "#1f7a8c", "#eef4f6", "#c9d6dc"
WORDS = {
    "rated_current_a": ("Rated current of an outlet", "A"),
    "least_current_a": ("Least current offered", "A"),
    "phases": ("Phases", ""),
    "nominal_voltage_v": ("Nominal voltage", "V"),
    "power_each_w": ("Power of an outlet", "kW"),
    "outlets": ("Outlets", ""),
    "charging_mode": ("Charging mode", ""),
    "shared_supply": ("Sharing of the supply", ""),
}


def rating_rows(ratings: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values with units."""
    return [(name, _with_unit(ratings[key], unit)) for key, (name, unit) in WORDS.items()]


def outlet_row(outlet: dict[str, Any]) -> list[str]:
    """Number, kind, meter, what is watched."""
    kind = "tethered cable" if outlet["kind"] == "tethered" else "socket"
    lock = ", plug locked" if outlet["locks_the_plug"] else ""
    meter = f"{outlet['meter']}, {outlet['meter_phases']} phase{'s' if outlet['meter_phases'] > 1 else ''}"
    signs = ", signs its register" if outlet["meter_signs"] else ""
    watched = [*outlet["inputs"], *(f"temperature: {place}" for place in outlet["temperature_sensors"])]
    return [
        str(outlet["number"]),
        kind + lock,
        meter + signs,
        ", ".join(watched).replace("_", " ") or "none of its own",
    ]


def _with_unit(value: Any, unit: str) -> str:
    if unit == "kW":
        return f"{value / 1000:.1f} kW"
    return f"{value:g} {unit}".strip() if isinstance(value, int | float) else str(value)


def write(sheet: dict[str, Any], file: Path) -> None:
    """One or two pages, A4. Raises ImportError and OSError."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    def frame(canvas: Any, document: Any) -> None:
        width, height = A4
        canvas.saveState()
        canvas.setFillColor(DARK)
        canvas.rect(0, height - 30 * mm, width, 30 * mm, stroke=0, fill=1)
        canvas.setFillColor(ACCENT)
        canvas.rect(0, height - 31.5 * mm, width, 1.5 * mm, stroke=0, fill=1)
        canvas.setFillColor("#ffffff")
        canvas.setFont("Helvetica-Bold", 19)
        canvas.drawString(18 * mm, height - 16 * mm, "Data sheet")
        canvas.setFont("Helvetica", 10.5)
        canvas.drawString(
            18 * mm, height - 23.5 * mm, f"{sheet['vendor']}  |  AC charging station  |  {sheet['board']}"
        )
        canvas.setFillColor("#5b6b75")
        canvas.setFont("Helvetica", 8)
        canvas.drawString(18 * mm, 11 * mm, f"evse-agent {sheet['software_version']}; made from {sheet['board']}")
        canvas.drawRightString(width - 18 * mm, 11 * mm, f"page {document.page}")
        canvas.restoreState()

    margins = {"leftMargin": 18 * mm, "rightMargin": 18 * mm, "topMargin": 38 * mm, "bottomMargin": 20 * mm}
    document = SimpleDocTemplate(str(file), pagesize=A4, title=f"Data sheet {sheet['board']}", **margins)
    document.build(_story(sheet, A4[0] - 36 * mm), onFirstPage=frame, onLaterPages=frame)


def _story(sheet: dict[str, Any], width: float) -> list[Any]:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, Spacer, Table, TableStyle

    body = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12, textColor=DARK)
    strong = ParagraphStyle("strong", parent=body, fontName="Helvetica-Bold")
    head = ParagraphStyle("head", parent=body, fontName="Helvetica-Bold", fontSize=11.5, spaceBefore=11, spaceAfter=4)
    name = ParagraphStyle("name", parent=body, fontName="Helvetica-Bold", fontSize=14, leading=18, spaceAfter=5)

    def table(rows: list[list[str]], shares: list[float], *, headed: bool) -> Any:
        cells = [
            [Paragraph(escape(cell), strong if (headed and at == 0) else body) for cell in row]
            for at, row in enumerate(rows)
        ]
        rules: list[Any] = [
            ("BOX", (0, 0), (-1, -1), 0.4, LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
            ("BACKGROUND", *(((0, 0), (-1, 0)) if headed else ((0, 0), (0, -1))), PALE),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
        return Table(cells, colWidths=[width * one for one in shares], style=TableStyle(rules), repeatRows=int(headed))

    story: list[Any] = [Paragraph(escape(sheet["model"]), name)]
    story += [
        Paragraph("Ratings", head),
        table([list(row) for row in rating_rows(sheet["ratings"])], [0.34, 0.66], headed=False),
    ]
    outlets = [["", "Outlet", "Meter", "Inputs and temperatures"], *(outlet_row(one) for one in sheet["outlets"])]
    story += [Paragraph("Outlets", head), table(outlets, [0.06, 0.27, 0.37, 0.30], headed=True)]
    story.append(Paragraph("Protective functions", head))
    protection = [["Device", "Protects by itself", "Does not"]]
    protection += [
        [", ".join(one["devices"]), one["protects"], one["missing"]] for one in sheet["protective_functions"]
    ]
    story.append(table(protection, [0.22, 0.43, 0.35], headed=True))
    protocols = [[one["name"], one["what"]] for one in sheet["protocols"]]
    protocols.append(["Card reader", sheet["station"]["token_reader"].replace("_", " ") or "none"])
    story += [Paragraph("Protocols and interfaces", head), table(protocols, [0.34, 0.66], headed=False)]
    story += [Spacer(1, 10), *(Paragraph(escape(line), body) for line in sheet["statements"])]
    return story


def main() -> int:
    """The exit code; 3 without the library."""
    try:
        write(json.load(sys.stdin), Path(sys.argv[1]))
    except ImportError:
        return NO_LIBRARY
    return 0


if __name__ == "__main__":
    sys.exit(main())
