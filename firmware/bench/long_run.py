"""Ten minutes of a charging board, step by step, and what each costs this interpreter: heap, time, collections.

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

from board import Board
from fake_hal import FakeHal
from frames import frame
from hal import X2
from messages import IDENTIFY, WISH, pack, table_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

STEP_MS = 5
PAGE = 200
"""Steps between two writes: one second."""
COLLECTED = 1 << 30
WISH_EVERY_MS = 500
PAUSE_EVERY_MS = 60_000
PAUSE_MS = 8_000
"""Once a minute the car stops asking for a while, so that contacts move and messages vary."""

ticks_us: "Callable[[], int]" = getattr(time, "ticks_us", lambda: time.perf_counter_ns() // 1_000)
memory_used: "Callable[[], int]" = getattr(gc, "mem_alloc", lambda: 0)


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
        self.hal = FakeHal(1_000)
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
        if elapsed_ms % WISH_EVERY_MS == 0:
            self._wishes += 1
            hal.to_board += frame(
                pack(WISH, (self._wishes, True, 160, False, 4, self.board.interlock.situation.pilot.insertions, True))
            )
        pauses = elapsed_ms % PAUSE_EVERY_MS < PAUSE_MS
        hal.show("B" if pauses or hal.mode != X2 else "C")
        hal.from_board = bytearray()
        hal.history.clear()

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
