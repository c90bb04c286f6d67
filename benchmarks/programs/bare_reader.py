"""The floor of polling: the wires of a charger held by a process that understands nothing of what it reads.

`… bare_reader PLAN` where PLAN is JSON: url, and per line its path, what to write, and when: every so many seconds,
or along with every n-th reading.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from benchmarks.programs.bare_client import main as stay_connected

READ_OCTETS = 4096


async def hold(path: str, writes: bytes, *, every_s: float, with_every: int) -> None:
    """Keep one line open, throw away what comes, and write at the agent's pace. 0 is never."""
    line = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    readings = 0

    def read() -> None:
        nonlocal readings
        os.read(line, READ_OCTETS)
        readings += 1
        if with_every and readings % with_every == 0:
            os.write(line, writes)

    asyncio.get_running_loop().add_reader(line, read)
    while every_s:
        os.write(line, writes)
        await asyncio.sleep(every_s)


async def main(plan: dict[str, Any]) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stay_connected(plan["url"]))
        for line in plan["lines"]:
            writes = bytes.fromhex(line["writes"])
            tasks.create_task(hold(line["path"], writes, every_s=line["every_s"], with_every=line["with_every"]))
        print("ready", flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
