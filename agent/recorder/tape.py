"""The rows that wait, and the ring they go to: rows are made in the loop, blocks of them written by a thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from agent.core.identity import ConnectorId
from agent.core.recorder.blocks import BlockWriter
from agent.core.recorder.codec import Codec
from agent.core.session.events import MeterSampled
from agent.core.time import Instant
from agent.recorder.checks import OF_A_ROW, print_of
from agent.recorder.frames import FrameKind, encoded, frame
from agent.recorder.ring import Ring
from agent.recorder.samples import Full, Samples
from agent.recorder.sieve import Sieve, Taken
from agent.values import mutable

NAME = "steps"
MOST_BYTES = 15 << 20
PACKS_TO = 3
"""Rows become about so much shorter when they are deflated (measured: `python -m benchmarks recorder`)."""


@mutable
class Written:
    """A block that grows: its head, and its rows as octets."""

    writer: BlockWriter
    rows: list[bytes] = field(default_factory=list)


@mutable
class Cut:
    """What is on its way to the disk."""

    blocks: list[Written]
    chunks: list[Full]


class Tape:
    """One object a run. What blocks says so; the rest belongs to the loop."""

    def __init__(self, folder: Path, codec: Codec, *, version: str, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self.codec = codec
        self._version = version
        head = frame(FrameKind.SCHEMA, 0, [encoded(codec.schema.as_plain())])
        self.ring = Ring(folder, NAME, head, most_bytes)
        self.samples = Samples(folder)
        self._print = print_of(codec)
        self._sieves: dict[ConnectorId, Sieve] = {}
        self._blocks: list[Written] = []
        self.waiting_bytes = 0

    @property
    def packed_bytes(self) -> int:
        """What the waiting rows will need on the disk, about."""
        return self.waiting_bytes // PACKS_TO

    def put(self, taken: Taken) -> None:
        """Take a step into the block that grows, if it is one to keep."""
        event = taken.recorded.event
        for kept in self._sieve(taken.recorded.connector).pass_on(taken):
            self._row(kept)
        if isinstance(event, MeterSampled) and taken.after is not None:
            self.samples.took(taken.after, event.sample, taken.recorded.now)

    def fault_came(self, connector: ConnectorId, now: Instant) -> None:
        """Every step of this connector is kept for some seconds."""
        self._sieve(connector).fault_came(now.monotonic_s)
        self.samples.fault_came(connector, now)

    def cut(self, *, is_end: bool = False) -> Cut:
        """Everything that waits, to be written; a new block begins with the next step."""
        for sieve in self._sieves.values():
            for kept in sieve.rest():
                self._row(kept)
        blocks, self._blocks, self.waiting_bytes = self._blocks, [], 0
        return Cut(blocks, self.samples.cut(is_end=is_end))

    def write(self, cut: Cut, *, surely: bool) -> None:
        """Blocks. Raises OSError."""
        self.samples.write(cut.chunks, self.ring)
        for one in cut.blocks:
            head = encoded(one.writer.head(self.ring.next_number()))
            self.ring.append(FrameKind.BLOCK, [head, *one.rows], flush=surely)

    def files(self, unfinished: Sequence[Full]) -> list[Path]:
        """Everything there is, the newest first. Blocks; raises OSError."""
        return [*self.samples.files(unfinished), *reversed(self.ring.files())]

    def erase(self) -> None:
        """Nothing is kept any more, nor the key of the names. Blocks; raises OSError."""
        self.ring.erase()
        self.samples.erase()
        for left in self._folder.iterdir():
            left.unlink(missing_ok=True)

    def _sieve(self, connector: ConnectorId) -> Sieve:
        if connector not in self._sieves:
            self._sieves[connector] = Sieve(self._print)
        return self._sieves[connector]

    def _row(self, kept: Taken) -> None:
        now = kept.recorded.now
        if not self._blocks or self._blocks[-1].writer.boot_id != now.boot_id:
            self._blocks.append(Written(BlockWriter(self.codec, boot_id=now.boot_id, version=self._version)))
        block = self._blocks[-1]
        check = None if kept.after is None else self._print(kept.after) & OF_A_ROW
        row = encoded(block.writer.row(kept.before, kept.recorded, check))
        block.rows.append(row)
        self.waiting_bytes += len(row)
