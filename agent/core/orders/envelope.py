"""An order from afar: the signed envelope. It is read by `checking.py`; who may order what is `judging.py`.

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

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.core.commissioning.canonical import canonical
from agent.values import frozen

VERSION = 1
CONTEXT = b"evse-order v1\n"
"""Nothing else that any of these keys signs begins so."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Argument = str | int | float | bool


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
        """Milliseconds since 1970 UTC. ValueError where it is no moment; `order_of` lets none through."""
        return moment_ms(self.issued)

    @property
    def expires_ms(self) -> int:
        """As `issued_ms`."""
        return moment_ms(self.expires)


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


def moment_ms(text: str) -> int:
    """Milliseconds since 1970 UTC of such a text. ValueError where it is none."""
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - _EPOCH) // timedelta(milliseconds=1)


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
