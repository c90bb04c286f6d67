"""What the agent reads and writes on the wires of `sim-single`, as plain bytes at its pace: the floor's plan."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.connector.meter_watch import ACTIVE_CYCLE_S, IDLE_CYCLE_S
from agent.drivers.meters.maps import load_map
from firmware_sim.firmware import load_module
from firmware_sim.modbus_frames import rtu_frame

STATUSES_PER_S = 5
STATUSES_PER_WISH = 2
"""A wish goes along with a status once it is 0.35 s old, so it wakes nobody up by itself."""
OFFERED_DA = 160
MAP, ADDRESS = "eastron-sdm630", 1


@dataclass(frozen=True, slots=True)
class Polling:
    """One of the two paces of the meter; the board's is always the same."""

    meter_every_s: float

    @property
    def per_s(self) -> str:
        """For a reader of the table."""
        meter = f"a meter reading every {self.meter_every_s:g} s"
        return f"{STATUSES_PER_S} statuses of the board a second, a wish with every {STATUSES_PER_WISH}nd, {meter}"

    def plan(self, world: Path, url: str) -> str:
        """For `bare_reader`."""
        lines = [
            _line(world / "pilot", _wish(), with_every=STATUSES_PER_WISH),
            _line(world / "rs485", _meter_request(), every_s=self.meter_every_s),
            _line(world / "reader", b""),
        ]
        return json.dumps({"url": url, "lines": lines})


IDLE = Polling(IDLE_CYCLE_S)
CHARGING = Polling(ACTIVE_CYCLE_S)


def _line(path: Path, writes: bytes, *, every_s: float = 0.0, with_every: int = 0) -> dict[str, Any]:
    return {"path": str(path), "writes": writes.hex(), "every_s": every_s, "with_every": with_every}


def _wish() -> bytes:
    messages, frames = load_module("messages"), load_module("frames")
    octets: bytes = frames.frame(
        messages.pack(messages.WISH, (1, False, OFFERED_DA, False, 4, 0, True, True, False, None))
    )
    return octets


def _meter_request() -> bytes:
    block = load_map(MAP).plans[0][0]
    return rtu_frame(
        ADDRESS, bytes([block.function]) + block.address.to_bytes(2, "big") + block.count.to_bytes(2, "big")
    )
