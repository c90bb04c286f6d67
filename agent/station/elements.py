"""What inputs and temperature sensors say now, for people; nothing is read a second time for it."""

from __future__ import annotations

import asyncio

from agent.control.ports import ElementState
from agent.core.time import Instant
from agent.drivers.interfaces import Input
from agent.errors import DriverError
from agent.station.remembered import RememberedSensor

TOLD_WITHIN_S = 1.0
"""A level that is known is told at once."""


def sensor_state(sensor: RememberedSensor, now: Instant) -> ElementState:
    """The last reading with its age, or why there is none."""
    match sensor.latest:
        case None:
            return ElementState(problem="it has not been read yet; ask again in some seconds")
        case DriverError() as error:
            return ElementState(problem=error.what)
        case sample:
            return ElementState(readings={"measured_celsius": sample.celsius, "age_s": round(now.since(sample.at), 1)})


async def input_state(wire: Input) -> ElementState:
    """Its level, or why it is not known."""
    states = wire.states()
    try:
        async with asyncio.timeout(TOLD_WITHIN_S):
            return ElementState(readings={"active": await anext(states)})
    except DriverError as error:
        return ElementState(problem=error.what)
    except (TimeoutError, StopAsyncIteration):
        return ElementState(problem="its level is not known yet; check its bus")
    finally:
        if (close := getattr(states, "aclose", None)) is not None:
            await close()
