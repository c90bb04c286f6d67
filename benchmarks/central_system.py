"""A central system that does nothing but answer at once, and notes when each CALL came. In the measuring process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
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


class CentralSystem:
    """`calls` holds everything that came, in order. `delay_s` holds back each answer, as a distant network does."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.delay_s = 0.0
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
                self.calls.append(Call(rest[0], rest[1], at))
                await connection.send(json.dumps([3, id, self._answer(rest[0])]))
                async with self._came:
                    self._came.notify_all()
        except ConnectionClosed:
            return

    def _answer(self, action: str) -> dict[str, Any]:
        match action:
            case "BootNotification":
                return {"status": "Accepted", "currentTime": _now(), "interval": 300}
            case "Heartbeat":
                return {"currentTime": _now()}
            case "Authorize":
                return {"idTagInfo": {"status": "Accepted"}}
            case "StartTransaction":
                return {"idTagInfo": {"status": "Accepted"}, "transactionId": len(self.calls)}
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
