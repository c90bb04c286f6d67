"""Start of the firmware: find the pins this interpreter has, then loop.

On the board MicroPython runs this file by itself. As a process, for the simulator: `micropython main.py BOOT_ID CAUSE
FOLDER KIND…`, where FOLDER keeps what outlives it and KIND are fields of `kind.Kind`, as in `has=12`.
"""

import sys
import time

from board import Board

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hal import Hal

LOOP_MS = 5


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
    turn_at = time.ticks_ms()
    while True:
        board.poll()
        turn_at = time.ticks_add(turn_at, LOOP_MS)
        wait_ms = time.ticks_diff(turn_at, time.ticks_ms())
        if wait_ms > 0:
            time.sleep_ms(wait_ms)
        else:
            turn_at = time.ticks_ms()


run(pins())
