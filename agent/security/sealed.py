"""A document with a seal that shows what was changed: a hash for each part, a chain, the signature of the charger.

The file is canonical JSON (RFC 8785) and a line feed: `{"report": …, "seal": …}`, or another word for another kind of
document. The seal holds

    parts         SHA-256 of each section, and of each entry where a section is a list of entries with an id
    record_head   SHA-256 chain over steps and attempts, in the order of the document: none can be taken out or put in
    previous      number, id and hash of the report before this one, null at the first
    hash          SHA-256 over document and seal, without these last three
    public_key    hexadecimal; "" where nothing could sign, and `unsigned_because` says why
    signature     Ed25519 over CONTEXT and the hash

Pure but for the signature's library. Used by the charger that seals and by whoever looks, off the charger.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from agent.core.commissioning.canonical import canonical
from agent.errors import SecurityError
from agent.security.device_key import ALGORITHM, verifies
from agent.values import frozen

SEAL_VERSION = 1
LARGEST_BYTES = 64 << 20
LEFT_OUT_OF_THE_HASH = ("hash", "signature")
Document = Mapping[str, Any]


@frozen(kw_only=True)
class Kind:
    """A kind of document. `word` names it in the file; no other use of the device key signs a text that begins with
    `context`; `chained` are the sections whose entries follow each other."""

    word: str
    context: bytes
    chained: tuple[str, ...] = ()

    @property
    def id_key(self) -> str:
        """Of its head and of the seal."""
        return f"{self.word}_id"


REPORT = Kind(word="report", context=b"evse-commissioning-report seal v1\n", chained=("steps", "tests"))
CLAIM = Kind(word="claim", context=b"evse-warranty-claim seal v1\n", chained=("records",))
KINDS = (REPORT, CLAIM)


@frozen(kw_only=True)
class Signer:
    """Who signs. `why_not`: why nobody can, in words; "" where somebody does."""

    public_key: bytes = b""
    sign: Callable[[bytes], bytes] | None = None
    why_not: str = ""


@frozen(kw_only=True)
class Examined:
    """What a look at a file found. `problems`: what is not as it was sealed, each a sentence; none: nothing changed.

    `proves_origin`: a key from elsewhere has signed it; with the key inside alone, whoever changed it could have sealed
    it again. `warnings` are no changes, and whoever relies on the file has to know them.
    """

    word: str = REPORT.word
    report_id: str = ""
    """The document's, whatever its kind."""
    number: int | None = None
    hash: str = ""
    public_key: str = ""
    is_signed: bool = False
    proves_origin: bool = False
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        return not self.problems


def sealed(document: Document, signer: Signer, kind: Kind = REPORT) -> bytes:
    """The file. Raises what the signer raises, and ValueError for a document that JSON cannot say."""
    head = document["head"]
    seal: dict[str, Any] = {
        "version": SEAL_VERSION,
        kind.id_key: head[kind.id_key],
        "number": head["number"],
        "previous": head["previous"],
        "parts": {name: digest(value) for name, value in parts(document)},
        "record_head": record_head(document, kind),
        "algorithm": ALGORITHM if signer.sign else "none",
        "public_key": signer.public_key.hex(),
        "unsigned_because": signer.why_not,
    }
    seal["hash"] = _hash(document, seal, kind)
    seal["signature"] = signer.sign(_signed_text(seal["hash"], kind)).hex() if signer.sign else ""
    return canonical({kind.word: document, "seal": seal}) + b"\n"


def hash_of(file: bytes) -> str:
    """The hash of a file that was sealed here."""
    return str(json.loads(file)["seal"]["hash"])


def parts(document: Document) -> Iterator[tuple[str, Any]]:
    """Name and value of everything that has a hash of its own."""
    for section, value in document.items():
        entries = value if isinstance(value, list) else None
        ids = [one.get("id") for one in entries if isinstance(one, Mapping)] if entries else []
        if entries and len(ids) == len(entries) == len({str(one) for one in ids if isinstance(one, str)}):
            yield from ((f"{section}: {id}", one) for id, one in zip(ids, entries, strict=True))
        else:
            yield section, value


def digest(value: Any) -> str:
    return sha256(canonical(value)).hexdigest()


def record_head(document: Document, kind: Kind = REPORT) -> str:
    """Each link is the hash of the one before and the entry's."""
    link = sha256(kind.context).digest()
    for section in kind.chained:
        entries = document.get(section)
        for entry in entries if isinstance(entries, list) else ():
            link = sha256(link + canonical(entry)).digest()
    return link.hex()


def _hash(document: Document, seal: Document, kind: Kind) -> str:
    return digest({kind.word: document, "seal": {k: v for k, v in seal.items() if k not in LEFT_OUT_OF_THE_HASH}})


def _signed_text(hash_hex: str, kind: Kind) -> bytes:
    return kind.context + bytes.fromhex(hash_hex)


# A look at a file from anywhere.


