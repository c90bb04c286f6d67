"""Requests to a pilot board and what they come to: whole contents from blocks, refusals as sentences."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from agent.drivers.pilot_board.link import PilotLink
from agent.drivers.pilot_board.messages import ASKS, PUTS, RESULTS, Answer, Ask, Block, Clear, Put, Test
from agent.errors import DriverImplausible, DriverRejected

DONE, BUSY = "done", "busy"
BUSY_AGAIN_S = 0.01
BUSY_AGAIN_AT_MOST_S = 0.3
"""Asked anew after the first, then ever more slowly: writing a block takes milliseconds, a signature many seconds."""
BUSY_AT_MOST_S = 120.0
"""A board verifies a signature in slices between its safety steps, and answers nothing else meanwhile."""
BLOCKS_AT_MOST = 1_000
"""400 kB: more than the board has memory for."""
WORDS: Mapping[str, str] = {
    "refused": "the board refuses it: it was not made to allow this",
    "not_now": "the board cannot do it now: it needs an open contactor and no car",
    "unknown": "the board does not know or have what was asked for",
    "bad_signature": "the signature does not fit: another key, another text, or an older challenge",
    "bad_checksum": "what arrived at the board is damaged",
    "too_large": "it is too large for the board",
    "failed": "the board tried and failed; its storage may be worn",
    "busy": "the board is busy with an earlier request",
}


@dataclass
class BoardDesk:
    """One board's desk: `driver` is what messages call it. Everything raises DriverError."""

    driver: str
    link: PilotLink

    async def read(self, what: str) -> bytes:
        """The whole content of a word of ASKS."""
        first = await self.block(what, 0)
        if first.count > BLOCKS_AT_MOST:
            raise DriverImplausible(self.driver, f"{what}: {first.count} blocks, where {BLOCKS_AT_MOST} are too many")
        contents = [first.content]
        for number in range(1, first.count):
            block = await self.block(what, number)
            if block.count != first.count:
                raise DriverImplausible(self.driver, f"{what} changed while it was read; try again")
            contents.append(block.content)
        return b"".join(contents)

    async def block(self, what: str, number: int) -> Block:
        """One block. Raises DriverRejected where the board has none."""
        reply = await self._patiently(Ask(0, ASKS.index(what), number))
        if isinstance(reply, Answer):
            raise self.refusal(reply, what)
        return reply

    async def put(self, what: str, number: int, content: bytes) -> int:
        """Write a piece of a word of PUTS; the number that came with "done"."""
        return await self._done(Put(0, PUTS.index(what), number, content), what)

    async def clear(self, code: int, operator: str, reason: str, signature: bytes) -> None:
        """End a latched fault."""
        await self._done(Clear(0, code, operator, reason, signature), "clear")

    async def ask(self, request: Test, about: str) -> Answer:
        """The answer to a step of a self-test, whatever it is."""
        reply = await self._patiently(request)
        if not isinstance(reply, Answer):
            raise DriverImplausible(self.driver, f"{about}: a block, where an answer was due")
        return reply

    def refusal(self, answer: Answer, about: str) -> DriverRejected:
        """Why not, in words."""
        why = WORDS.get(
            result_of(answer), f"the board says no, for a reason this agent has no word for ({answer.result})"
        )
        return DriverRejected(self.driver, f"{about.replace('_', ' ')}: {why}")

    async def _done(self, request: Put | Clear, about: str) -> int:
        reply = await self._patiently(request)
        if not isinstance(reply, Answer):
            raise DriverImplausible(self.driver, f"{about}: a block, where an answer was due")
        if result_of(reply) != DONE:
            raise self.refusal(reply, about)
        return reply.number

    async def _patiently(self, request: Ask | Put | Clear | Test) -> Answer | Block:
        """The reply, asked again for as long as the board is busy with something else."""
        loop = asyncio.get_running_loop()
        gives_up_at, wait_s = loop.time() + BUSY_AT_MOST_S, BUSY_AGAIN_S
        while True:
            reply = await self.link.request(self.driver, request)
            is_busy = isinstance(reply, Answer) and result_of(reply) == BUSY
            if not is_busy or loop.time() >= gives_up_at:
                return reply
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, BUSY_AGAIN_AT_MOST_S)


def result_of(answer: Answer) -> str:
    """The word; "" for one of a later firmware."""
    return RESULTS[answer.result] if answer.result < len(RESULTS) else ""
