"""Samples for plots on their way: taken with each reading of the meter, packed by the chunk, written with the steps.

The finest ones, a value a second, stay in memory for an hour; around a fault they are written with its flush: 10 s
before and 5 s after. A value every 10 s goes into the ring of the steps. A value a minute and a quarter have rings of
their own, so that a busy charger does not push the past out; they are written when a chunk is full (six hours, a day)
and at an end in order. So a power cut costs at most what of them the steps hold anyway, in full.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agent.core.identity import ConnectorId
from agent.core.quantities import MeterSample
from agent.core.recorder.series import COLUMNS, LEVELS, Chunk, Row, Series, chunk_written
from agent.core.session.model import Session
from agent.core.time import Instant
from agent.recorder.frames import FrameKind, encoded, frame
from agent.recorder.ring import Ring
from agent.recorder.sieve import DENSE_AFTER_S, DENSE_BEFORE_S
from agent.values import frozen

FINEST_S = LEVELS[0].step_s
PILOT = "pilot_v"
RECENT = "recent.rec"
FOR_EVER_S = float("inf")
BYTES_OF = {60: 384 << 10, 900: 128 << 10}
"""By the step: what the ring of that level may hold. A week and ninety days of two connectors need less."""
KEPT_FINEST_S = 3600.0

Sight = Callable[[ConnectorId], Mapping[str, float]]
"""What is seen of a connector beside meter and session, by column: `pilot_v`, and temperatures by their place."""


@frozen
class Full:
    """A chunk to be written. `is_dense`: of the seconds around a fault, so that it goes to the disk though fine."""

    chunk: Chunk
    is_dense: bool = False


class Samples:
    """One object a run. What blocks says so; the rest belongs to the loop."""

    def __init__(self, folder: Path) -> None:
        self.sight: Sight = _sees_nothing
        self._folder = folder
        self._rings = {
            step_s: Ring(folder, f"samples-{step_s}s", b"", most, files=4) for step_s, most in BYTES_OF.items()
        }
        self._series: dict[ConnectorId, Series] = {}
        self._finest: deque[tuple[float, bytes]] = deque()
        """Packed, with the monotonic time at which they began; the thread's, as packing is."""
        self._waiting: list[Full] = []
        self._dense_until_s: dict[ConnectorId, float] = {}

    def took(self, session: Session, sample: MeterSample, now: Instant) -> None:
        """A reading came, and the session after it."""
        connector, seen = session.connector, self.sight(session.connector)
        places = tuple(sorted(seen.keys() - {PILOT}))
        measured = (sample.power_w, *sample.currents_a, session.encoded_a)
        row: Row = (*measured, seen.get(PILOT), *(seen[place] for place in places))
        series = self._series.setdefault(connector, Series(connector))
        self._waiting += (Full(chunk) for chunk in series.add(now, (*COLUMNS, *places), row))
        if now.monotonic_s >= self._dense_until_s.get(connector, FOR_EVER_S):
            del self._dense_until_s[connector]
            self._keep(series.newest(now, DENSE_AFTER_S + 1))

    def fault_came(self, connector: ConnectorId, now: Instant) -> None:
        """The last seconds are kept as they are, and the next ones."""
        self._dense_until_s[connector] = now.monotonic_s + DENSE_AFTER_S
        if (series := self._series.get(connector)) is not None:
            self._keep(series.newest(now, DENSE_BEFORE_S + 1))

    def cut(self, *, is_end: bool) -> list[Full]:
        """Chunks to be written; at the end those that are not full as well."""
        waiting, self._waiting = self._waiting, []
        return [*waiting, *self.unfinished()] if is_end else waiting

    def unfinished(self) -> list[Full]:
        """What is in no full chunk yet; it goes on as before."""
        return [Full(chunk) for series in self._series.values() for chunk in series.unfinished()]

    def write(self, chunks: Sequence[Full], steps: Ring) -> None:
        """Blocks. Raises OSError."""
        for ring, items in self._packed_by_ring(chunks, steps).items():
            ring.append(FrameKind.CHUNK, items)

    def files(self, unfinished: Sequence[Full]) -> list[Path]:
        """All of it, with what is on no disk yet in a file of its own, where there is room. Blocks; raises OSError."""
        file = self._folder / RECENT
        recent = [*(packed for _, packed in self._finest), *(_packed(one.chunk) for one in unfinished)]
        kept = [one for ring in self._rings.values() for one in ring.files()]
        try:
            file.write_bytes(frame(FrameKind.CHUNK, 0, recent))
        except OSError:
            # Of a full disk what is on it is wanted most; the seconds just past are not worth the rest.
            file.unlink(missing_ok=True)
            return kept
        return [file, *kept]

    def erase(self) -> None:
        """Nothing is kept any more. Blocks; raises OSError."""
        for ring in self._rings.values():
            ring.erase()

    def _packed_by_ring(self, chunks: Sequence[Full], steps: Ring) -> dict[Ring, list[bytes]]:
        found: dict[Ring, list[bytes]] = {}
        for one in chunks:
            packed, step_s = _packed(one.chunk), one.chunk.step_s
            if step_s == FINEST_S and not one.is_dense:
                self._remember(one.chunk.began.monotonic_s, packed)
            else:
                found.setdefault(self._rings.get(step_s, steps), []).append(packed)
        return found

    def _remember(self, began_s: float, packed: bytes) -> None:
        self._finest.append((began_s, packed))
        while self._finest[0][0] < began_s - KEPT_FINEST_S:
            self._finest.popleft()

    def _keep(self, chunk: Chunk | None) -> None:
        if chunk is not None:
            self._waiting.append(Full(chunk, is_dense=True))


def _packed(chunk: Chunk) -> bytes:
    return encoded(chunk_written(chunk))


def _sees_nothing(_connector: ConnectorId) -> Mapping[str, float]:
    return {}
