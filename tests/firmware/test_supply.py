"""Mains, earth and PEN against a slow reader written from the table: both believe the same at every look.

Whether the guard is asked every 20 ms or only on changes and when due must make no difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import fault_codes as code
from earth import Earth
from faults import OPEN, Faults
from hypothesis import given, settings
from hypothesis import strategies as st
from kind import EARTH_SENSE, METERING, TN, Kind
from mains import Mains
from open_pen import OpenPen

from tests.firmware.guard_alone import Alone
from tests.searching import costly

LOOK_MS = 20
EDGES_MV = (46_000, 115_000, 180_000, 195_000, 207_000, 230_000, 253_001, 264_001, 276_001)
"""Where a verdict changes, from below."""
VOLTAGES = st.sampled_from(EDGES_MV).flatmap(lambda edge_mv: st.sampled_from((edge_mv, edge_mv - 1))) | st.just(0)
STAYS = st.sampled_from((20, 80, 100, 120, 480, 500, 520, 980, 1_000, 3_980, 4_000, 5_000, 9_500, 10_000)) | st.just(
    12_000
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Readings that stand for a while."""

    stays_ms: int
    voltage_mv: tuple[int, int, int]
    mains_mhz: int
    earth_edges: int
    earth_neutral_mv: int
    rotation_ok: bool


ANY_SCENE = st.builds(
    Scene,
    stays_ms=STAYS,
    voltage_mv=st.tuples(VOLTAGES, VOLTAGES, VOLTAGES) | VOLTAGES.map(lambda voltage_mv: (voltage_mv,) * 3),
    mains_mhz=st.sampled_from((50_000, 50_000, 47_000, 46_999, 52_000, 52_001, 0)),
    earth_edges=st.sampled_from((10, 10, 8, 7, 0)),
    earth_neutral_mv=st.sampled_from((0, 0, 50_000, 50_001)),
    rotation_ok=st.booleans(),
)
SCRIPTS = st.lists(ANY_SCENE, min_size=1, max_size=6)


@dataclass
class Reader:
    """The table as a person reads it: each row is a condition and how long it has held without a break."""

    phases: int
    meters: bool = True
    held_ms: dict[str, int] = field(default_factory=dict)
    counted: dict[int, tuple[bool, int]] = field(default_factory=dict)

    def read(self, scene: Scene) -> set[int]:
        """What is wrong at this look."""
        volts = [voltage_mv / 1_000 for voltage_mv in scene.voltage_mv[: self.phases]]
        has_l1 = not (self.meters and self._lasted("l1", volts[0] < 115, 500))
        has_mains = not self._lasted("none", all(volt < 46 for volt in volts), 100)
        outage = self.meters and not has_mains
        rows = [
            (code.MAINS_LOSS, not has_mains, 0),
            (code.MAINS_UNDERVOLTAGE, has_mains and any(volt < 195 for volt in volts), 10_000),
            (code.MAINS_UNDERVOLTAGE, has_mains and any(volt < 180 for volt in volts), 500),
            (code.MAINS_OVERVOLTAGE, any(volt > 264 for volt in volts), 1_000),
            (code.MAINS_OVERVOLTAGE, any(volt > 276 for volt in volts), 100),
            (code.MAINS_PHASE_LOSS, has_mains and any(volt < 115 for volt in volts), 1_000),
            (code.MAINS_FREQUENCY, has_mains and not 47 <= scene.mains_mhz / 1_000 <= 52, 1_000),
            (code.MAINS_POLARITY, scene.earth_neutral_mv > 50_000, 1_000),
            (code.MAINS_ROTATION, self._turns_wrong(volts, scene), 1_000),
            (code.PE_LOST, has_l1 and not outage and scene.earth_edges < 8, 500),
            (code.PEN_FAULT, has_mains and any(not 207 <= volt <= 253 for volt in volts), 4_000),
        ]
        return {fault for place, (fault, there, hold) in enumerate(rows) if self._outweighs(place, there, hold)}

    def is_good(self, scene: Scene) -> bool:
        """Everything of the supply has been in its band for five seconds."""
        volts = [voltage_mv / 1_000 for voltage_mv in scene.voltage_mv[: self.phases]]
        good = (
            all(195 <= volt <= 264 for volt in volts)
            and 47_000 <= scene.mains_mhz <= 52_000
            and scene.earth_neutral_mv <= 50_000
        )
        return self._lasted("good", good, 5_000)

    def _turns_wrong(self, volts: list[float], scene: Scene) -> bool:
        return len(volts) == 3 and all(volt >= 115 for volt in volts) and not scene.rotation_ok

    def _outweighs(self, row: int, there: bool, hold_ms: int) -> bool:
        """It is there, and was for `hold_ms` longer than it was not. An outage is told by its last moments alone."""
        if row == 0:
            return there
        was_there, counted_ms = self.counted.get(row, (False, 0))
        counted_ms = max(0, min(hold_ms, counted_ms + (LOOK_MS if was_there else -LOOK_MS)))
        self.counted[row] = there, counted_ms
        return there and counted_ms >= hold_ms

    def _lasted(self, row: str, there: bool, hold_ms: int) -> bool:
        self.held_ms[row] = self.held_ms.get(row, -LOOK_MS) + LOOK_MS if there else -LOOK_MS
        return there and self.held_ms[row] >= hold_ms


