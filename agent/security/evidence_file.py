"""An evidence bundle: a plain tar in which every octet is determined, so that none can be changed unseen.

    claim.json             the sealed claim: what is said, and of every record its digest
    <record>.gz            records, each packed by itself; of one that is lines the claim also has a mark for each line

Not a packed tar: what packs it differs between machines, and this file is to be made again, octet by octet, by whoever
looks at it. Everything here blocks, for a thread; used by the charger and by whoever checks, off the charger.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import error as ZlibError

from agent import archive
from agent.chain import first_break
from agent.errors import SecurityError
from agent.security.sealed import CLAIM, Examined, examine
from agent.values import frozen

CLAIM_NAME = "claim.json"
PACKED = ".gz"
MARK_DIGITS = 12
"""Of a line's SHA-256, only to find which one was changed; that something was, the digest of the whole says."""
MOST_BYTES = 20 << 20
MOST_RECORD_BYTES = 8 << 20
"""Unpacked."""
MOST_ENTRIES = 200
EVENTS = "events.jsonl"
"""The record whose lines are a chain of their own (agent/chain.py)."""


@frozen(kw_only=True)
class Record:
    """One file of the bundle, as it goes in. `lines` False: octets of its own, packed already or not worth it."""

    name: str
    content: bytes
    is_lines: bool = True


Describe = Callable[[list[dict[str, Any]]], bytes]
"""Makes the sealed claim of the entries that it has to hold about records."""


def write_evidence(file: Path, records: Iterable[Record], describe: Describe, *, at_s: int) -> bytes:
    """Make the bundle; returns the claim. `at_s`: UTC seconds, or 0. Raises OSError, and what `describe` raises."""
    packed: list[tuple[str, bytes]] = []
    entries = []
    room = MOST_BYTES - (1 << 20)
    for record in records:
        octets = _packed(record.content)
        if len(octets) > room or len(record.content) > MOST_RECORD_BYTES:
            entries.append({"id": record.name, "left_out": "it would make the bundle larger than it may be"})
            continue
        room -= len(octets)
        packed.append((record.name + PACKED, octets))
        entries.append(entry_of(record, octets))
    claim = describe(entries)
    with file.open("wb") as opened:
        for piece in _tar([(CLAIM_NAME, claim), *packed], at_s):
            opened.write(piece)
    return claim


def entry_of(record: Record, packed: bytes) -> dict[str, Any]:
    """What the claim says of a record."""
    entry: dict[str, Any] = {
        "id": record.name,
        "sha256": sha256(packed).hexdigest(),
        "packed_bytes": len(packed),
        "bytes": len(record.content),
    }
    if record.is_lines:
        lines = record.content.splitlines(keepends=True)
        entry |= {"lines": len(lines), "marks": "".join(mark(line) for line in lines)}
    return entry


def mark(line: bytes) -> str:
    return sha256(line).hexdigest()[:MARK_DIGITS]


def _packed(content: bytes) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as opened:
        opened.write(content)
    return packed.getvalue()


def _tar(entries: Iterable[tuple[str, bytes]], at_s: int) -> Iterator[bytes]:
    import tarfile  # loaded when evidence is made or looked at

    length = 0
    for name, content in entries:
        piece = archive.entry(name, content, at_s)
        length += len(piece)
        yield piece
    yield b"\0" * (2 * tarfile.BLOCKSIZE + -(length + 2 * tarfile.BLOCKSIZE) % tarfile.RECORDSIZE)


# A look at a file from anywhere.


@frozen(kw_only=True)
class ExaminedEvidence:
    """`claim` is what a look at the claim's seal found; `problems` are all, of claim and records, each a sentence."""

    claim: Examined
    document: Mapping[str, Any]
    records: Mapping[str, bytes]
    problems: tuple[str, ...]

    @property
    def is_intact(self) -> bool:
        return not self.problems


def is_evidence(content: bytes) -> bool:
    """Whether this looks like such a file, changed or not."""
    return content[257:262] == b"ustar" or content.startswith(CLAIM_NAME.encode())


def examine_evidence(file: bytes, known_key: bytes | None = None) -> ExaminedEvidence:
    """What was changed since it was made, by name, and of a record of lines by line. Never raises for its content.

    Raises SecurityUnavailable where there is a signature and no library to check it.
    """
    try:
        entries, at_s = _entries(file)
    except SecurityError as error:
        return _unusable(str(error))
    content = dict(entries)
    if CLAIM_NAME not in content:
        return _unusable(f"there is no {CLAIM_NAME} in it any more")
    claim = examine(content[CLAIM_NAME], known_key)
    problems = [f"{CLAIM_NAME}: {one}" for one in claim.problems]
    document = _document(content[CLAIM_NAME])
    if claim.is_intact and claim.word != CLAIM.word:
        problems.append(f"{CLAIM_NAME} is a sealed {claim.word} and no claim")
    told = {f"{one['id']}{PACKED}": one for one in _told_records(document)}
    found = {name: octets for name, octets in content.items() if name != CLAIM_NAME}
    records: dict[str, bytes] = {}
    for name in sorted(found.keys() | told.keys()):
        problems += _record_problems(name, found.get(name), told.get(name), records)
    if not problems and at_s != _told_time(document):
        problems.append("the time that stands in the archive is not that of the claim")
    if not problems and (place := _differs(entries, at_s, file)) is not None:
        problems.append(place)
    problems += _chain_problems(records)
    return ExaminedEvidence(claim=claim, document=document, records=records, problems=tuple(problems))


