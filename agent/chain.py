"""A chain of hashes over entries in their order: none can be changed, taken out or put in without breaking it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from agent.core.commissioning.canonical import canonical

BEGINNING = sha256(b"evse-events chain v1\n").digest()
"""Before the first entry there ever was."""
LINK = "link"


def linked(before: bytes, entry: Mapping[str, object]) -> bytes:
    """The link behind `entry`: 32 bytes. Its own key "link", where it has one, is left out."""
    return sha256(before + canonical({key: value for key, value in entry.items() if key != LINK})).digest()


def first_break(entries: Iterable[Mapping[str, object]]) -> int | None:
    """The place of the first entry, from 0, that does not follow from the one before; None: the chain holds.

    Entries without a link, or behind one without, are from before there was a chain, and prove nothing.
    """
    before: bytes | None = None
    for place, entry in enumerate(entries):
        told = entry.get(LINK)
        if not isinstance(told, str):
            before = None
            continue
        if before is not None and linked(before, entry).hex() != told:
            return place
        try:
            before = bytes.fromhex(told)
        except ValueError:
            return place
    return None
