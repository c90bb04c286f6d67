"""ST506 meter.comm: fifty real readings, and what the bus counted meanwhile.

A reading is more than one exchange, and the bus repeats what was lost: so the counters tell of trouble that no failed
reading shows.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.commissioning.model import Outcome
from agent.errors import DriverError
from agent.selftest.bench import Bench
from agent.selftest.judging import metering
from agent.selftest.wired import wired

VERSION = 2
READINGS = 50
LONGEST_S = 40.0
"""A line that answers late takes minutes for it, and what it lost by then says enough."""


async def run(bench: Bench) -> Outcome:
    before = _counted(bench)
    failures, registers = [], []
    done, began = 0, bench.now()
    while done < READINGS and bench.now().since(began) < LONGEST_S:
        done += 1
        try:
            sample = await bench.read_meter()
        except DriverError as error:
            failures.append(error.what)
            await bench.wait(0.1)
            continue
        if sample.register_wh is not None:
            registers.append(sample.register_wh)
    after = _counted(bench)
    counted = {what: after[what] - before.get(what, 0) for what in metering.LOSSES if what in after}
    look = metering.LineLook(
        readings=done,
        failures=tuple(failures),
        counted=counted,
        p95_answer_s=after.get("p95_answer_s"),
        registers_wh=tuple(registers),
    )
    return metering.line(look)


def _counted(bench: Bench) -> Mapping[str, float]:
    """What its bus counts of this meter; empty where it has a port of its own."""
    options = wired(bench).drivers["meter"].options
    bus = bench.wires().get(str(options.get("bus", "")))
    return {} if bus is None else bus.statistics().get(f"unit {options.get('address')}", {})
