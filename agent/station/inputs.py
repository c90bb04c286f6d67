"""What the wires of the cabinet say, as faults: an emergency stop, a door. One that cannot be read says the worst."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import assert_never

from agent.config.model import InputMeans
from agent.core.faults.model import Witness
from agent.core.faults.register import Evidence
from agent.core.identity import ConnectorId
from agent.core.session.events import FaultObserved
from agent.drivers.interfaces import Input
from agent.errors import DriverError
from agent.values import frozen

ASKED_AGAIN_AFTER_S = 1.0
"""An input that reports itself unavailable; the driver has its own pace below."""

Post = Callable[[ConnectorId, FaultObserved], None]


@frozen(kw_only=True)
class PlacedInput:
    """A wire and what it means. `connector` None: it concerns all of them; `key` is its place in the board file."""

    key: str
    means: InputMeans
    connector: ConnectorId | None
    driver: Input


def fault_of(means: InputMeans) -> str:
    """The id of the fault that an active input is."""
    match means:
        case InputMeans.EMERGENCY_STOP:
            return "safety.emergency_stop"
        case InputMeans.DOOR:
            return "enclosure.open"
        case _:
            assert_never(means)


class Inputs:
    """Follows every input. A fault that several of them see is gone once none of them sees it any more."""

    def __init__(self, inputs: Iterable[PlacedInput], connectors: Iterable[ConnectorId], post: Post) -> None:
        self._inputs = tuple(inputs)
        self._connectors = tuple(connectors)
        self._post = post
        self._active: dict[tuple[ConnectorId, str], dict[str, Evidence]] = {}

    async def run(self) -> None:
        """For ever, where there is an input."""
        async with asyncio.TaskGroup() as tasks:
            for one in self._inputs:
                tasks.create_task(self._follow(one))

    async def _follow(self, one: PlacedInput) -> None:
        name = ("input", one.driver.name)
        while True:
            try:
                async for is_active in one.driver.states():
                    self._hear(one, (name,) if is_active else None)
            except DriverError as error:
                # Nobody knows: a stop that is pressed, and a stop whose wire was torn off, look alike from here.
                self._hear(one, (name, ("detail", f"it cannot be read, and counts as active: {error.what}")))
            await asyncio.sleep(ASKED_AGAIN_AFTER_S)

    def _hear(self, one: PlacedInput, evidence: Evidence | None) -> None:
        """`evidence` None: it rests."""
        for connector in self._connectors if one.connector is None else (one.connector,):
            active = self._active.setdefault((connector, fault_of(one.means)), {})
            before = dict(active)
            active.pop(one.key, None)
            if evidence is not None:
                active[one.key] = evidence
            if active != before:
                self._tell(connector, one.means, active)

    def _tell(self, connector: ConnectorId, means: InputMeans, active: dict[str, Evidence]) -> None:
        latest = next(reversed(active.values()), ())
        fault = FaultObserved(id=fault_of(means), present=bool(active), evidence=latest, witness=Witness.INPUT)
        self._post(connector, fault)
