"""How often a meter can be read at best: what the octets take on its line, and the silence it wants. Pure."""

from __future__ import annotations

from agent.drivers.meters.maps import MeterMap
from agent.drivers.modbus.block import Block
from agent.drivers.modbus.line import SILENCE_AT_LEAST_S, SILENT_CHARACTERS, SLACK_S

REQUEST_BYTES = 8
"""Unit, function, address, count, checksum."""
BUS_PAUSE_S = 0.01
"""The least silence a bus keeps where neither the meter nor the board file wants more (buses/modbus_rtu.py)."""


def wire_s(block: Block, byte_s: float) -> float:
    """What a request and its answer take on the line, and nothing else."""
    return (REQUEST_BYTES + block.answer_bytes) * byte_s


def silence_s(meter: MeterMap, byte_s: float) -> float:
    """Between one frame on the line and the next request to this meter."""
    return max(meter.pause_s, SILENT_CHARACTERS * byte_s, SILENCE_AT_LEAST_S, BUS_PAUSE_S)


def cycle_s(meter: MeterMap, byte_s: float, reaction_s: float = 0.0) -> float:
    """One pass of the longest plan, silences included; `reaction_s` is what the meter takes to begin an answer.

    Without it this is the floor of the wire: no master can read the same blocks faster.
    """
    blocks = meter.plans[0]
    return sum(wire_s(block, byte_s) + silence_s(meter, byte_s) + reaction_s for block in blocks)


def factory_byte_s(meter: MeterMap) -> float | None:
    """The time of a byte on the line as the meter leaves its factory; None where that is no serial line, or unknown."""
    if not meter.factory_line:
        return None
    baud, frame = meter.factory_line.split()
    return (1 + int(frame[0]) + (frame[1] != "N") + int(frame[2])) / int(baud)


def refresh_s(meter: MeterMap, byte_s: float, meters: int, reaction_s: float) -> float:
    """How often each of so many equal meters on a line can be read, by this agent and without a cycle of its own."""
    return meters * (cycle_s(meter, byte_s, reaction_s) + len(meter.plans[0]) * SLACK_S)
