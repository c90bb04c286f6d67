"""`evse-support verify FILE [--key KEY]`: whether a sealed report is as its charger sealed it, and what was changed."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from agent.errors import BadRequest
from agent.security.sealed import Examined, examine

PURPOSE = "whether a commissioning report is as the charger sealed it; names what was changed"
SHOWN = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the report as JSON (evsectl report export)")
    parser.add_argument(
        "--key",
        metavar="KEY",
        help="the charger's public key, 64 hexadecimal digits or a file with them (evsectl report key). Without it "
        "the key inside the file counts, which proves only that nothing changed by mistake",
    )


def run(typed: argparse.Namespace) -> int:
    """0: as it was sealed; 1: it is not. Raises BadRequest for a key or a report that is none, and OSError."""
    content = typed.file.read_bytes()
    # A report in which the first byte was changed is still one, and was changed.
    if not content.startswith(b"{") and b'"seal"' not in content:
        what = "a PDF" if content.startswith(b"%PDF") else "no JSON"
        raise BadRequest(
            f"{typed.file} is {what}, and only the report as JSON carries the seal; "
            "get it at the charger: evsectl report export N FILE.json"
        )
    found = examine(content, None if typed.key is None else key_of(typed.key))
    for line in lines(str(typed.file), found):
        print(line)
    return 0 if found.is_intact else 1


def key_of(text: str) -> bytes:
    """Digits, or what stands in a file of that name. Raises BadRequest."""
    digits = text.strip()
    if not re.fullmatch("[0-9a-fA-F]{64}", digits):
        file = Path(text)
        if not file.is_file():
            raise BadRequest(f'--key: "{text[:60]}" is neither 64 hexadecimal digits nor a file')
        found = re.search(r"\b[0-9a-fA-F]{64}\b", file.read_text(encoding="utf-8", errors="replace"))
        if found is None:
            raise BadRequest(f"--key: {text} holds no 64 hexadecimal digits; evsectl report key writes them")
        digits = found[0]
    return bytes.fromhex(digits)


def lines(name: str, found: Examined) -> list[str]:
    """The verdict first, then what to know."""
    title = f"report {found.report_id}" if found.report_id else name
    if found.problems:
        more = len(found.problems) - SHOWN
        return [
            f"{title}: NOT as it was sealed",
            *(f"  {one}" for one in found.problems[:SHOWN]),
            *([f"  and {more} more"] if more > 0 else []),
            "Do not rely on this file; ask for it again at the charger (evsectl report export).",
        ]
    origin = "and by the charger whose key was given" if found.proves_origin else "but by whom is not proven"
    return [
        f"{title}: as it was sealed, {origin}",
        f"  hash {found.hash}",
        *(f"  note: {one}" for one in found.warnings),
    ]
