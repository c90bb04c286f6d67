"""An order from afar: the signed envelope, read and written. Who may order what is `judging.py`.

JSON, at most 16 KiB and eight levels deep:

    v           1
    id          32 hexadecimal digits, drawn at random; what is sent twice under one id is done once
    device      the name of the charger on the broker, so that an order for one is none for another
    verb, args  as at the control socket: "faults clear", {"id": "contactor.welded", "reason": "…"}; {} for none
    issued      RFC 3339 in UTC with "Z"
    expires     the same, at most five minutes later
    nonce       what the charger published when it connected; needed where it has no clock, else optional
    key_id      which key signed
    case        the support case it is for, optional
    signature   128 hexadecimal digits: Ed25519 over `to_sign`

A member that is not in this list is refused: whoever signed it meant something by it. (security.md S-22, S-23.)
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.core.commissioning.canonical import canonical
from agent.errors import AgentError
from agent.values import frozen

VERSION = 1
MOST_BYTES = 16 << 10
MOST_DEPTH = 8
MOST_ARGUMENTS = 32
MOST_TEXT = 1024
CONTEXT = b"evse-order v1\n"
"""Nothing else that any of these keys signs begins so."""
WHOLE_MAX = 2**53 - 1
NEEDED = ("v", "id", "device", "verb", "args", "issued", "expires", "key_id", "signature")
MEMBERS = frozenset({*NEEDED, "nonce", "case"})

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{128}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z", re.ASCII)
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
"""A text that does not end reaches to the end of the payload: each octet is looked at once, whatever was sent."""
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Argument = str | int | float | bool


class BadOrder(AgentError):
    """No order can be read out of this. `key` is for programs, the text for people; `id` is "" where none was read."""

    def __init__(self, key: str, sentence: str, id: str = "") -> None:
        super().__init__(sentence)
        self.key = key
        self.id = id


@frozen(kw_only=True)
class Order:
    """One order as it was written. `issued` and `expires` keep their text: it is what was signed."""

    id: str
    device: str
    verb: str
    issued: str
    expires: str
    key_id: str
    args: Mapping[str, Argument] = field(default_factory=dict)
    nonce: str = ""
    case: str = ""
    signature: bytes = b""

    @property
    def issued_ms(self) -> int:
        """Milliseconds since 1970 UTC. ValueError where it is no moment; `parse` lets none through."""
        return _ms(self.issued)

    @property
    def expires_ms(self) -> int:
        """As `issued_ms`."""
        return _ms(self.expires)


def moment(utc_ms: int) -> str:
    """As `issued` and `expires` are written."""
    return (_EPOCH + timedelta(milliseconds=utc_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_sign(order: Order) -> bytes:
    """The octets under the signature: a context, then the canonical JSON of everything but the signature."""
    return CONTEXT + canonical(_document(order))


def signed(order: Order, sign: Callable[[bytes], bytes]) -> bytes:
    """The payload to send, made by whoever holds the key; `sign` gives the 64 octets of an Ed25519 signature."""
    return written(replace(order, signature=sign(to_sign(order))))


def written(order: Order) -> bytes:
    """The payload of an order that is signed already."""
    return canonical(_document(order) | {"signature": order.signature.hex()})


def parse(payload: bytes) -> Order:
    """The order of a payload; nothing about it is believed yet. Raises BadOrder and nothing else, whatever it is."""
    content = _content(payload)
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
        args=_arguments(content["args"]),
        nonce=_text(content, "nonce") if "nonce" in content else "",
        case=_text(content, "case") if "case" in content else "",
        signature=bytes.fromhex(signature),
    )


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


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content[name]
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= MOST_TEXT // 8:
        raise BadOrder("member", f"{name}: a printable text of 1 to {MOST_TEXT // 8} characters is needed")
    return value


def _moment(content: Mapping[str, Any], name: str) -> str:
    value = content[name]
    try:
        if isinstance(value, str) and _TIME.fullmatch(value):
            _ms(value)
            return value
    except ValueError:
        pass
    raise BadOrder("time", f'{name}: a moment in UTC is needed, as "2026-01-31T12:00:00Z"')


def _ms(text: str) -> int:
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - _EPOCH) // timedelta(milliseconds=1)


def _arguments(value: object) -> dict[str, Argument]:
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
        case float() if math.isfinite(value):
            return value
        case str() if value.isprintable() and len(value) <= MOST_TEXT:
            return value
    raise BadOrder("args", f"args: {name}: a number, true, false, or printable text up to {MOST_TEXT} is needed")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a member stands twice")
    return content


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _document(order: Order) -> dict[str, Any]:
    """Everything but the signature, as it was written: what is optional and not given is absent."""
    document: dict[str, Any] = {
        "v": VERSION,
        "id": order.id,
        "device": order.device,
        "verb": order.verb,
        "args": dict(order.args),
        "issued": order.issued,
        "expires": order.expires,
        "key_id": order.key_id,
    }
    more = {"nonce": order.nonce, "case": order.case}
    return document | {name: value for name, value in more.items() if value}
