"""A charge decided by the core alone and recorded, with the noise of a real meter and a real clock."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

from agent.core.control_pilot import PilotState
from agent.core.quantities import MeterSample
from agent.core.recorder.rows import Recorded
from agent.core.session.events import MeterSampled, PilotChanged, SessionEvent, Tick
from agent.core.session.step import step
from agent.core.time import Instant
from agent.recorder.opening import tape_in
from agent.recorder.recorder import BLOCK_BYTES
from agent.recorder.sieve import Taken
from agent.recorder.tape import Tape
from benchmarks.pure_core import BOOT, CURRENT_A, CoreCharger

EPOCH_MS = 1_800_000_000_000
BATCH_S, HOUR_S = 300, 3600
IDLE_CYCLE_S = 5


class RecordedCharger(CoreCharger):
    """`charging_s` and `idle_s` let time pass; what is written is in `folder`, `spent_s` is what recording took."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.random = random.Random(1)
        self.tape: Tape = tape_in(folder, lambda: "0" * 64, version="benchmark")
        self.spent_s = self.at_s = 0.0
        self.writes = 0
        self.register_wh = 500.0
        self.draws = False
        super().__init__()

    def _now(self) -> Instant:
        """Up to some milliseconds late, as a loop is, and to the nanosecond, as the kernel tells it."""
        self.at_s = max(self.at_s + 1e-5, self.now_s + self.random.random() / 200)
        at_s = round(self.at_s * 1e9) / 1e9
        return Instant(at_s, EPOCH_MS + round(at_s * 1000) + self.random.randrange(2), BOOT)

    def sample(self) -> MeterSample:
        noise, current_a = self.random.gauss, CURRENT_A if self.draws else 0.0
        voltages = [round(noise(231, 0.6), 1) for _ in range(3)]
        currents = [max(0.0, round(noise(current_a, 0.02), 2)) if self.draws else 0.0 for _ in range(3)]
        power_w = round(sum(u * i for u, i in zip(voltages, currents, strict=True)), 1)
        self.register_wh += power_w / 3600
        at = self._now()
        return MeterSample(
            at=replace(at, monotonic_s=round((at.monotonic_s - 0.0031) * 1e9) / 1e9),
            register_wh=int(self.register_wh),
            power_w=power_w,
            voltages_v=(voltages[0], voltages[1], voltages[2]),
            currents_a=(currents[0], currents[1], currents[2]),
            frequency_hz=round(noise(50, 0.01), 2),
        )

    def feed(self, event: SessionEvent) -> None:
        """As the base, with a recorder that hears of each step."""
        waiting = [event]
        while waiting:
            event, before, now = waiting.pop(0), self.session, self._now()
            decided = step(before, event, now, self._keys)
            self.session = decided.session
            self.steps += 1
            recorded = Recorded(connector=before.connector, event=event, now=now, effects=decided.effects)
            began = time.thread_time()
            self.tape.put(Taken(before=before, after=decided.session, recorded=recorded))
            self.spent_s += time.thread_time() - began
            for effect in decided.effects:
                waiting.extend(self._answers(effect))

    def idle(self, hours: float) -> None:
        """Nobody is there: a reading and a look at the time every five seconds, a block an hour."""
        for turn in range(round(hours * HOUR_S / IDLE_CYCLE_S)):
            self.now_s += IDLE_CYCLE_S
            self.feed(Tick())
            self.feed(MeterSampled(sample=self.sample()))
            if turn % (HOUR_S / IDLE_CYCLE_S) == 0:
                self._write()

    def charges(self, hours: float) -> None:
        """A car comes, draws so long, and leaves."""
        self.charge()
        self.draws = True
        for second in range(round(hours * HOUR_S)):
            self.second()
            if second % BATCH_S == 0 and self.tape.packed_bytes >= BLOCK_BYTES:
                self._write()
        self.draws = False
        self.feed(PilotChanged(state=PilotState.A, plug=None, high_v=12.0, board_boot_id=BOOT))

    def size(self) -> int:
        """Bytes of the recording, the samples for plots with it."""
        self._write()
        return sum(file.stat().st_size for file in self.folder.glob("*.rec"))

    def _write(self) -> None:
        self.tape.write(self.tape.cut(), surely=False)
        self.writes += 1
