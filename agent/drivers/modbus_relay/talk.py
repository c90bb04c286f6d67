"""What is said to one relay board over its line, and how its answers are taken."""

from __future__ import annotations

from collections.abc import Iterable

from agent.drivers.modbus.answers import Refused
from agent.drivers.modbus.block import Block, Write
from agent.drivers.modbus.line import Device, Line, Unanswered
from agent.drivers.modbus_relay.families import RelayFamily, closing, looking, opening, opening_all, told
from agent.drivers.modbus_relay.looks import Channel, Looked, numbered


class Unfit(Exception):
    """It answers, and is not a board that may be used; the text goes on from its address and says what to check."""


class Talk:
    """`reads_inputs`: somebody wants to know them. All may raise Unanswered and Unfit."""

    def __init__(self, line: Line, device: Device, family: RelayFamily) -> None:
        self.family = family
        self.reads_inputs = False
        self.meetings = self.looks = 0
        self._line = line
        self._device = device

    async def meet(self) -> None:
        """See that it is such a board and that nothing but orders moves its relays, and open all of them."""
        if self.meetings:
            # It may hear, and only its answers get lost. A device that was never met is asked before it is told.
            await self._say(opening_all(self.family))
        await self.look(frozenset())
        for block in self.family.at_rest:
            if any(await self._read(block, "check the family in the board file")):
                raise Unfit(self.family.at_rest_advice)
        if not self.meetings:
            await self._say(opening_all(self.family))
        self.meetings += 1

    async def look(self, wanted: frozenset[Channel]) -> Looked:
        """What it remembers of its relays, and which inputs are fed."""
        answer = await self._read(looking(self.family), "check family, first and channels in the board file")
        closed = told(self.family, answer)
        if closed is None:
            raise Unfit(f"answers {answer}, which is no relay board of this family; check its address and the family")
        fed: tuple[int, ...] = ()
        if self.reads_inputs and self.family.inputs is not None:
            fed = await self._read(self.family.inputs, "check the family in the board file: this board has no inputs")
        self.looks += 1
        return Looked(
            meeting=self.meetings,
            number=self.looks,
            closed=numbered(closed),
            fed=numbered(tuple(map(bool, fed))),
            wanted=wanted,
        )

    async def close(self, channel: Channel) -> None:
        """Say so; what came of it tells the next look."""
        await self._say(closing(self.family, channel))

    async def open(self, channel: Channel) -> None:
        """As `close`."""
        await self._say(opening(self.family, channel))

    async def _read(self, block: Block, advice: str) -> tuple[int, ...]:
        try:
            return await self._line.read(self._device, block)
        except Refused as refused:
            raise _not_taken(refused, block, advice) from refused

    async def _say(self, writes: Iterable[Write]) -> None:
        for write in writes:
            try:
                await self._line.write(self._device, write)
            except Refused as refused:
                raise _not_taken(refused, write, "check family, first and channels in the board file") from refused


def _not_taken(refused: Refused, what: Block | Write, advice: str) -> Exception:
    if refused.is_permanent:
        return Unfit(f"answers with {refused} to {what}; {advice}")
    return Unanswered(f"the relay board answers with {refused}; check its power and the gateway", was_silence=False)