def examine(file: bytes, known_key: bytes | None = None) -> Examined:
    """What was changed since it was sealed. Never raises for what stands in the file.

    Raises SecurityUnavailable where there is a signature and no library to check it.
    """
    try:
        content = _content(file)
    except SecurityError as error:
        return Examined(problems=(str(error),))
    kind = next(one for one in KINDS if one.word in content)
    document, seal = content[kind.word], content["seal"]
    problems = [*_changed_parts(document, seal), *_changed_seal(document, seal, kind)]
    if not problems and (place := _first_difference(canonical(content) + b"\n", file)) is not None:
        problems.append(
            f"the text is written otherwise from byte {place} on, near {_near(file, place)}, though it says the same"
        )
    signature, warnings = _signature(seal, known_key, kind)
    signed = bool(seal.get("signature"))
    return Examined(
        word=kind.word,
        report_id=str(seal.get(kind.id_key, "")),
        number=seal["number"] if isinstance(seal.get("number"), int) else None,
        hash=str(seal.get("hash", "")),
        public_key=str(seal.get("public_key", "")),
        is_signed=signed,
        proves_origin=signed and known_key is not None and not signature and not problems,
        problems=(*problems, *signature),
        warnings=tuple(warnings),
    )


def _content(file: bytes) -> Document:
    """Raises SecurityError with the rest of a sentence."""
    if len(file) > LARGEST_BYTES:
        raise SecurityError(f"the file has {len(file)} bytes and no report has more than {LARGEST_BYTES}")
    try:
        content = json.loads(file.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
        canonical(content)
    except UnicodeDecodeError as error:
        raise SecurityError(f"byte {error.start}, near {_near(file, error.start)}, is no text any more") from error
    except json.JSONDecodeError as error:
        place = len(error.doc[: error.pos].encode("utf-8", "surrogatepass"))
        raise SecurityError(f"from byte {place} on, near {_near(file, place)}, this is no JSON any more") from error
    except (ValueError, RecursionError) as error:
        raise SecurityError(f"this is no sealed report any more: {error}") from error
    if not isinstance(content, dict) or not any(content.keys() == {kind.word, "seal"} for kind in KINDS):
        raise SecurityError('this is no sealed report: it has to be {"report": …, "seal": …} and nothing else')
    if not all(isinstance(one, dict) for one in content.values()):
        raise SecurityError("this is no sealed report: report and seal have to be objects")
    return content


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands twice")
    return content


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _near(file: bytes, place: int) -> str:
    """The last key before a byte, for a person who looks."""
    before = file[:place].decode("utf-8", "replace")
    key = before.rpartition('":')[0].rpartition('"')[2]
    return f'"{key}"' if key else "the beginning"


def _first_difference(one: bytes, other: bytes) -> int | None:
    if one == other:
        return None
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _changed_parts(document: Document, seal: Document) -> Iterator[str]:
    promised = seal.get("parts")
    if not isinstance(promised, dict):
        yield "the seal has no hashes of the parts any more"
        return
    found = {name: digest(value) for name, value in parts(document)}
    for name in sorted(found.keys() | promised.keys()):
        if name not in promised:
            yield f'"{name}" was put in after sealing'
        elif name not in found:
            yield f'"{name}" was taken out after sealing'
        elif found[name] != promised[name]:
            yield f'"{name}" was changed after sealing, or its hash in the seal was'


def _changed_seal(document: Document, seal: Document, kind: Kind) -> Iterator[str]:
    if seal.get("version") != SEAL_VERSION:
        yield f"the seal is of version {seal.get('version')!r:.20}; this program knows {SEAL_VERSION}"
    if seal.get("record_head") != record_head(document, kind):
        chained = " and ".join(kind.chained)
        yield f"the chain over {chained} does not lead to its head: their order, number or content was changed"
    head = document.get("head")
    for name in (kind.id_key, "number", "previous"):
        if not isinstance(head, dict) or head.get(name) != seal.get(name):
            yield f'"{name}" of the seal is not that of the {kind.word}'
    if seal.get("hash") != _hash(document, seal, kind):
        yield "the hash of the whole is not that of this content: something was changed after sealing"


def _signature(seal: Document, known_key: bytes | None, kind: Kind) -> tuple[list[str], list[str]]:
    """What is wrong with it, and what to know about it."""
    told, signature = str(seal.get("public_key", "")), str(seal.get("signature", ""))
    if seal.get("algorithm") == "none" and not signature and not told:
        why = str(seal.get("unsigned_because", ""))[:200] or "no reason is given"
        if known_key is not None:
            return [f"it is not signed, so no key can prove where it is from ({why})"], []
        return [], [f"it is not signed ({why}): whoever changed it could have sealed it again"]
    try:
        inside, octets = bytes.fromhex(told), bytes.fromhex(signature)
        hashed = _signed_text(str(seal.get("hash", "")), kind)
    except ValueError:
        return ["key, signature or hash of the seal are no hexadecimal digits any more"], []
    if seal.get("algorithm") != ALGORITHM or told != inside.hex() or signature != octets.hex():
        return ["algorithm, key or signature of the seal are not written as they were"], []
    if known_key is not None and inside != known_key:
        return [f"it was sealed with another key ({told[:16]}…) than the one given ({known_key.hex()[:16]}…)"], []
    if not verifies(inside, octets, hashed):
        return ["the signature is not that of this key over this content"], []
    if known_key is None:
        return [], ["the key is the one inside the file: it shows that nothing changed by mistake, not who sealed it"]
    return [], []
