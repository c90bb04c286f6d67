"""One paper in a process of its own: `python -m agent.papers WHAT FORMAT FILE`, the sealed report on standard input.

WHAT is "report", "pack", "owner-code", or "uptime", which is made of the answer to `evsectl uptime` instead. A second
line on standard input is what pack and owner-code want besides, as JSON: the language, the ticks, the code. Ends with 3
where ReportLab is not installed (`evse-agent[pdf]`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from agent.papers.blocks import Paper

NO_LIBRARY = 3


def paper_of(what: str, sealed: dict[str, Any], more: dict[str, Any]) -> Paper:
    """Raises KeyError, ValueError for a report that is none."""
    if what == "report":
        from agent.papers import report_page

        return report_page.paper(sealed)
    if what == "uptime":
        from agent.papers import uptime_page

        return uptime_page.paper(sealed)
    from agent.papers import pack_page

    if what == "pack":
        return pack_page.paper(sealed, more)
    return pack_page.owner_sheet(sealed, more)


def main(words: list[str]) -> int:
    """The exit code; 3 without the library."""
    what, form, file = words
    first, _, rest = sys.stdin.buffer.read().partition(b"\n")
    paper = paper_of(what, json.loads(first), json.loads(rest or b"{}"))
    if form == "html":
        from agent.papers.html import page

        Path(file).write_text(page(paper), encoding="utf-8")
        return 0
    try:
        from agent.papers import pdf
    except ImportError:
        return NO_LIBRARY
    pdf.write(paper, Path(file))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