def _unusable(why: str) -> ExaminedEvidence:
    return ExaminedEvidence(claim=Examined(word=CLAIM.word), document={}, records={}, problems=(why,))


def _told_time(document: Mapping[str, Any]) -> object:
    head = document.get("head")
    return head.get("archived_s") if isinstance(head, dict) else None


def _entries(file: bytes) -> tuple[list[tuple[str, bytes]], int]:
    """In their order, and the time they all carry. Raises SecurityError with a sentence."""
    import tarfile

    if len(file) > MOST_BYTES + (1 << 20):
        raise SecurityError(f"it has {len(file)} bytes, and no evidence has more than {MOST_BYTES + (1 << 20)}")
    found: list[tuple[str, bytes]] = []
    times: list[int] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(file), mode="r:") as opened:
            for entry in opened:
                if not entry.isreg() or len(found) >= MOST_ENTRIES:
                    raise SecurityError(f'"{entry.name[:60]}" is nothing that evidence holds')
                extracted = opened.extractfile(entry)
                assert extracted is not None, "it is a file"
                found.append((entry.name, extracted.read()))
                times.append(int(entry.mtime))
    except (tarfile.TarError, ValueError, EOFError, OverflowError) as error:
        where = f'behind "{found[-1][0]}"' if found else "at its beginning"
        raise SecurityError(f"the archive is damaged {where} ({error})") from error
    if not found:
        raise SecurityError("the archive is empty, or was damaged at its beginning")
    return found, times[0]


def _document(claim: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(claim)
    except (ValueError, RecursionError):
        return {}
    found = content.get(CLAIM.word) if isinstance(content, dict) else None
    return found if isinstance(found, dict) else {}


def _told_records(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    told = document.get("records")
    entries = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    return [one for one in entries if isinstance(one.get("id"), str) and "left_out" not in one]


def _record_problems(
    name: str, octets: bytes | None, told: Mapping[str, Any] | None, records: dict[str, bytes]
) -> Iterator[str]:
    if told is None:
        yield f'"{name[:80]}" was put in after sealing, or its entry in the claim was changed'
        return
    if octets is None:
        yield f'"{name[:80]}" was taken out after sealing'
        return
    content = _unpacked(octets)
    if content is not None:
        records[str(told["id"])] = content
    if sha256(octets).hexdigest() == told.get("sha256"):
        return
    if content is None:
        yield f'"{name}" was changed after sealing, and cannot be unpacked any more'
        return
    lines = _changed_lines(content, told)
    yield f'"{name}" was changed after sealing{lines}'


def _changed_lines(content: bytes, told: Mapping[str, Any]) -> str:
    marks = told.get("marks")
    if not isinstance(marks, str):
        return ""
    promised = [marks[at : at + MARK_DIGITS] for at in range(0, len(marks), MARK_DIGITS)]
    found = [mark(line) for line in content.splitlines(keepends=True)]
    wrong = [number for number, (one, other) in enumerate(zip(found, promised, strict=False), 1) if one != other]
    if wrong:
        more = "" if len(wrong) == 1 else f" and {len(wrong) - 1} more"
        return f": line {wrong[0]}{more}"
    if len(found) != len(promised):
        return f": it has {len(found)} lines and had {len(promised)}"
    return ", in how it is packed; what it says is as it was"


def _unpacked(octets: bytes) -> bytes | None:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(octets)) as opened:
            content = opened.read(MOST_RECORD_BYTES + 1)
    except (OSError, EOFError, ZlibError):
        return None
    return content if len(content) <= MOST_RECORD_BYTES else None


def _differs(entries: list[tuple[str, bytes]], at_s: int, file: bytes) -> str | None:
    """Everything that the names and contents do not say: heads of entries, and what fills their blocks."""
    place = 0
    named = [*(name for name, _ in entries), "the end"]
    for name, piece in zip(named, _tar(entries, at_s), strict=True):
        if file[place : place + len(piece)] != piece:
            return f"what stands around {name} in the archive was changed, though its content was not"
        place += len(piece)
    return None if place == len(file) else f"{len(file) - place} bytes were put behind the end of the archive"


def _chain_problems(records: Mapping[str, bytes]) -> Iterator[str]:
    """The events hold together by themselves, whoever sealed the claim."""
    if EVENTS not in records:
        return
    try:
        entries = [json.loads(line) for line in records[EVENTS].splitlines()]
        broken = first_break(one for one in entries if isinstance(one, dict))
    except (ValueError, TypeError, RecursionError):
        yield f"{EVENTS}: its lines are no events any more"
        return
    if broken is not None:
        yield f"{EVENTS}: line {broken + 1} does not follow from the one before: one was changed, taken out or put in"
