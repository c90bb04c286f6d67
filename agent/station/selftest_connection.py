"""The way to the central system as the self-tests look at it: `Connection` of agent/selftest/bench.py."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager

from agent.clock import Clock
from agent.core.network_check.model import Finding
from agent.core.time import Instant
from agent.ocpp_client.adapter import Registration
from agent.ocpp_client.rpc.calls import Answer
from agent.ocpp_client.rpc.frames import CALL
from agent.ocpp_client.v16.calls import heartbeat
from agent.station.network import Network
from agent.station.wire_trace import Follower, WireTrace

FINDINGS_KEEP_S = 120.0
HEARD_AT_MOST = 200
RECEIVED = "received"

Check = Callable[[int | None], AsyncGenerator[Finding, None]]


async def _no_broker(_within_s: float) -> float:
    raise ConnectionError("the health channel does not run")


class ConnectionOnTest:
    """One object a run."""

    def __init__(self, network: Network, clock: Clock, trace: WireTrace, check: Check) -> None:
        self._network = network
        self._clock = clock
        self._trace = trace
        self._check = check
        self._followers: list[Follower] = []
        self._heard: deque[tuple[float, str]] = deque(maxlen=HEARD_AT_MOST)
        self._findings: tuple[Finding, ...] = ()
        self._found_at: float | None = None
        self._looking = asyncio.Lock()
        """Two tests that ask at the same time are told of one look."""
        self.prove: Callable[[float], Awaitable[float]] = _no_broker
        """The way to the broker; given by the wiring."""

    async def findings(self) -> tuple[Finding, ...]:
        async with self._looking:
            now_s = self._clock.now().monotonic_s
            if self._found_at is None or now_s - self._found_at > FINDINGS_KEEP_S:
                async with aclosing(self._check(None)) as found:
                    self._findings = tuple([finding async for finding in found])
                self._found_at = self._clock.now().monotonic_s
            return self._findings

    def forget(self) -> None:
        """A job begins: what was found for another one does not count."""
        self._found_at = None

    def is_accepted(self) -> bool:
        seen = self._network.snapshot()
        return seen is not None and seen.is_connected and seen.registration is Registration.ACCEPTED

    async def call_s(self) -> float:
        if not self.is_accepted():
            raise ConnectionError("the central system is not connected, or has not accepted this charger")
        began = self._clock.now()
        if not isinstance(await self._network.call(heartbeat()), Answer):
            raise TimeoutError("the central system did not answer a Heartbeat")
        return self._clock.now().since(began)

    async def broker_s(self, within_s: float) -> float:
        return await self.prove(within_s)

    def heard_since(self, since: Instant) -> tuple[str, ...]:
        for follower in self._followers:
            for frame in follower.drain():
                if frame.direction == RECEIVED and (action := _action_of(frame.text)):
                    self._heard.append((frame.at.monotonic_s, action))
        return tuple(action for at, action in self._heard if at >= since.monotonic_s)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Frames are only looked at while somebody tests."""
        self.forget()
        with self._trace.follower() as follower:
            self._followers.append(follower)
            try:
                yield
            finally:
                self._followers.remove(follower)


def _action_of(text: str) -> str:
    """What a frame asks for; "" where it is no CALL, or was shortened for the trace."""
    try:
        frame = json.loads(text)
    except ValueError:
        return ""
    return str(frame[2]) if isinstance(frame, list) and len(frame) > 2 and frame[0] == CALL else ""
