"""What the wires of the cabinet say, as faults: an emergency stop, a door. One that cannot be read says the worst.

A button says nothing is wrong: nobody follows it but a test that waits for it, and a dead one is no fault.

Nor does one that was not read yet rest: connectors begin once every input had its first word (`heard`). A false alarm
at each start would not do instead: an emergency stop stays until somebody unplugs, and the network hears of it.

The first word is told also where it says that all is well: what stood before a restart is over then, and comes anew.
"""

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
FIRST_WORD_WITHIN_S = 4.0
"""A relay board beside a device that does not answer needs three; the watchdog waits 20 for a connector."""

Post = Callable[[ConnectorId, FaultObserved], None]


@frozen(kw_only=True)
class PlacedInput:
    """A wire and what it means. `connector` None: it concerns all of them; `key` is its place in the board file."""

    key: str
    means: InputMeans
    connector: ConnectorId | None
    driver: Input


def fault_of(means: InputMeans) -> str | None:
    """The id of the fault that an active input is; None where it is none."""
    match means:
        case InputMeans.EMERGENCY_STOP:
            return "safety.emergency_stop"
        case InputMeans.DOOR:
            return "enclosure.open"
        case InputMeans.BUTTON:
            return None
        case _:
            assert_never(means)


class Inputs:
    """Follows every input. A fault that several of them see is gone once none of them sees it any more."""

    def __init__(self, inputs: Iterable[PlacedInput], connectors: Iterable[ConnectorId], post: Post) -> None:
        meanings = [(one, fault_of(one.means)) for one in inputs]
        self._faults = {one.key: fault for one, fault in meanings if fault is not None}
        self._inputs = tuple(one for one, fault in meanings if fault is not None)
        self._connectors = tuple(connectors)
        self._post = post
        self._active: dict[tuple[ConnectorId, str], dict[str, Evidence]] = {}
        self._untold = {(connector, self._faults[one.key]) for one in self._inputs for connector in self._of(one)}
        self._unheard = {one.key: one for one in self._inputs}
        self._all_heard = asyncio.Event()

    async def heard(self) -> None:
        """Wait for the first word of every input while `run` runs: FIRST_WORD_WITHIN_S at most.

        What is silent then counts as active until it says something else. Afterwards nothing is unknown any more.
        """
        if not self._unheard:
            return
        try:
            async with asyncio.timeout(FIRST_WORD_WITHIN_S):
                await self._all_heard.wait()
        except TimeoutError:
            for one in tuple(self._unheard.values()):
                self._hear(one, (_name(one), ("detail", "it was not read yet, and counts as active; check its device")))

    async def run(self) -> None:
        """For ever, where there is an input."""
        async with asyncio.TaskGroup() as tasks:
            for one in self._inputs:
                tasks.create_task(self._follow(one))

    async def _follow(self, one: PlacedInput) -> None:
        while True:
            try:
                async for is_active in one.driver.states():
                    self._hear(one, (_name(one),) if is_active else None)
            except DriverError as error:
                # Nobody knows: a stop that is pressed, and a stop whose wire was torn off, look alike from here.
                self._hear(one, (_name(one), ("detail", f"it cannot be read, and counts as active: {error.what}")))
            await asyncio.sleep(ASKED_AGAIN_AFTER_S)

    def _hear(self, one: PlacedInput, evidence: Evidence | None) -> None:
        """`evidence` None: it rests."""
        self._unheard.pop(one.key, None)
        id = self._faults[one.key]
        for connector in self._of(one):
            active = self._active.setdefault((connector, id), {})
            before = dict(active)
            active.pop(one.key, None)
            if evidence is not None:
                active[one.key] = evidence
            if active != before or ((connector, id) in self._untold and not self._awaits(connector, id)):
                self._tell(connector, id, active)
        if not self._unheard:
            self._all_heard.set()

    def _of(self, one: PlacedInput) -> tuple[ConnectorId, ...]:
        return self._connectors if one.connector is None else (one.connector,)

    def _awaits(self, connector: ConnectorId, id: str) -> bool:
        """An input that was not heard yet may see the fault: until then nobody knows that it is absent."""
        return any(self._faults[one.key] == id and connector in self._of(one) for one in self._unheard.values())

    def _tell(self, connector: ConnectorId, id: str, active: dict[str, Evidence]) -> None:
        self._untold.discard((connector, id))
        latest = next(reversed(active.values()), ())
        fault = FaultObserved(id=id, present=bool(active), evidence=latest, witness=Witness.INPUT)
        self._post(connector, fault)


def _name(one: PlacedInput) -> tuple[str, str]:
    return "input", one.driver.name
