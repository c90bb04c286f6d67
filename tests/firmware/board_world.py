"""The world of the fullest boards, for state machines: a bench with its contactor, service, and ways to go wrong."""

from __future__ import annotations

from dataclasses import dataclass

from bench import Bench
from board import Board
from fake_contactor import FakeContactor, fitted
from hal import COIL_OFF, X1
from hypothesis import strategies as st
from inputs import RESIDUAL_ERROR
from kind import CHAIN_FEEDBACK, LOAD_SENSE, METERING, RESIDUAL_CURRENT, SOCKET, Kind
from messages import IDENTIFY, table_hash
from socket_checks import OPEN_MV, PP_MV

GOOD_MV = (230_000, 230_000, 230_000)
VOLTS = st.sampled_from((0, 40, 100, 179, 181, 194, 196, 207, 230, 253, 263, 265, 277))
MILLIAMPERES = st.sampled_from((0, 400, 600, 6_900, 16_000, 17_700, 33_000, 41_000, 200_000, -17_700))
CABLES_MV = st.sampled_from((*PP_MV.values(), OPEN_MV))
CODES = st.sampled_from((2_048, 2_048, 940, 815, 700, 600, 460, 380, 340, 4_095, 0, 3_990))
SHORT_MS = st.sampled_from((5, 10, 20, 25, 45, 70, 95, 100, 120, 250, 495, 500, 1_000))
LONG_MS = st.sampled_from((2_000, 3_000, 5_000, 8_000, 10_100, 31_000, 61_000))
JUST_BAD: tuple[tuple[str, object], ...] = (
    ("residual", RESIDUAL_ERROR), ("earth_edges", 7), ("plus_mv", 10_999), ("minus_mv", -13_001),
    ("pp_mv", PP_MV[680]), ("pp_mv", OPEN_MV), ("release_mv", 10_999), ("mains_mhz", 52_001), ("supply_mv", 8_999),
    ("voltage_mv", (230_000, 264_001, 230_000)), ("voltage_mv", (230_000, 230_000, 194_999)),
)  # fmt: skip
"""A pin, and the nearest value with which nothing may close."""
TROUBLES: tuple[tuple[str, object, int], ...] = (
    ("voltage_mv", (230_000, 179_000, 230_000), 1_000), ("voltage_mv", (230_000, 265_000, 230_000), 2_000),
    ("voltage_mv", (277_000,) * 3, 300), ("voltage_mv", (230_000, 230_000, 194_000), 11_000),
    ("voltage_mv", (206_000, 230_000, 230_000), 6_000), ("voltage_mv", (0, 0, 0), 800),
    ("mains_mhz", 46_999, 2_000), ("earth_edges", 7, 1_000), ("plus_mv", 10_999, 200), ("minus_mv", -13_001, 200),
    ("supply_mv", 8_999, 50), ("pp_mv", OPEN_MV, 200), ("pp_mv", PP_MV[1_500], 3_000),
    ("residual", RESIDUAL_ERROR, 200),
    ("ntc_codes", (2_048, 340, 2_048, 2_048), 2_000), ("ntc_codes", (2_048, 4_095, 4_095, 2_048), 2_000),
    ("ntc_codes", (500, 2_048, 2_048, 2_048), 2_000), ("ntc_codes", (2_048, 2_048, 2_048, 460), 2_000),
    ("ntc_codes", (4_095, 2_048, 2_048, 2_048), 2_000), ("load_ma", 40_100, 2_000), ("load_ma", 200_000, 400),
    ("load_ma", 17_700, 9_000), ("mirror_stays", True, 1_000),
)  # fmt: skip
"""A pin, what it shows while a car charges, and for how long: some longer than anything may stay closed with it."""
LACKS = st.sampled_from((0, 0, 0, LOAD_SENSE, METERING, LOAD_SENSE | METERING, CHAIN_FEEDBACK, RESIDUAL_CURRENT))
"""What some boards do not have: then the other parts are alone."""
NUMBER = 7
"""Of every request here: a repeated one is answered as before, another one under it is taken for new."""


@dataclass(slots=True)
class World:
    """One bench with its contactor, and what it takes to start its program anew."""

    bench: Bench
    contactor: FakeContactor
    boots: int = 0

    def restart(self, cause: str) -> None:
        """Outputs fall to their reset levels; the program finds what it has kept."""
        bench, hal = self.bench, self.bench.hal
        self.boots += 1
        hal.coil(COIL_OFF)
        hal.cp_drive(X1, 0)
        hal.cp_disconnect(False)
        hal.residual_test(False)
        hal.lock(0)
        hal.to_board = b""
        hal._boot_id = f"{self.boots:08x}"
        hal._reset_cause = cause
        bench.watch.restarted()
        bench.board = Board(hal)
        bench.write(IDENTIFY, (1, table_hash()))
        bench._due = hal.now
        bench.touch()

    def service(self) -> None:
        """Somebody mends everything, clears all latches, and starts the board."""
        hal, bench = self.bench.hal, self.bench
        self.contactor.free()
        self.contactor.load_ma = None
        bench.residual.dead = bench.residual.stuck = bench.residual.emergency_stop = False
        bench.residual.error, bench.residual.trip_ms = 0, 400
        bench.residual.is_in_chain = bench.residual.obeys_reset = True
        bench.lock.is_jammed = bench.lock.feedback_is_broken = False
        bench.generator.counter_works, bench.generator.frequency_mhz, bench.generator.duty_error = True, 1_000_000, 0
        hal.frozen, hal.samples_high = False, 100
        pins = hal.pins
        pins.voltage_mv, pins.current_ma, pins.mains_mhz, pins.earth_edges = GOOD_MV, (0, 0, 0), 50_000, 10
        pins.plus_mv, pins.minus_mv, pins.supply_mv, pins.release_mv = 12_000, -12_000, 12_000, 12_000
        pins.ntc_codes, pins.earth_neutral_mv, pins.rotation_ok = (2_048,) * 4, 0, True
        for name in ("latches", "boots"):
            hal.kept.pop(name, None)
        bench.touch()
        bench.run(3_000)
        bench.watch.served()
        self.restart("power")


def world(has: int, *, sparse: bool, open_pen: bool) -> World:
    bench = Bench(sparse, kind=Kind(has=has, open_pen=open_pen))
    contactor = fitted(bench)
    # Whole windows: whoever polls every 5 ms then sees the same at the same time as whoever polls when due.
    contactor.close_mirror_ms, contactor.close_main_ms = 10, 20
    contactor.open_main_ms, contactor.open_mirror_ms, contactor.bounces = 25, 30, 0
    bench.locks = True
    if has & SOCKET:
        bench.hal.pins.pp_mv = PP_MV[220]
    bench.touch()
    return World(bench, contactor)
