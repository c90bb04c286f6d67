"""The health document as JSON: never larger than it may be, whatever the charger has to tell. Pure.

What is too much is left out from the end of the lists, the least needed list first, and `left_out` counts it by list.
A text that is too long ends in "…".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

MOST_BYTES = 60 << 10
"""Below 64 KiB: whoever sends it adds a head of his own."""
LONGEST_TEXT = 400
"""Characters of one text. A sentence of a network's fault can be longer than anybody reads."""
COUNTED_BYTES = 1024
"""Room for `left_out` itself."""

EXPENDABLE = (
    *("events", "devices", "notices", "certificates", "boots", "temps"),
    *("ports.temps", "ports.limits", "ports.flexibility", "ports.faults", "ports.reasons"),
    *("boards", "reasons", "network", "identity.versions.boards", "ports"),
)
"""What may be left out, the first first: lists lose their last entries, mappings their last keys."""


Size = Callable[[Any], int]
"""Bytes of a JSON value as it is written without blanks."""


def fitted(document: Mapping[str, Any], size: Size, most: int = MOST_BYTES) -> dict[str, Any]:
    """The document within `most` bytes; the very same content where it fits."""
    whole: dict[str, Any] = shortened(document)
    excess = size(whole) - most
    if excess <= 0:
        return whole
    excess += COUNTED_BYTES
    left_out: dict[str, int] = {}
    for path in EXPENDABLE:
        for holder, name in _places(whole, path.split(".")):
            while excess > 0 and holder[name]:
                excess -= _drop_last(holder[name], size)
                left_out[path] = left_out.get(path, 0) + 1
    whole["left_out"] = left_out
    return whole


def shortened(value: Any) -> Any:
    """A copy of JSON whose texts, keys among them, are no longer than LONGEST_TEXT and can be written."""
    match value:
        case str():
            # Half a surrogate pair can come from the network, and no encoder takes it.
            whole = value if value.isascii() else value.encode("utf-8", "replace").decode()
            return whole if len(whole) <= LONGEST_TEXT else whole[: LONGEST_TEXT - 1] + "…"
        case dict():
            return {shortened(key): shortened(one) for key, one in value.items()}
        case list() | tuple():
            return [shortened(one) for one in value]
    return value


def _drop_last(holder: list[Any] | dict[str, Any], size: Size) -> int:
    """The bytes that are gone with it, its comma not counted."""
    if isinstance(holder, list):
        return size(holder.pop())
    key, value = holder.popitem()
    return size(key) + 1 + size(value)


def _places(within: Any, path: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every mapping that holds the last name of the path, with that name; the last one of a list first."""
    if isinstance(within, list):
        for one in reversed(within):
            yield from _places(one, path)
    elif isinstance(within, dict) and path[0] in within:
        if len(path) > 1:
            yield from _places(within[path[0]], path[1:])
        elif isinstance(within[path[0]], list | dict):
            yield within, path[0]
