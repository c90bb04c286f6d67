"""An idle connector with a core and a tape, fed by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from agent.core.control_pilot import PilotState
from agent.core.identity import ConnectorId, PlugIdentity, TransactionKey
from agent.core.limits import Limits, LimitSource
from agent.core.quantities import MeterSample
from agent.core.recorder.replay import Played, Replay
from agent.core.recorder.rows import Recorded
from agent.core.session.events import FaultObserved, MeterSampled, PilotChanged, SessionEvent, Tick
from agent.core.session.model import Session, SessionSettings
from agent.core.session.step import Step, initial, step
from agent.core.time import Instant
from agent.recorder.checks import check_of
from agent.recorder.opening import tape_in
from agent.recorder.reading import Recording
from agent.recorder.sieve import Taken
from agent.recorder.tape import Tape

START = Instant(1000.25, 1_800_000_000_123, "boot-1")
CONNECTOR = ConnectorId(1)


class Keys:
    def transaction_key(self) -> TransactionKey:
        return TransactionKey("tx-1")


class Connector:
    """`feed` decides at once; the rest is the tape's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = START
        limits = Limits().with_limit(LimitSource.SUPPLY, 16.0, "site", START)
        self.session: Session = initial(CONNECTOR, SessionSettings(), START, limits=limits)
        self.tape = tape_in(folder, lambda: "0" * 64, version="1.2.3")
        self.fed = 0

    def feed(self, event: SessionEvent) -> Step:
        before = self.session
        decided = step(before, event, self.now, Keys())
        self.session = decided.session
        recorded = Recorded(connector=CONNECTOR, event=event, now=self.now, effects=decided.effects)
        self.tape.put(Taken(before=before, after=decided.session, recorded=recorded))
        self.fed += 1
        return decided

    def passes(self, seconds: float) -> None:
        self.now = self.now.plus(seconds)

    def sample(self, register_wh: int | None = 500, power_w: float | None = 0.0, voltage_v: float = 230.1) -> None:
        at = replace(self.now, monotonic_s=self.now.monotonic_s - 0.004)
        voltages = (voltage_v, None, None)
        sample = MeterSample(at=at, register_wh=register_wh, power_w=power_w, voltages_v=voltages)
        self.feed(MeterSampled(sample=sample))

    def idles(self, seconds: float) -> None:
        """As the real one does it: a reading and a look at the time, each every five seconds."""
        for turn in range(int(seconds / 5)):
            self.passes(2.5)
            self.sample(voltage_v=230.0 + turn % 7 / 10)
            self.passes(2.5)
            self.feed(Tick())

    def plug(self, state: PilotState) -> None:
        plug = PlugIdentity("board-1", 1) if state.plugged else None
        self.feed(PilotChanged(state=state, plug=plug, high_v=9.0, board_boot_id="board-1"))

    def fault(self, id: str, *, present: bool) -> None:
        if present:
            self.tape.fault_came(CONNECTOR, self.now)
        self.feed(FaultObserved(id=id, present=present, evidence=(("high_v", 0.4),)))

    def written(self) -> Recording:
        self.tape.write(self.tape.cut(), surely=False)
        return recording_of(self.tape, self.folder)


def recording_of(tape: Tape, folder: Path) -> Recording:
    return Recording(file.read_bytes() for file in sorted(folder.glob("*.rec")))


def played(recording: Recording) -> list[Played]:
    return list(Replay(step, check_of).play(recording.blocks()))


def differing(steps: Iterable[Played]) -> list[tuple[int, tuple[str, ...]]]:
    return [(one.number, one.differs) for one in steps if one.differs]
