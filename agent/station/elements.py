"""What inputs and temperature sensors say now, for people; nothing is read a second time for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from agent.control.ports import DeviceState, ElementState
from agent.core.time import Instant
from agent.drivers.interfaces import FeltLock, Input, Troubled
from agent.errors import DriverError
from agent.station.building import Equipment
from agent.station.remembered import RememberedSensor

IS_ANSWERING = "is_answering"
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


def told_by_devices(equipment: Equipment) -> Iterator[tuple[str, ElementState]]:
    """What readers, locks and buses know of themselves, by their place in the board file."""
    places: list[tuple[str, object]] = [(f"bus.{name}", bus) for name, bus in equipment.buses.items()]
    for connector, devices in equipment.devices.items():
        places.append((f"connector.{connector}.lock", devices.lock))
    for place, reader in equipment.readers.items():
        places.append(("token_reader" if place is None else f"connector.{place}.token_reader", reader))
    for key, one in places:
        if isinstance(one, Troubled) and (why := one.trouble()):
            yield key, ElementState(problem=why)
        elif isinstance(one, FeltLock) and (locked := one.is_locked()) is not None:
            yield key, ElementState(readings={"locked": locked})


def device_states(equipment: Equipment) -> Iterator[DeviceState]:
    """Every device on every wire, with the wire's counters of it."""
    for bus in equipment.buses.values():
        for name, counters in bus.statistics().items():
            yield DeviceState(
                name=f"{name} on {bus.name}",
                answering=bool(counters.get(IS_ANSWERING, 1)),
                counters=tuple((key, value) for key, value in counters.items() if key != IS_ANSWERING),
            )


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