def show(alone: Alone, scene: Scene) -> None:
    inputs = alone.situation.inputs
    inputs.voltage_mv = scene.voltage_mv
    inputs.mains_mhz = scene.mains_mhz
    inputs.earth_edges = scene.earth_edges
    inputs.earth_neutral_mv = scene.earth_neutral_mv
    inputs.rotation_ok = scene.rotation_ok


@costly(80, search=2_000)
@given(SCRIPTS, st.sampled_from((1, 3)), st.booleans())
def test_guards_and_table_believe_the_same_at_every_look(script: list[Scene], phases: int, sparse: bool) -> None:
    kind = Kind(has=METERING | EARTH_SENSE, phases=phases, open_pen=True, earthing=TN)
    mains, earth, pen = guards = [Alone(make, kind, sparse=sparse) for make in (Mains, Earth, OpenPen)]
    reader = Reader(phases)
    now = 0
    for scene in script:
        for place in range(scene.stays_ms // LOOK_MS):
            for alone in guards:
                show(alone, scene)
                alone.look(now, changed=place == 0)
            assert mains.present() | earth.present() | pen.present() == reader.read(scene)
            assert mains.is_in_the_way(now) != reader.is_good(scene)
            now += LOOK_MS


@settings(max_examples=40, deadline=None)
@given(SCRIPTS, st.booleans())
def test_a_board_without_metering_judges_earth_by_its_edges_alone(script: list[Scene], sparse: bool) -> None:
    earth = Alone(Earth, Kind(has=EARTH_SENSE), sparse=sparse)
    reader = Reader(3, meters=False)
    now = 0
    for scene in script:
        for place in range(scene.stays_ms // LOOK_MS):
            show(earth, scene)
            earth.look(now, changed=place == 0)
            assert earth.present() == reader.read(scene) & {code.PE_LOST}
            now += LOOK_MS


@costly(80, search=2_000)
@given(SCRIPTS)
def test_nothing_stays_closed_on_a_dead_phase_or_without_earth(script: list[Scene]) -> None:
    """Whatever comes and goes: 0.7 s without earth, or with a wired phase below 180 V, and the contactor is open."""
    kind = Kind(has=METERING | EARTH_SENSE)
    guards = [Alone(make, kind, sparse=False) for make in (Mains, Earth)]
    faults = Faults(guards[0].guard.checks + guards[1].guard.checks)
    without_earth_ms = dead_ms = 0
    now = 0
    for scene in script:
        for _ in range(scene.stays_ms // LOOK_MS):
            for alone in guards:
                show(alone, scene)
                alone.look(now, changed=True)
            without_earth_ms = without_earth_ms + LOOK_MS if scene.earth_edges < 8 else 0
            dead_ms = dead_ms + LOOK_MS if min(scene.voltage_mv) < 180_000 else 0
            faults.observe(guards[0].situation, now)
            if without_earth_ms > 700 or dead_ms > 700:
                assert faults.reaction == OPEN
            now += LOOK_MS
