"""What a stranger may publish where orders come in: an order, which is written as it was read, or a sentence."""

from __future__ import annotations

import json

from agent.core.orders.checking import BadOrder
from agent.core.orders.envelope import to_sign, written
from agent.order_text import MOST_BYTES, parse


def order_payload(octets: bytes) -> None:
    """BadOrder with a key and a sentence, or an order with one text to sign and all members of what was sent."""
    try:
        order = parse(octets)
    except BadOrder as bad:
        assert bad.key and len(str(bad)) > 20, octets
        return
    assert len(octets) <= MOST_BYTES
    again = parse(written(order))
    assert again == order, (again, order)
    assert to_sign(again) == to_sign(order)
    assert json.loads(written(order)) == json.loads(octets), octets
