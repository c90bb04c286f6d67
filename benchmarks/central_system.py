"""A central system that does nothing but answer at once, and notes when each CALL came. In the measuring process."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

CALL = 2
ANSWER_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Call:
    """One CALL of the charger; `at` is the monotonic clock when it was read."""

    action: str
    payload: dict[str, Any]
    at: float


FACTS = frozenset({"StartTransaction", "MeterValues", "StopTransaction"})


@dataclass(slots=True)
class Tally:
    """Facts counted by action, and not held: so many would fill the memory of the measure.

    `repeated` counts those that were heard before, or came before an older one of the same transaction.
    """

    counts: Counter[str] = field(default_factory=Counter)
    first_at: float | None = None
    last_at: float = 0.0
    repeated: int = 0
    sample: dict[str, Any] = field(default_factory=dict)
    """The latest MeterValues."""
    _latest: dict[object, str] = field(default_factory=dict)

    def note(self, call: Call) -> None:
        """The next one on the wire."""
        self.counts[call.action] += 1
        self.first_at, self.last_at = self.first_at or call.at, call.at
        # Times of one shape are ordered as texts. A start has no transaction yet, but a token of its own.
        of = call.payload.get("transactionId", call.payload.get("idTag"))
        if "meterValue" in call.payload:
            self.sample, at = call.payload, call.payload["meterValue"][0]["timestamp"]
        else:
            at = call.payload["timestamp"]
        self.repeated += at <= self._latest.get(of, "")
        self._latest[of] = at


class CentralSystem:
    """`calls` holds everything that came, in order. `delay_s` holds back each answer, as a distant network does.

    Where there is a `tally`, facts go there instead.
    """

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.tally: Tally | None = None
        self.delay_s = 0.0
        self._transactions = 0
        self._came = asyncio.Condition()
        self._charger: ServerConnection | None = None
        self._orders = 0

    async def next(self, action: str, *, after: int, timeout_s: float = ANSWER_TIMEOUT_S, **payload: Any) -> Call:
        """The first CALL of this action, with these values, behind the first `after` ones; raises TimeoutError."""

        def found() -> Call | None:
            wanted = payload.items()
            return next((call for call in self.calls[after:] if call.action == action and wanted <= _items(call)), None)

        async with asyncio.timeout(timeout_s), self._came:
            await self._came.wait_for(lambda: found() is not None)
        call = found()
        assert call is not None
        return call

    async def order(self, action: str, **payload: Any) -> float:
        """Send the charger a CALL; the monotonic clock just before. Its answer is not waited for."""
        assert self._charger is not None, "nobody is connected"
        self._orders += 1
        text = json.dumps([CALL, f"order-{self._orders}", action, payload])
        began = time.monotonic()
        await self._charger.send(text)
        return began

    async def serve(self, connection: ServerConnection) -> None:
        """Until the charger goes."""
        self._charger = connection
        try:
            async for text in connection:
                at = time.monotonic()
                kind, id, *rest = json.loads(text)
                if kind != CALL:
                    continue
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                is_news = self._note(Call(rest[0], rest[1], at))
                await connection.send(json.dumps([3, id, self._answer(rest[0])]))
                if is_news:
                    async with self._came:
                        self._came.notify_all()
        except ConnectionClosed:
            return

    def _note(self, call: Call) -> bool:
        """Whether somebody may wait for it."""
        if self.tally is not None and call.action in FACTS:
            self.tally.note(call)
            return False
        self.calls.append(call)
        return True

    def _answer(self, action: str) -> dict[str, Any]:
        match action:
            case "BootNotification":
                return {"status": "Accepted", "currentTime": _now(), "interval": 300}
            case "Heartbeat":
                return {"currentTime": _now()}
            case "Authorize":
                return {"idTagInfo": {"status": "Accepted"}}
            case "StartTransaction":
                self._transactions += 1
                return {"idTagInfo": {"status": "Accepted"}, "transactionId": self._transactions}
            case "DataTransfer":
                return {"status": "UnknownVendorId"}
            case _:
                return {}


@asynccontextmanager
async def central_system() -> AsyncIterator[CentralSystem]:
    """Listening at a free port of the loopback."""
    system = CentralSystem()
    options: dict[str, Any] = {"compression": None, "ping_interval": None, "subprotocols": [Subprotocol("ocpp1.6")]}
    async with serve(system.serve, "127.0.0.1", 0, **options) as server:
        system.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield system


def _items(call: Call) -> set[tuple[str, Any]]:
    return {(key, value) for key, value in call.payload.items() if isinstance(value, str | int | float)}


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
