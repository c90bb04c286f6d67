"""A signature of the meter: one order carried out within its bound, its outcome as an event."""

from __future__ import annotations

import asyncio

from agent.core.session.effects import SignBegin, SignEnd
from agent.core.session.events import MeterSigned
from agent.core.signatures import SignedEdge
from agent.drivers.interfaces import Meter, SigningMeter
from agent.errors import DriverError

SIGNS_WITHIN_S = 10.0
"""Of the whole exchange with the meter. Below the bounds of the session, so that a second try is possible."""

SigningOrder = SignBegin | SignEnd


async def carried_out(meter: Meter, order: SigningOrder) -> MeterSigned:
    """What the meter says to it; never raises but for cancellation."""
    edge = SignedEdge.BEGIN if isinstance(order, SignBegin) else SignedEdge.END
    if not isinstance(meter, SigningMeter):
        return MeterSigned(key=order.key, edge=edge, value=None, why=f"{meter.name} cannot sign")
    try:
        async with asyncio.timeout(SIGNS_WITHIN_S):
            if isinstance(order, SignBegin):
                value = await meter.sign_begin(order.identification)
            else:
                value = await meter.sign_end(order.begun)
    except DriverError as error:
        return MeterSigned(key=order.key, edge=edge, value=None, why=error.what)
    except TimeoutError:
        return MeterSigned(key=order.key, edge=edge, value=None, why=f"no signature within {SIGNS_WITHIN_S:g} s")
    return MeterSigned(key=order.key, edge=edge, value=value)
