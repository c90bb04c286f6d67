"""What the board starts first: it starts the program in one of the two slots. Never updated, therefore tiny.

On the board it lies as `main.py` in the root of the file system, beside `slot_record.py` and the folders `a` and `b`
(`python -m tools.firmware_image lay-out`). As a process: `micropython FOLDER/main.py` and the program's own arguments.
"""

import sys

from slot_record import TRIED, Flash, newest, start

HERE = __file__.rsplit("/", 1)[0] if "/" in __file__ else ""
IMPORT_MS = 8_000
"""A program that has not started its own watchdog by then never will."""
TRIAL_MS = 70_000
"""The program itself gives up after 60 s; this is for one that forgets."""


def watch(flash: Flash) -> None:
    """Reset a program that hangs while it starts, or that does not prove itself."""
    from machine import WDT, Timer, reset

    def look(_: Timer) -> None:
        if newest(flash).state == TRIED:
            reset()

    WDT(timeout=IMPORT_MS)
    if newest(flash).state == TRIED:
        Timer(-1, mode=Timer.ONE_SHOT, period=TRIAL_MS, callback=look)


def run() -> None:
    """Start the chosen program. One that ends, however it ends, has failed: once more from the beginning."""
    flash = Flash(HERE)
    slot = start(flash)
    # A process is watched from outside.
    if sys.platform == "rp2":
        watch(flash)
    sys.path.insert(0, HERE + "/" + slot)
    try:
        __import__("main")
    except Exception as error:  # noqa: BLE001  # whatever it was, the next start must come
        sys.print_exception(error)
    if sys.platform == "rp2":
        from machine import WDT

        # After `reset` the next start would look ordered, and an ordered one is no short life.
        WDT(timeout=1)
        while True:
            pass
    sys.exit(1)


run()
