"""Three simulated meters on one serial line, until it is ended. `… meter_line PATH MODEL BAUD` makes the line."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

from firmware_sim.meter_models import MODELS
from firmware_sim.meters.points import Reading
from firmware_sim.modbus_line import RtuLine
from firmware_sim.modbus_meter import ModbusMeter
from firmware_sim.serial_wire import SerialWire
from firmware_sim.timeline import Timeline

UNITS = (1, 2, 3)
POWER_W = 11_040.0


def measured() -> dict[str, Reading]:
    """A car that charges with 16 A on each phase, with the ripple that real voltages have."""
    now_s = asyncio.get_running_loop().time()
    energy_wh = 10_000 + POWER_W * now_s / 3600
    readings: dict[str, Reading] = {"frequency": 50.0, "power_total": POWER_W, "energy_import_total": energy_wh}
    for phase in ("l1", "l2", "l3"):
        readings |= {f"voltage_{phase}": 230 + now_s % 1, f"current_{phase}": 16.0, f"power_{phase}": POWER_W / 3}
    return readings


async def main(path: Path, model: str, baud: int) -> None:
    loop = asyncio.get_running_loop()
    meters = [ModbusMeter(unit, MODELS[model], measured, random.Random(unit)) for unit in UNITS]
    line = RtuLine(Timeline(loop), meters, baud)
    line.wire = SerialWire(loop, path, line.received, random.Random(1))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
