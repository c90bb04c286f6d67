"""A charger of a few lines, and a running central system to meet: the stage of these tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tools.csms.dispatch import carry_out
from tools.csms.record import Record
from tools.csms.server import Address, CentralSystem

PATIENCE_S = 5.0
STARTED = "2026-01-01T00:00:00.000Z"
STOPPED = "2026-01-01T01:00:00.000Z"


class Bench:
    """A central system on a free port, with commands as its control socket takes them."""

    def __init__(self, system: CentralSystem, url: str) -> None:
        self.system = system
        self.url = url

    async def do(self, verb: str, **arguments: Any) -> dict[str, Any]:
        return await carry_out(self.system, {"id": 1, "do": verb, **arguments})


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    system = CentralSystem(Record(folder / "csms.db"), is_quiet=True)
    bound = await system.listen(Address(host="127.0.0.1", port=0))
    try:
        yield Bench(system, f"ws://{bound.host}:{bound.port}")
    finally:
        await system.close()
        system.record.close()


class Charger:
    """Sends one CALL at a time and answers every CALL of the other side with `Accepted`."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def call(self, action: str, payload: dict[str, Any]) -> list[Any]:
        """The whole answer frame."""
        message_id = str(uuid4())
        await self.socket.send(json.dumps([2, message_id, action, payload]))
        return await self.frame_for(message_id)

    async def frame_for(self, message_id: str) -> list[Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                frame: list[Any] = json.loads(await self.socket.recv())
                if frame[1] == message_id:
                    return frame

    async def answer_one(self, answer: dict[str, Any]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            frame = json.loads(await self.socket.recv())
        self.asked.append((frame[2], frame[3]))
        await self.socket.send(json.dumps([3, frame[1], answer]))

    async def start(self, *, token: str = "CAFEBABE", meter_wh: int = 100) -> dict[str, Any]:
        request = {"connectorId": 1, "idTag": token, "meterStart": meter_wh, "timestamp": STARTED}
        answer: dict[str, Any] = (await self.call("StartTransaction", request))[2]
        return answer

    async def stop(self, transaction_id: int, *, meter_wh: int = 600) -> None:
        request = {"transactionId": transaction_id, "meterStop": meter_wh, "timestamp": STOPPED}
        await self.call("StopTransaction", request)


@asynccontextmanager
async def charger(at: Bench, identity: str = "CP-1") -> AsyncIterator[Charger]:
    async with connect(
        f"{at.url}/{identity}", subprotocols=[Subprotocol("ocpp1.6")], open_timeout=PATIENCE_S
    ) as socket:
        yield Charger(socket)
