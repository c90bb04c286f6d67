"""An envelope taken apart: whatever was sent, either an order or a sentence about what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent.core.orders.envelope import VERSION, Argument, Order, moment_ms

MOST_ARGUMENTS = 32
MOST_TEXT = 1024
"""Characters of an argument."""
MOST_NAME = 128
"""Characters of device, verb, key, nonce and case."""
WHOLE_MAX = 2**53 - 1
"""Beyond it JSON readers of other languages lose digits."""
NEEDED = ("v", "id", "device", "verb", "args", "issued", "expires", "key_id", "signature")
MEMBERS = frozenset({*NEEDED, "nonce", "case"})

CASE = re.compile(r"[A-Za-z0-9._:/#-]{1,64}", re.ASCII)
"""A support case by its number at the help desk: it stands in the log of events, so it is no place for names."""
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{128}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z", re.ASCII)


class BadOrder(ValueError):
    """No order can be read out of this. `key` is for programs, the text for people; `id` is "" where none was read."""

    def __init__(self, key: str, sentence: str, id: str = "") -> None:
        super().__init__(sentence)
        self.key = key
        self.id = id


def order_of(content: Mapping[str, Any]) -> Order:
    """The order in a decoded JSON object; nothing about it is believed yet. Raises BadOrder, whatever it is."""
    id = content.get("id")
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise BadOrder("id", "id: 32 hexadecimal digits in lower case are needed, drawn at random for each order")
    try:
        return _order(id, content)
    except BadOrder as bad:
        bad.id = id
        raise


def _order(id: str, content: Mapping[str, Any]) -> Order:
    version = content.get("v")
    if type(version) is not int or version != VERSION:
        shown = version if type(version) is int and abs(version) <= WHOLE_MAX else "none that is known"
        raise BadOrder("version", f"v: this order is of version {shown}; this charger reads version {VERSION}")
    missing = [name for name in NEEDED if name not in content]
    if missing:
        raise BadOrder("member", f"{missing[0]}: is missing; an order has {', '.join(NEEDED)}")
    unknown = sorted(content.keys() - MEMBERS)
    if unknown:
        raise BadOrder("member", f"{unknown[0][:40]!r}: is nothing that an order of version {VERSION} has")
    signature = content["signature"]
    if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
        raise BadOrder("signature", "signature: 128 hexadecimal digits in lower case are needed")
    return Order(
        id=id,
        device=_text(content, "device"),
        verb=_text(content, "verb"),
        issued=_moment(content, "issued"),
        expires=_moment(content, "expires"),
        key_id=_text(content, "key_id"),
        args=arguments(content["args"]),
        nonce=_text(content, "nonce") if "nonce" in content else "",
        case=_case(content) if "case" in content else "",
        signature=bytes.fromhex(signature),
    )


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content[name]
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= MOST_NAME:
        raise BadOrder("member", f"{name}: a printable text of 1 to {MOST_NAME} characters is needed")
    return value


def _case(content: Mapping[str, Any]) -> str:
    case = _text(content, "case")
    if not CASE.fullmatch(case):
        raise BadOrder("member", "case: 1 to 64 letters, digits or . _ : / # - are needed")
    return case


def _moment(content: Mapping[str, Any], name: str) -> str:
    value = content[name]
    try:
        if isinstance(value, str) and _TIME.fullmatch(value):
            moment_ms(value)
            return value
    except ValueError:
        pass
    raise BadOrder("time", f'{name}: a moment in UTC is needed, as "2026-01-31T12:00:00Z"')


def arguments(value: object) -> dict[str, Argument]:
    """What a decoded `args` holds: plain, printable, finite. Raises BadOrder."""
    if not isinstance(value, dict) or len(value) > MOST_ARGUMENTS:
        raise BadOrder("args", f"args: an object with at most {MOST_ARGUMENTS} members is needed")
    return {_name(name): _argument(name, one) for name, one in value.items()}


def _name(name: str) -> str:
    if not name.isprintable() or not 0 < len(name) <= 64:
        raise BadOrder("args", "args: the name of an argument is a printable text of at most 64 characters")
    return name


def _argument(name: str, value: object) -> Argument:
    match value:
        case bool():
            return value
        case int() if abs(value) <= WHOLE_MAX:
            return value
        case float() if abs(value) <= WHOLE_MAX:
            return value
        case str() if value.isprintable() and len(value) <= MOST_TEXT:
            return value
    raise BadOrder("args", f"args: {name}: a number, true, false, or printable text up to {MOST_TEXT} is needed")
