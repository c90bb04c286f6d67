"""The text of an order from afar: octets in, a value out. What stands in it is checked by `agent/core/orders`."""

from __future__ import annotations

import json
import re
from typing import Any

from agent.core.orders.checking import BadOrder, order_of
from agent.core.orders.envelope import Order

MOST_BYTES = 16 << 10
MOST_DEPTH = 8

_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
"""A text that does not end reaches to the end of the payload: each octet is looked at once, whatever was sent."""
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def parse(payload: bytes) -> Order:
    """The order of a payload; nothing about it is believed yet. Raises BadOrder and nothing else, whatever it is."""
    return order_of(_content(payload))


def _content(payload: bytes) -> dict[str, Any]:
    if len(payload) > MOST_BYTES:
        raise BadOrder("too_long", f"an order of {len(payload)} bytes is too long; at most {MOST_BYTES}")
    if _deepest(payload) > MOST_DEPTH:
        raise BadOrder("too_deep", f"the order is nested too deep; at most {MOST_DEPTH} levels")
    try:
        content = json.loads(payload.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadOrder("not_json", "this is no JSON object, or a member stands twice in it") from error
    if not isinstance(content, dict):
        raise BadOrder("not_json", "this is no JSON object")
    return content


def _deepest(payload: bytes) -> int:
    """Levels of nesting, told from the brackets outside of texts: before a parser is let near them."""
    depth = deepest = 0
    for bracket in _TEXTS.sub(b"", payload).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a member stands twice")
    return content


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number")
