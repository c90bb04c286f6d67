"""Recordings as they come back from the field: files to blocks. What is damaged is passed over and told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent.core.recorder.blocks import Block, read_block
from agent.core.recorder.codec import Codec
from agent.core.recorder.schema import Unreadable, from_plain
from agent.core.recorder.series import Chunk, read_chunk
from agent.recorder.frames import Frame, FrameKind, frames

NOTHING = "there is no recording in it; take one with: evsectl bundle"


class Recording:
    """The frames of some files, packed as they are; blocks are read one by one, a month of them would be large."""

    def __init__(self, files: Iterable[bytes]) -> None:
        """Raises Unreadable where there is nothing to play."""
        self._blocks: dict[int, tuple[Frame, Codec]] = {}
        self._chunks: list[Frame] = []
        self.problems: dict[str, int] = {}
        """What could not be read, in a sentence, and how often."""
        for octets in files:
            self._take(octets)
        if not self._blocks and not self._chunks:
            raise Unreadable(next(iter(self.problems), NOTHING))

    def blocks(self, since_ms: int | None = None) -> Iterator[Block]:
        """Oldest first; from the one on in which the UTC time `since_ms` lies."""
        numbers = sorted(self._blocks)
        for number in numbers[0 if since_ms is None else self._place_of(since_ms, numbers) :]:
            if (block := self._block(number)) is not None:
                yield block

    def _place_of(self, since_ms: int, numbers: list[int]) -> int:
        """Of the last block that begins before it; one without a time of day counts as early enough."""
        low, high = 0, len(numbers)
        while high - low > 1:
            middle = (low + high) // 2
            block = self._block(numbers[middle])
            began_ms = block.steps[0].now.utc_ms if block is not None and block.steps else None
            low, high = (low, middle) if began_ms is not None and began_ms > since_ms else (middle, high)
        return low

    def _block(self, number: int) -> Block | None:
        one, codec = self._blocks[number]
        try:
            head, *rows = one.items() or [None]
            return read_block(head, rows, codec)
        except Unreadable as error:
            self._problem(str(error))
            return None

    def chunks(self) -> Iterator[Chunk]:
        """Samples for plots, in the order in which they were written."""
        for one in self._chunks:
            try:
                yield from (read_chunk(item) for item in one.items())
            except Unreadable as error:
                self._problem(str(error))

    def _take(self, octets: bytes) -> None:
        codec: Codec | None = None
        for one in frames(octets):
            if one.kind is FrameKind.CHUNK:
                self._chunks.append(one)
            elif one.kind is FrameKind.SCHEMA:
                codec = self._codec(one)
            elif codec is not None:
                self._blocks[one.number] = one, codec
            else:
                self._problem("the head of a file is damaged, so that nobody knows how its blocks were written")

    def _codec(self, one: Frame) -> Codec | None:
        try:
            return Codec(written_with=from_plain((one.items() or [None])[0]))
        except Unreadable as error:
            self._problem(str(error))
            return None

    def _problem(self, sentence: str) -> None:
        self.problems[sentence] = self.problems.get(sentence, 0) + 1
