"""Start of the firmware: find the pins this interpreter has, then loop.

On the board MicroPython runs this file by itself. As a process, for the simulator: `micropython main.py BOOT_ID CAUSE
FOLDER KIND…`, where FOLDER keeps what outlives it and KIND are fields of `kind.Kind`, as in `has=12`.
"""

import gc
import sys
import time

# Compiling leaves garbage between what stays. Collected early it leaves one piece of free memory, not many small ones.
gc.threshold(4_096)

from board import Board  # noqa: E402

gc.threshold(-1)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hal import Hal

LOOP_MS = 5
COLLECT_TURNS = 200
"""Once a second, while the coil has no current, garbage goes: a charge then begins with the whole heap free (safety
reference, section 12)."""


def pins() -> "Hal":
    """The board this program runs on."""
    if sys.platform == "rp2":
        from boards.rp2040 import Rp2040

        return Rp2040()
    from boards.unix import Unix

    return Unix(*sys.argv[1:])


def run(hal: "Hal") -> None:
    """Poll every `LOOP_MS`, for ever. A loop that stops is stopped by the charge pump and by the watchdog, not here."""
    board = Board(hal)
    contactor = board.interlock.situation.contactor
    turn_at = time.ticks_ms()
    turns = 0
    while True:
        board.poll()
        turns += 1
        if turns >= COLLECT_TURNS and not contactor.energised:
            turns = 0
            gc.collect()
        turn_at = time.ticks_add(turn_at, LOOP_MS)
        wait_ms = time.ticks_diff(turn_at, time.ticks_ms())
        if wait_ms > 0:
            time.sleep_ms(wait_ms)
        else:
            turn_at = time.ticks_ms()


run(pins())
