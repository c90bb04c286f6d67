"""`python -m tools.check_meter_map FILE`: a meter's register map before a charger relies on it.

    python -m tools.check_meter_map acme-pm3.toml                            is it good, and what does it ask for
    python -m tools.check_meter_map acme-pm3.toml --frames recorded.json     what it makes of recorded frames
    python -m tools.check_meter_map acme-pm3.toml --port /dev/ttyUSB0        what it makes of a meter
    … --record recorded.json --case "a kettle" --device "PM3, firmware 1.4, 2026-03-01"      and keep the frames

`--host ADDRESS` in place of `--port` is a meter or a gateway on Modbus TCP. A meter is only ever read.

Exit codes: 0 good, 1 not, 2 wrong use.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import sys
import textwrap
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from agent.clock import SystemClock
from agent.drivers.buses import modbus_rtu, modbus_tcp
from agent.drivers.meters.map_files import file_of, read_map
from agent.drivers.meters.maps import MapTable, MeterMap, Point, Value, known_maps, made
from agent.drivers.meters.modbus_meter import ModbusMeter
from agent.drivers.meters.pace import cycle_s, factory_byte_s
from agent.drivers.meters.sample import Implausible, sample_from
from agent.drivers.modbus.block import Block
from agent.drivers.modbus.line import Device, Line
from agent.drivers.serial_device import LineSettings, Parity
from agent.errors import AgentError
from tools.meter_frames import BadFrames, Exchange, Vector, add_vector, frames_of, read_vectors

UNITS = {
    "power_factor": "",
    "apparent_power": "VA",
    "reactive_power": "var",
    "voltage": "V",
    "current": "A",
    "power": "W",
    "frequency": "Hz",
    "energy": "Wh",
}
USUAL_LINE = "9600 8N1"
WIDTH = 110
CLOSE = 1e-6
"""Relative; what a 32-bit float may differ by."""


def main(arguments: list[str] | None = None) -> int:
    """Print what was found; returns the exit code."""
    return asyncio.run(carry_out(arguments))


async def carry_out(arguments: list[str] | None = None) -> int:
    """`main` inside a loop that is there already."""
    typed = _parsed(arguments)
    try:
        written = read_map(typed.file)
        meter = made(typed.file.stem, written)
        if typed.frames is not None:
            return decode_all(read_vectors(typed.frames, meter.id), meter)
        if typed.port is not None or typed.host is not None:
            await read_meter(typed, meter)
        else:
            print("\n".join(described(typed.file, written, meter)))
    except (AgentError, BadFrames) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    """What was typed, a map of ours by its name too. Ends with exit code 2 for what goes nowhere."""
    top = parser()
    typed = top.parse_args(arguments)
    if typed.port is None and typed.host is None and (typed.address is not None or typed.record is not None):
        top.error("--address and --record are about a meter; say where it is: --port PATH or --host ADDRESS")
    typed.address = 1 if typed.address is None else typed.address
    if not typed.file.exists() and str(typed.file) in known_maps():
        typed.file = file_of(str(typed.file))
    return typed


def _numeric(typed: str) -> str:
    try:
        ipaddress.ip_address(typed)
    except ValueError as error:
        what = f'"{typed}" is no numeric address; find it by: getent hosts {typed}'
        raise argparse.ArgumentTypeError(what) from error
    return typed


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m tools.check_meter_map", description=(__doc__ or "").partition("\n")[0]
    )
    top.add_argument("file", type=Path, help="the map, as acme-pm3.toml, or the name of one of ours")
    top.add_argument("--frames", type=Path, metavar="JSON", help="decode recorded frames")
    wire = top.add_mutually_exclusive_group()
    wire.add_argument("--port", metavar="PATH", help="serial port of a meter to read")
    wire.add_argument(
        "--host", type=_numeric, metavar="ADDRESS", help="numeric address of a meter or gateway on Modbus TCP"
    )
    top.add_argument("--tcp-port", type=int, default=502)
    top.add_argument("--address", type=int, help="the unit on the line (1)")
    top.add_argument("--number", type=int, default=1, help="which meter of a SunSpec device (1)")
    top.add_argument("--baud", type=int, default=9600)
    top.add_argument("--parity", type=Parity, default=Parity.NONE, help="N, E or O (N)")
    top.add_argument("--stop-bits", type=int, choices=(1, 2), default=1)
    top.add_argument("--record", type=Path, metavar="JSON", help="add what was read to this file")
    top.add_argument("--case", default="read once", help="what the meter measures meanwhile")
    top.add_argument("--device", default="", help="model, firmware and date, for the record")
    return top


# --- what it asks for


def described(file: Path, written: MapTable, meter: MeterMap) -> Iterator[str]:
    """What a person compares with the data sheet."""
    yield f"{file} is good: {written.vendor} {', '.join(written.models)}."
    if meter.sunspec_models:
        models = " or ".join(map(str, meter.sunspec_models))
        yield f"Looked for: SunSpec model {models}; addresses count from its header."
    asked_once = (*meter.identity_blocks, *meter.optional_identity_blocks)
    if asked_once:
        yield "Asked once, to know who it is:"
        yield from (_line_of(block, meter) for block in asked_once)
    for place, plan in enumerate(meter.plans):
        yield f"{'Asked' if place == 0 else 'Or, where it refuses that,'} for each reading:"
        yield from (_line_of(block, meter) for block in plan)
    blocks = {*asked_once, *(block for plan in meter.plans for block in plan)}
    if unread := [name for name, point in meter.points.items() if not any(_holds(block, point) for block in blocks)]:
        yield f"Never asked for: {', '.join(_gathered(unread))}."
    line = meter.factory_line or USUAL_LINE
    cycle = cycle_s(meter, factory_byte_s(meter) or 10 / 9600)
    yield f"One reading takes {cycle * 1000:.0f} ms of a line at {line}, and the meter's own time."


def _line_of(block: Block, meter: MeterMap) -> str:
    names = ", ".join(_gathered(name for name, point in meter.points.items() if _holds(block, point)))
    return textwrap.fill(
        names or "nothing of this map", WIDTH, initial_indent=f"  {block!s:<27} ", subsequent_indent=" " * 30
    )


def _holds(block: Block, point: Point) -> bool:
    return block.holds(point.function, point.address, point.count)


def _gathered(names: Iterable[str]) -> list[str]:
    """The three phases of a quantity as one word."""
    left = list(names)
    for stem in dict.fromkeys(name[:-3] for name in left if name.endswith("_l1")):
        three = [f"{stem}_l{phase}" for phase in (1, 2, 3)]
        if all(name in left for name in three):
            left[left.index(three[0])] = f"{stem}_l1…l3"
            left = [name for name in left if name not in three]
    return left


# --- what it makes of registers


def decode_all(vectors: list[Vector], meter: MeterMap) -> int:
    """Print what the map makes of each, beside what it should be; 1 where they differ."""
    wrong = 0
    for vector in vectors:
        print(f"{vector.case}:")
        values = _values(vector.exchanges, meter)
        differing = [name for name, value in vector.values.items() if not _agrees(values.get(name), value)]
        for line in told(values):
            print(line)
        for name in differing:
            print(f"  WRONG: {name} should be {_shown(name, vector.values[name])}")
        wrong += len(differing)
        if _is_whole(vector.exchanges, meter):
            print(f"  {verdict(vector.exchanges, meter)}")
    print("All values are as recorded." if not wrong else f"{wrong} value(s) differ from what was recorded.")
    return 1 if wrong else 0


def _is_whole(exchanges: Iterable[Exchange], meter: MeterMap) -> bool:
    """Whether it is a reading, and not a part of one."""
    blocks = {block for block, _ in exchanges}
    return any(blocks.issuperset(plan) for plan in meter.plans)


def _values(exchanges: Iterable[Exchange], meter: MeterMap) -> dict[str, Value]:
    return {name: value for block, registers in exchanges for name, value in meter.values(block, registers).items()}


def _agrees(value: Value, wanted: Value) -> bool:
    if isinstance(value, str) or isinstance(wanted, str) or value is None or wanted is None:
        return value == wanted
    return abs(value - wanted) <= CLOSE * abs(wanted)


def told(values: Mapping[str, Value]) -> Iterator[str]:
    """One line for each value, with its unit."""
    for name, value in values.items():
        yield f"  {name:<22} {_shown(name, value)}"


def _shown(name: str, value: Value) -> str:
    unit = next((unit for quantity, unit in UNITS.items() if name.startswith(f"{quantity}_") or name == quantity), "")
    if value is None:
        return "no value"
    return f"{value:.7g} {unit}".strip() if isinstance(value, float) else f"{value} {unit}".strip()


def verdict(exchanges: Iterable[Exchange], meter: MeterMap) -> str:
    """Whether the driver would believe these blocks."""
    try:
        sample_from(dict(exchanges), meter, SystemClock().now())
    except Implausible as error:
        return f"The driver would not believe this: the meter tells {error}."
    return "The driver would believe this."


# --- a meter


class Recorder:
    """A line that remembers what its meter said."""

    def __init__(self, line: Line) -> None:
        self.name = line.name
        self.heard: list[Exchange] = []
        self._line = line

    async def read(self, device: Device, block: Block) -> tuple[int, ...]:
        registers = await self._line.read(device, block)
        self.heard.append((block, registers))
        return registers


async def read_meter(typed: argparse.Namespace, meter: MeterMap) -> None:
    """Read it once and print every value. Raises DriverError as the charger would see it, BadFrames."""
    line = _line(typed)
    recorder = Recorder(line)
    device = Device(unit=typed.address, pause_s=meter.pause_s, answer_timeout_s=meter.answer_timeout_s)
    driver = ModbusMeter(typed.file.name, recorder, meter, device, number=typed.number, clock=SystemClock())
    await line.open()
    try:
        await _printed(driver.read, recorder, driver, meter)
    finally:
        await line.aclose()
    if typed.record is not None:
        _record(typed, recorder, driver)


async def _printed(
    read: Callable[[], Awaitable[object]], recorder: Recorder, driver: ModbusMeter, meter: MeterMap
) -> None:
    """The values stand there also where they are not believed: they show which mistake it is."""
    try:
        await read()
    finally:
        located = meter if driver.met is None else driver.met.meter
        if driver.met is not None:
            print(f"{driver.met.model} answers.")
        for each in told(_values(recorder.heard, located)):
            print(each)
    print("The driver believes this.")


def _line(typed: argparse.Namespace) -> Line:
    if typed.host is not None:
        return modbus_tcp.create(typed.host, modbus_tcp.Options(host=typed.host, port=typed.tcp_port))
    settings = LineSettings(port=typed.port, baud=typed.baud, parity=typed.parity, stop_bits=typed.stop_bits)
    return modbus_rtu.create(typed.port, modbus_rtu.Options(**_fields(settings)))


def _fields(settings: LineSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in ("port", "baud", "parity", "stop_bits")}


def _record(typed: argparse.Namespace, recorder: Recorder, driver: ModbusMeter) -> None:
    assert driver.met is not None
    asked_once = {*driver.met.meter.identity_blocks, *driver.met.meter.optional_identity_blocks}
    reading = [one for one in recorder.heard if one[0] not in asked_once]
    values = {name: value for name, value in _values(reading, driver.met.meter).items() if value is not None}
    entry = {"meter": typed.file.stem, "case": typed.case, "unit": typed.address}
    entry |= {"recorded_on": typed.device} if typed.device else {}
    entry |= {"frames": frames_of(typed.address, reading), "values": values}
    identity = [one for one in recorder.heard if one[0] in asked_once]
    add_vector(typed.record, entry, frames_of(typed.address, identity))
    print(f"Kept in {typed.record}: compare its values with the meter's display before you rely on them.")


if __name__ == "__main__":
    sys.exit(main())
