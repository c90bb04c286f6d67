"""A paper as one HTML file that needs nothing else: style, curves and codes are inside. Pure; prints well on A4."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from agent.papers import blocks, svg
from agent.papers.blocks import Cell
from agent.papers.look import ACCENT, DARK, DIM, GROUNDS, LINE, PALE, TONES

BEFORE_A_UNIT = re.compile(r"(?<=\d) (?=(?:[^\W\d_]{1,3}|mm²|%)(?:\W|$))|(?<=[≤≥]) ")
"""No line ends between a number and its unit, nor between a bound's sign and its number."""
TONE_RULES = "".join(f".{tone.value}{{color:{colour}}}" for tone, colour in TONES.items())
STYLE = f"""
*{{box-sizing:border-box}}
body{{margin:0;background:#e4e9ec;color:{DARK};font:14px/1.45 "Helvetica Neue",Helvetica,Arial,sans-serif}}
main{{position:relative;max-width:210mm;margin:0 auto;background:#fff;padding:0 16mm 14mm;overflow:hidden}}
header{{background:{DARK};color:#fff;margin:0 -16mm 8mm;padding:9mm 16mm 6mm;border-bottom:5px solid {ACCENT}}}
h1{{margin:0;font-size:28px}} header p{{margin:4px 0 0}}
h2{{color:{ACCENT};font-size:18px;margin:22px 0 6px;break-after:avoid}}
p{{margin:4px 0 8px}}
table{{border-collapse:collapse;width:100%;margin:0 0 12px;font-size:12.5px;border:1px solid {LINE}}}
th{{background:{DARK};color:#fff;text-align:left;padding:4px 6px}}
td{{border-top:1px solid {LINE};padding:4px 6px;vertical-align:top;overflow-wrap:break-word}}
tr{{break-inside:avoid}} td.title{{background:{PALE};font-weight:bold}}
.pairs td:first-child{{color:{DIM};width:38%}} .pairs td{{padding:4px 8px}}
.columns{{display:grid;grid-template-columns:repeat(auto-fit,minmax(70mm,1fr));gap:0 6mm;align-items:start}}
.columns h2:first-child{{margin-top:0}}
.banner{{padding:10px 16px;margin:0 0 14px;border-left:7px solid}}
.banner b{{display:block;font-size:24px}}
.qr{{display:flex;gap:14px;align-items:center;margin:8px 0 14px;overflow-wrap:anywhere;break-inside:avoid}}
.qr svg{{flex:none;width:27mm;height:27mm}} figure{{margin:0 0 14px;break-inside:avoid}} figcaption{{font-weight:bold}}
figure svg{{width:100%;height:auto}}
.plain table,.quiet{{border:0}} .quiet td{{vertical-align:middle}} .quiet tr:first-child td{{border-top:0}}
.strong,.bad{{font-weight:bold}} .mono{{font-family:monospace;font-size:12px}}
.stamp{{position:absolute;top:95mm;left:-15mm;width:240mm;text-align:center;font-size:96px;font-weight:bold}}
.stamp{{color:#b3261e;opacity:.16;transform:rotate(-50deg);pointer-events:none;white-space:nowrap}}
.page{{break-before:page}}
footer{{border-top:1px solid {LINE};color:{DIM};font-size:12px;padding-top:6px;margin-top:16px}}
{TONE_RULES}
@media screen and (max-width:640px){{main{{padding:0 4mm 8mm}}
header{{margin:0 -4mm 5mm;padding:6mm 4mm 5mm}} h1{{font-size:22px}}
.columns{{grid-template-columns:1fr}} table{{font-size:12px}} table:not(.pairs){{display:block;overflow-x:auto}}
th,td,.pairs td{{padding:3px 4px}} .stamp{{font-size:56px;left:-35mm;width:160mm}}}}
@page{{size:A4;margin:12mm 0}}
@media print{{body{{background:#fff;font-size:12px;-webkit-print-color-adjust:exact;print-color-adjust:exact}}
main{{max-width:none}}header{{margin-top:-12mm}}}}
"""


