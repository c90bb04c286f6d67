"""Whether the installed program is the one that was released: each file against the hash that its package names.

RECORD of an installed wheel has the SHA-256 of every file that came with it (packaging.python.org, "Recording installed
projects"). A card that forgets shows here before it shows as nonsense, so does what was mended by hand. Whoever
may write the files may write RECORD, too: this finds decay and habits, not a burglar.
"""

from __future__ import annotations

import csv
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import agent
from agent.core.commissioning.model import Quantity
from agent.host.files import known, listed

HERE = Path(agent.__file__).resolve().parents[1]
"""Where this program was loaded from: a folder site-packages, or a checkout."""
OF_A_CHECKOUT = "__editable__"
"""What begins a file in the RECORD of a checkout, whose own files change as people work and are not listed."""
NAMED_AT_MOST = 3


def software(folder: Path = HERE) -> dict[str, Quantity]:
    """files: how many were looked at; altered: how many are another, away or not listed, altered_names the first ones.

    `not_compared`: why there is nothing to compare with. Raises OSError, and ValueError for a RECORD that is none.
    """
    records = listed(folder, "evse_agent-*.dist-info/RECORD")
    if len(records) > 1:
        raise ValueError(f"{len(records)} releases are recorded in {folder}")
    hashes = _hashes(records[0]) if records else {}
    if not records or any(name.startswith(OF_A_CHECKOUT) for name in hashes):
        return {"not_compared": "it runs from a checkout, which has no list of its files"}
    # A list that a card has cut, or emptied, names too few.
    there = {file.relative_to(folder).as_posix() for file in (folder / agent.__name__).rglob("*.py")}
    altered = [name for name, noted in hashes.items() if _hash(folder / name) != noted]
    altered += sorted(there - hashes.keys())
    more = f" and {len(altered) - NAMED_AT_MOST} more" if len(altered) > NAMED_AT_MOST else ""
    names = ", ".join(altered[:NAMED_AT_MOST]) + more
    return known(files=len(hashes.keys() | there), altered=len(altered), altered_names=names or None)


def _hashes(record: Path) -> Mapping[str, str]:
    """By the name of the file; those that were made later, as RECORD itself and compiled ones, have none."""
    try:
        with record.open(encoding="utf-8", newline="") as lines:
            return dict(_rows(lines))
    except csv.Error as error:
        raise ValueError(f"RECORD: {error}") from error


def _rows(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    for row in csv.reader(lines):
        name, kind_and_hash, _size = row
        kind, _, noted = kind_and_hash.partition("=")
        if kind == "sha256":
            yield name, noted


def _hash(file: Path) -> str:
    """As RECORD writes it; "" where the file is away or cannot be read, which is what a dying card makes of it."""
    try:
        octets = file.read_bytes()
    except OSError:
        return ""
    return urlsafe_b64encode(sha256(octets).digest()).rstrip(b"=").decode()
