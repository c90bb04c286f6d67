"""A real charge as the self-tests watch it: `Charging` and `RealCharge` of agent/selftest/bench.py.

Nothing here takes part in the charge. Session, ledger and wire are looked at, each where its own user looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from agent.core.commissioning.model import Quantity
from agent.core.control_pilot import PilotState
from agent.core.facts import StopReason
from agent.core.identity import ConnectorId, IdToken, TransactionKey
from agent.core.session.events import StartRequested, StopRequested
from agent.core.session.model import Session
from agent.ocpp_client.v16.told import Told, told_of
from agent.selftest.bench import RealCharge
from agent.station.network import Network
from agent.station.station import Station
from agent.station.wire_trace import Follower, WireTrace
from agent.store.transactions import SessionRecord

LOOKS_EVERY_S = 1.0
WHY_HELD = "held closed by a self-test of a charge without network"
NEWEST = 20


class ChargingOnTest:
    """One connector's. `connector` None: the test is of the whole charger, and has no charge to watch."""

    def __init__(self, station: Station, network: Network, trace: WireTrace, connector: ConnectorId | None) -> None:
        self._station = station
        self._network = network
        self._trace = trace
        self._connector = connector

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[RealCharge]:
        if self._connector is None:
            raise LookupError("a test of the whole charger watches no charge")
        with self._trace.follower() as frames:
            charge = WatchedCharge(self._station, self._network, frames, self._connector)
            try:
                async with asyncio.TaskGroup() as tasks:
                    following = tasks.create_task(charge.follow())
                    try:
                        yield charge
                    finally:
                        following.cancel()
            except ExceptionGroup as group:
                # Whoever watches ends a check by an exception of its own, and has to find it as itself.
                raise group.exceptions[0] from None


class WatchedCharge:
    """A `RealCharge`."""

    def __init__(self, station: Station, network: Network, frames: Follower, connector: ConnectorId) -> None:
        self._station = station
        self._network = network
        self._follower = frames
        self._connector = connector
        self._running = station.connectors[connector]
        self._before = self._running.session.refusal
        self._states: list[str] = []
        self._frames: list[tuple[str, str]] = []
        self._key: TransactionKey | None = None
        self._changed = asyncio.Event()

    async def follow(self) -> None:
        """Note what the session comes to, for ever."""
        while True:
            seen = self._running.session
            self._note(seen)
            await self._running.until(lambda session, seen=seen: session is not seen)  # type: ignore[misc]

    def _note(self, session: Session) -> None:
        if (state := _state_of(session)) and self._states[-1:] != [state]:
            self._states.append(state)
        if session.transaction is not None:
            self._key = session.transaction.key
        self._changed.set()

    def phase(self) -> str:
        return self._running.session.phase.value

    def states(self) -> tuple[str, ...]:
        return tuple(self._states)

    def refusal(self) -> str:
        session = self._running.session
        if session.refusal is not None and session.refusal is not self._before:
            return session.refusal.why
        return f"present: {', '.join(session.faults.ids)}" if session.faults.ids else ""

    async def until(self, holds: Callable[[RealCharge], bool], within_s: float) -> bool:
        loop = asyncio.get_running_loop()
        ends = loop.time() + within_s
        while not holds(self):
            left_s = ends - loop.time()
            if left_s <= 0:
                return False
            self._changed.clear()
            try:
                async with asyncio.timeout(min(left_s, LOOKS_EVERY_S)):
                    await self._changed.wait()
            except TimeoutError:
                continue
        return True

    def start(self, token: str) -> None:
        self._running.post(StartRequested(token=IdToken(token, "Local"), authorize=True))

    def stop(self) -> None:
        self._running.post(StopRequested(reason=StopReason.LOCAL))

    def without_network(self) -> AbstractAsyncContextManager[None]:
        return self._network.held_closed(WHY_HELD)

    async def records(self) -> Mapping[str, Quantity]:
        self._frames += [(frame.direction, frame.text) for frame in self._follower.drain()]
        ledger = await self._ledger()
        told = told_of(self._frames, self._connector)
        return {name: value for name, value in (ledger | _as_mapping(told)).items() if value is not None}

    async def _ledger(self) -> dict[str, Quantity]:
        records = await self._station.store.ledger.sessions(NEWEST)
        return next((_of_record(one) for one in records if one.key == self._key), {})


def _state_of(session: Session) -> str:
    """The pilot's letter, with 2 where a current is offered; "" while nobody knows."""
    match session.pilot:
        case PilotState.UNKNOWN:
            return ""
        case PilotState.B | PilotState.C | PilotState.D:
            return f"{session.pilot.value}{2 if session.encoded_a > 0 else 1}"
        case _:
            return str(session.pilot.value)


def _of_record(record: SessionRecord) -> dict[str, Quantity]:
    return {
        "ledger_start_wh": record.start_wh,
        "ledger_stop_wh": record.stop_wh,
        "ledger_delivery": record.delivery.value,
    }


def _as_mapping(told: Told) -> dict[str, Quantity]:
    return {
        "told_start_wh": told.start_wh,
        "told_stop_wh": told.stop_wh,
        "transaction_id": told.transaction_id,
        "stopped_id": told.stopped_id,
        "start_answered": told.start_answered,
        "stop_answered": told.stop_answered,
        "told": " ".join(told.order),
        "told_in_order": told.is_in_order,
    }
