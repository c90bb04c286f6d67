"""`evse-support verify FILE [--key KEY]`: whether a sealed file is as its charger sealed it, and what was changed.

A commissioning report as JSON, or an evidence bundle as tar.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path

from agent.errors import BadRequest
from agent.security.evidence_file import examine_evidence, is_evidence
from agent.security.sealed import Examined, examine
from tools.support.telling import printed_line

PURPOSE = "whether a commissioning report or an evidence bundle is as the charger sealed it; names what was changed"
SHOWN = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="the report as JSON (evsectl report export), or the bundle (evsectl evidence make)",
    )
    parser.add_argument(
        "--key",
        metavar="KEY",
        help="the charger's public key, 64 hexadecimal digits or a file with them (evsectl report key). Without it "
        "the key inside the file counts, which proves only that nothing changed by mistake",
    )


def run(typed: argparse.Namespace) -> int:
    """0: as it was sealed; 1: it is not. Raises BadRequest for a key or a report that is none, and OSError."""
    content = typed.file.read_bytes()
    known_key = None if typed.key is None else key_of(typed.key)
    if is_evidence(content):
        return _evidence(str(typed.file), content, known_key)
    # A report in which the first byte was changed is still one, and was changed.
    if not content.startswith(b"{") and b'"seal"' not in content:
        what = "a PDF" if content.startswith(b"%PDF") else "no JSON"
        raise BadRequest(
            f"{typed.file} is {what}, and only the report as JSON carries the seal; "
            "get it at the charger: evsectl report export N FILE.json; or give an evidence bundle, a tar"
        )
    found = examine(content, known_key)
    for line in lines(str(typed.file), found):
        printed_line(line)
    return 0 if found.is_intact else 1


def _evidence(name: str, content: bytes, known_key: bytes | None) -> int:
    looked = examine_evidence(content, known_key)
    found = replace(looked.claim, problems=looked.problems)
    for line in lines(name, found, again="evsectl evidence make"):
        printed_line(line)
    if looked.is_intact:
        for record in looked.document["records"]:
            holds = record.get("left_out") or f"{record.get('lines', '-')} lines, {record['bytes']} bytes"
            printed_line(f"  {record['id']}: {holds}")
        for gap in looked.document["gaps"]:
            printed_line(f"  gap in the record, as the charger tells it: {gap}")
    return 0 if looked.is_intact else 1


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


def lines(name: str, found: Examined, *, again: str = "evsectl report export") -> list[str]:
    """The verdict first, then what to know. `again`: how the charger makes it anew."""
    title = f"{found.word} {found.report_id}" if found.report_id else name
    if found.problems:
        more = len(found.problems) - SHOWN
        return [
            f"{title}: NOT as it was sealed",
            *(f"  {one}" for one in found.problems[:SHOWN]),
            *([f"  and {more} more"] if more > 0 else []),
            f"Do not rely on this file; ask for it again at the charger ({again}).",
        ]
    origin = "and by the charger whose key was given" if found.proves_origin else "but by whom is not proven"
    return [
        f"{title}: as it was sealed, {origin}",
        f"  hash {found.hash}",
        *(f"  note: {one}" for one in found.warnings),
    ]