def page(paper: blocks.Paper) -> str:
    """The whole file."""
    stamp = f'<div class="stamp" aria-hidden="true">{escape(paper.stamp)}</div>' if paper.stamp else ""
    body = "\n".join(_html(block) for block in paper.blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(paper.language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(paper.title)} {escape(paper.under)}</title>\n<style>{STYLE}</style>\n</head>\n<body><main>\n"
        f"<header><h1>{escape(paper.title)}</h1><p>{escape(paper.under)}</p></header>\n{stamp}\n{body}\n"
        f"<footer>{escape(paper.foot)}</footer>\n</main></body>\n</html>\n"
    )


def _html(block: blocks.Block) -> str:
    return _RENDERED[type(block)](block)


def _heading(block: blocks.Heading) -> str:
    return f"<h2>{escape(f'{block.number} {block.text}'.strip())}</h2>"


def _text(block: blocks.Text) -> str:
    return f'<p class="{block.tone.value}">{_lines(block.text)}</p>'


def _lines(text: str) -> str:
    return escape(BEFORE_A_UNIT.sub("\N{NO-BREAK SPACE}", text)).replace("\n", "<br>")


def _banner(block: blocks.Banner) -> str:
    ground, colour = GROUNDS.get(block.tone, PALE), TONES[block.tone]
    return (
        f'<div class="banner" style="background:{ground};border-color:{colour}">'
        f'<b style="color:{colour}">{escape(block.title)}</b>{_lines(block.text)}</div>'
    )


def _table(block: blocks.Table) -> str:
    widths = "".join(f'<col style="width:{share * 100:.1f}%">' for share in block.shares)
    head = "".join(f"<th>{escape(text)}</th>" for text in block.head)
    rows = "".join(_row(row, len(block.head)) for row in block.rows)
    return f"<table><colgroup>{widths}</colgroup><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(row: tuple[Cell, ...], count: int) -> str:
    if len(row) == 1 and count > 1:
        return f'<tr><td class="title" colspan="{count}">{escape(row[0].text)}</td></tr>'
    return f"<tr>{''.join(_cell(cell) for cell in row)}</tr>"


def _cell(cell: Cell) -> str:
    return f'<td class="{cell.tone.value}">{_lines(cell.text)}</td>'


def _pairs(block: blocks.Pairs) -> str:
    title = f'<tr><td class="title" colspan="2">{escape(block.title)}</td></tr>' if block.title else ""
    rows = "".join(_pair(name, value) for name, value in block.rows)
    return f'<table class="pairs">{title}{rows}</table>'


def _pair(name: str, value: str) -> str:
    if not name:
        return f'<tr><td colspan="2" style="color:inherit">{_lines(value)}</td></tr>'
    return f"<tr><td>{escape(name)}</td><td>{_lines(value)}</td></tr>"


def _columns(block: blocks.Columns) -> str:
    sides = "".join(f"<div>{''.join(_html(one) for one in side)}</div>" for side in block.sides)
    return f'<div class="columns">{sides}</div>'


def _plot(block: blocks.Plot) -> str:
    return f"<figure><figcaption>{escape(block.title)}</figcaption>{svg.plot(block)}</figure>"


def _qr(block: blocks.Qr) -> str:
    first, *others = block.caption
    lines = "".join(f'<br><span class="dim">{escape(line)}</span>' for line in others)
    return f'<div class="qr">{svg.qr(block.text)}<div><b>{escape(first)}</b>{lines}</div></div>'


def _lamps(block: blocks.Lamps) -> str:
    rows = (
        f'<tr><td style="width:34mm">{svg.lamp(one.colours, one.rhythm_s)}</td>'
        f'<td class="strong">{escape(one.name)}</td><td>{escape(one.meaning)}</td></tr>'
        for one in block.rows
    )
    return _quiet(rows)


def _ticks(block: blocks.Ticks) -> str:
    rows = (
        f'<tr><td style="width:9mm">{svg.tick_box(done=bool(done))}</td><td>{escape(text)}</td>'
        f'<td class="dim">{escape(done)}</td></tr>'
        for text, done in block.rows
    )
    return _quiet(rows)


def _steps(block: blocks.Steps) -> str:
    rows = (
        f'<tr><td class="strong" style="width:9mm;font-size:17px">{n}</td><td>{escape(text)}</td></tr>'
        for n, text in enumerate(block.rows, 1)
    )
    return _quiet(rows)


def _quiet(rows: Iterable[str]) -> str:
    return f'<table class="quiet">{"".join(rows)}</table>'


_RENDERED: dict[type, Callable[[Any], str]] = {
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
    blocks.NewPage: lambda _: '<div class="page"></div>',
}
