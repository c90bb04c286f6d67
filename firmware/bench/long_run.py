"""Ten minutes of a charging board, step by step, and what each costs this interpreter: heap, time, collections.

The board has everything that a board can have but the update, and its analogue readings never repeat: a converter's do
not. How they get into `Inputs` is the pins' business and not counted.

`micropython long_run.py SECONDS FILE`. The clock of the board is the loop's own count of 5 ms steps; a step is one poll
as `main.py` makes it. Prints lines of `name number` in bytes. Into FILE go the microseconds of each step, four octets
each, the lowest first, with `COLLECTED` added where a collection fell into it. The work is the same in every run:
whoever started several takes the least of each step, and other programs of the machine are no part of it.

Figures of garbage collection are MicroPython's: under CPython they are 0.
"""

import gc
import sys
import time
from array import array

if __name__ == "__main__":
    HERE = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
    sys.path.insert(0, HERE)
    sys.path.insert(0, HERE + "/../pilot_board")
    # As `main.py` does: what compiling leaves behind is collected before it lies between what stays.
    getattr(gc, "threshold", int)(4_096)

from board import Board
from fake_contactor import FakeContactor
from fake_generator import FakeGenerator
from fake_hal import FakeHal
from fake_lock import FakeLock
from fake_residual import FakeResidual
from frames import frame
from full_kind import EVERYTHING
from hal import X2
from kind import Kind
from messages import IDENTIFY, WISH, pack, table_hash
from wishes import wish_of

getattr(gc, "threshold", int)(-1)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from inputs import Inputs

STEP_MS = 5
PAGE = 200
"""Steps between two writes: one second."""
COLLECTED = 1 << 30
WISH_EVERY_MS = 500
PAUSE_EVERY_MS = 60_000
PAUSE_MS = 12_000
"""Once a minute the car stops asking for a while, so that contacts move and messages vary."""
UNPLUGGED_MS = 5_000
"""The residual current module is tested meanwhile."""
OFFER_DA = 160
LOAD_MA = 16_000
CABLE_MV = 595
"""220 ohms: 32 A."""

ticks_us: "Callable[[], int]" = getattr(time, "ticks_us", lambda: time.perf_counter_ns() // 1_000)
memory_used: "Callable[[], int]" = getattr(gc, "mem_alloc", lambda: 0)


class Noise:
    """Small numbers that look random and are the same in every run."""

    def __init__(self) -> None:
        self._state = 1

    def within(self, most: int) -> int:
        """From -most to most."""
        # Numerical Recipes' generator; its low bits are too regular.
        self._state = (self._state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        return (self._state >> 8) % (2 * most + 1) - most


class NoisyHal(FakeHal):
    """Pins that are read before the step: `fetch` with the noise of a real converter, then `read` has nothing to do."""

    def __init__(self, now: int, kind: Kind) -> None:
        super().__init__(now, kind=kind)
        self._noise = Noise()

    def fetch(self, inputs: "Inputs") -> None:
        """The readings of this moment into the board's own."""
        super().read(inputs)
        within = self._noise.within
        inputs.high_mv += within(30)
        if inputs.low_mv is not None:
            inputs.low_mv += within(30)
        inputs.plus_mv += within(20)
        inputs.minus_mv += within(20)
        inputs.supply_mv += within(20)
        inputs.release_mv += within(20)
        volts, amperes, codes = inputs.voltage_mv, inputs.current_ma, inputs.ntc_codes
        inputs.voltage_mv = (volts[0] + within(300), volts[1] + within(300), volts[2] + within(300))
        inputs.current_ma = (amperes[0] + within(50), amperes[1] + within(50), amperes[2] + within(50))
        inputs.ntc_codes = (codes[0] + within(2), codes[1] + within(2), codes[2] + within(2), codes[3] + within(2))
        inputs.mains_mhz += within(10)
        inputs.earth_neutral_mv += within(50)
        inputs.lock_code += within(2)
        if inputs.pp_mv is not None:
            inputs.pp_mv += within(3)

    def read(self, inputs: "Inputs") -> bool:
        return True


class Tally:
    """The worst and the sum of what was seen."""

    def __init__(self) -> None:
        self.worst = 0
        self.total = 0
        self.count = 0

    def take(self, number: int) -> None:
        self.worst = max(self.worst, number)
        self.total += number
        self.count += 1


class LongRun:
    """A board, a car that charges and pauses, a host that talks; `steps` and the rest are what it cost."""

    def __init__(self, file: "BinaryIO") -> None:
        self.hal = NoisyHal(1_000, Kind(has=EVERYTHING))
        self.contactor = FakeContactor(self.hal)
        self.hal.contactor = self.contactor
        self.contactor.load_ma = LOAD_MA
        self.hal.pins.pp_mv = CABLE_MV
        self._models = (FakeResidual(self.hal), FakeLock(self.hal), FakeGenerator(self.hal))
        self.board = Board(self.hal)
        self.allocated = Tally()
        self.collections = 0
        self.heap = Tally()
        self.closings = 0
        self._wishes = 0
        self._file = file
        self._page = array("I", bytes(4 * PAGE))

    def run(self, seconds: int) -> None:
        """As long as that in the board's time."""
        self.hal.to_board = frame(pack(IDENTIFY, (1, table_hash())))
        for turn in range(seconds * 1_000 // STEP_MS):
            self._prepare(turn * STEP_MS)
            self._step(turn)
        self.closings = self.board.interlock.situation.contactor.closings

    def _prepare(self, elapsed_ms: int) -> None:
        hal = self.hal
        hal.now += STEP_MS
        hal.settle_contactor()
        for model in self._models:
            model.look()
        if elapsed_ms % WISH_EVERY_MS == 0:
            self._wishes += 1
            insertions = self.board.interlock.situation.pilot.insertions
            wish = wish_of(self._wishes, True, OFFER_DA, locks=True, insertion=insertions)
            hal.to_board += frame(pack(WISH, wish))
        if elapsed_ms < UNPLUGGED_MS:
            hal.show("A")
        else:
            pauses = elapsed_ms % PAUSE_EVERY_MS < PAUSE_MS
            hal.show("B" if pauses or hal.mode != X2 else "C")
        hal.from_board = bytearray()
        hal.history.clear()
        hal.fetch(self.board.interlock.situation.inputs)

    def _step(self, turn: int) -> None:
        used = memory_used()
        began = ticks_us()
        self.board.poll()
        took = ticks_us() - began
        now_used = memory_used()
        self.heap.take(now_used)
        if now_used < used:
            self.collections += 1
            took += COLLECTED
        else:
            self.allocated.take(now_used - used)
        self._page[turn % PAGE] = took
        if turn % PAGE == PAGE - 1:
            self._file.write(self._page)


def main() -> None:
    """Prints the figures."""
    gc.collect()
    at_start = memory_used()
    with open(sys.argv[2], "wb") as file:  # no pathlib under MicroPython
        run = LongRun(file)
        run.run(int(sys.argv[1]))
    gc.collect()
    figures = (
        ("closings", run.closings),
        ("modules_bytes", at_start),
        ("resident_bytes", memory_used()),
        ("peak_bytes", run.heap.worst),
        ("allocated_a_step_bytes", run.allocated.total // max(1, run.allocated.count)),
        ("allocated_at_most_bytes", run.allocated.worst),
        ("collections", run.collections),
    )
    for name, number in figures:
        sys.stdout.write(name + " " + str(number) + "\n")


if __name__ == "__main__":
    main()
