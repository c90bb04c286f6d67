"""The floor of a loop: nothing but timers, timed like the agent's, ended by SIGTERM. `… timed_timers RESULT`"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from benchmarks.priority import take_priority
from benchmarks.stopwatch import Stopwatch

TIMERS = 50
EVERY_S = 1.0


async def main() -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)

    def ring(number: int) -> None:
        loop.call_later(EVERY_S, ring, number)

    for number in range(TIMERS):
        loop.call_later(EVERY_S * number / TIMERS, ring, number)
    await ended.wait()


if __name__ == "__main__":
    take_priority()
    watch = Stopwatch()
    watch.start()
    asyncio.run(main())
    watch.write(Path(sys.argv[1]))
