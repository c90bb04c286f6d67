"""Orders from the broker to the desk, and answers and files back.

The desk judges; here only what would fill memory or cannot be an order is turned away: too large, too many at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import cbor2

from agent.errors import Busy
from agent.telemetry.client import Client
from agent.telemetry.connection import BrokerError, Connection, Incoming, keeping
from agent.telemetry.letters import CBOR, Letter
from agent.telemetry.ports import OrderDesk, Source

log = logging.getLogger(__name__)

LARGEST_ORDER_BYTES = 16 << 10
MOST_WAITING = 16
"""Orders that came and were not taken; a person gives one at a time, and ten may want the same bundle at once."""
CHUNK_BYTES = 128 << 10
CHUNK_HEAD_BYTES = 512
LINK_WITHIN_S = 900.0
"""How long a file waits for the link to come back before it is given up."""
SAYS_WHILE_WAITING = 64
"""An answer with more than this many messages before it waits a while: progress must not push out what matters."""
SAYS_WITHIN_S = 30.0

T = TypeVar("T")


class Exchange:
    """One object a run. It is the `Reply` of every order: an answer names its order itself."""

    def __init__(self, client: Client, desk: OrderDesk, source: Source) -> None:
        self._client, self._desk, self._source = client, desk, source
        self._waiting: deque[Incoming] = deque()
        self._arrived = asyncio.Event()

    def hear(self, message: Incoming) -> None:
        """An order has come in. What is too large, or one too many, is counted and gone."""
        if len(message.payload) > LARGEST_ORDER_BYTES or len(self._waiting) >= MOST_WAITING:
            self._client.ignored += 1
            log.warning("an order was not looked at", extra={"bytes": len(message.payload)})
            return
        self._waiting.append(message)
        self._arrived.set()

    async def run(self) -> None:
        """Hand orders to the desk, each in its turn; one that takes long does not hold up the next."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    order = self._waiting.popleft()
                    tasks.create_task(self._desk.take(order.payload, self, retained=order.retained))

    # The way back.

    @property
    def nonce(self) -> str:
        return self._client.nonce

    @property
    def nonce_age_s(self) -> float:
        return self._client.nonce_age_s

    def renew_nonce(self) -> None:
        self._client.renew_nonce()

    async def say(self, body: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(SAYS_WITHIN_S):
                await self._client.eased(SAYS_WHILE_WAITING)
        except TimeoutError:
            log.warning("answers wait for the broker", extra={"waiting": len(self._client.outbox)})
        topic = self._client.topics.result(str(body["id"]))
        self._client.post(Letter(topic=topic, at=self._source.now(), body=dict(body)))

    async def send_blob(self, id: str, name: str, content_type: str, file: Path) -> dict[str, Any]:
        thread = ThreadPoolExecutor(1, "blob")
        try:
            size, sha256 = await _in(thread, lambda: _measured(file))
            link = await self._linked()
            chunk_bytes = min(CHUNK_BYTES, link.largest_packet - CHUNK_HEAD_BYTES)
            told: dict[str, Any] = {
                "bytes": size,
                "chunks": max(1, -(-size // chunk_bytes)),
                "sha256": sha256,
                "content_type": content_type,
                "name": name,
            }
            with await _in(thread, lambda: file.open("rb")) as opened:
                for k in range(told["chunks"]):
                    octets = await _in(thread, partial(_chunk, opened, k, chunk_bytes, told))
                    await self._sent(self._client.topics.blob(id, k), octets)
            return {"id": id, **told}
        finally:
            thread.shutdown(wait=False)

    async def _sent(self, topic: str, octets: bytes) -> None:
        """Send one chunk until it is acknowledged, over as many connections as that takes. Raises Busy.

        One after the other: two of them are the most that is in memory, whatever the file's size.
        """
        while (taken := await self._tried(await self._linked(), topic, octets)) is None:
            continue
        if not taken:
            raise Busy(f"the broker does not let this charger write {topic}; look at its ACL")

    async def _tried(self, link: Connection, topic: str, octets: bytes) -> bool | None:
        """The broker's word on it; None where the connection ended before."""
        try:
            await link.room()
            arrived = link.promise()
            link.publish(topic, octets, content_type=CBOR, then=keeping(arrived))
            return await link.kept(arrived, f"the broker does not acknowledge {topic}")
        except BrokerError as error:
            log.info("a chunk is sent again", extra={"topic": topic, "cause": str(error)})
            await asyncio.sleep(1.0)
            return None

    async def _linked(self) -> Connection:
        try:
            async with asyncio.timeout(LINK_WITHIN_S):
                return await self._client.linked()
        except TimeoutError as error:
            raise Busy(f"the broker was away for {LINK_WITHIN_S / 60:g} min; ask again") from error


def _measured(file: Path) -> tuple[int, str]:
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256")
    return file.stat().st_size, digest.hexdigest()


def _chunk(opened: BinaryIO, k: int, chunk_bytes: int, told: Mapping[str, Any]) -> bytes:
    body = {"k": k, **(told if k == 0 else {}), "data": opened.read(chunk_bytes)}
    return cbor2.dumps(body)


async def _in(thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Reading and hashing some megabytes takes longer than the loop may be held up."""
    return await asyncio.get_running_loop().run_in_executor(thread, work)
