"""The two halves of `evsectl hardware scan`: what the agent holds and sees, and what this machine has besides."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.config.board_checks import located_drivers
from agent.control.verb import Arguments, Conversation
from agent.control.wire import Body, Done

if TYPE_CHECKING:
    from agent.config.model import BoardConfig
    from agent.control.ports import StationPort
    from agent.drivers.scan.finding import Finding
    from agent.drivers.scan.survey import PortReport

LINE_RESTS_S = 0.7
"""Between two questions on a line that the agent uses itself: its meters have at least two thirds of the time."""


# What the agent answers.


async def held(station: StationPort, arguments: Arguments, conversation: Conversation) -> Done:
    """Every port that the agent holds, and who answers on its serial Modbus lines beside its own devices."""
    from agent.drivers.modbus.line import Line, Unanswered

    board = station.config.board
    await conversation.say({"held": [{"name": name, "port": port} for name, port in _ports(board)]})
    for name, wire in station.wires().items():
        if arguments["quick"] or not isinstance(wire, Line) or not wire.is_serial:
            continue
        try:
            await _search(wire, _addresses(board, name), int(arguments["to"]), conversation)
        except Unanswered as error:
            problem = {"bus": name, "what": "cannot be asked", "write": [], "check": str(error)}
            await conversation.say({"units": [problem]})
    return Done({"units": []})


async def _search(line: Any, own: frozenset[int], most: int, conversation: Conversation) -> None:
    from agent.drivers.scan.modbus_units import meter_lines, search

    for address in sorted(own):
        what = f"address {address} (0x{address:02X}): in the board file; see: evsectl hardware test {line.name}"
        await conversation.say({"units": [{"bus": line.name, "what": what, "write": [], "check": ""}]})
    others = (address for address in range(1, most + 1) if address not in own)
    async for unit in search(line, others, rest_s=LINE_RESTS_S):
        found = [] if unit is None else [
            {
                "bus": line.name,
                "what": unit.words,
                "write": list(meter_lines(line.name, unit)),
                "check": unit.check,
            }
        ]  # fmt: skip
        # Said for nobody too: whoever waits shall not take the agent for stuck.
        await conversation.say({"units": found})


def _ports(board: BoardConfig) -> Iterator[tuple[str, str]]:
    """By the name that the board file has for it; a bus, or a device with a port of its own."""
    tables = [*((f"bus {bus.name}", bus.options) for bus in board.buses)]
    tables += [(driver.key, driver.options) for _, driver in located_drivers(board)]
    for name, options in tables:
        if isinstance(port := options.get("port"), str):
            yield name, port


def _addresses(board: BoardConfig, bus: str) -> frozenset[int]:
    """Of the devices that the agent itself has on a bus."""
    tables = [*(one.options for one in board.buses), *(driver.options for _, driver in located_drivers(board))]
    found = (options.get("address") for options in tables if options.get("bus") == bus)
    return frozenset(address for address in found if isinstance(address, int))


# What evsectl looks for itself.


def nothing_held(_: Arguments) -> Done:
    """Where no agent runs, or is to be asked."""
    return Done({"held": [], "units": []})


def with_this_machine(arguments: Arguments, body: Body) -> Body:
    """The agent's half, and beside it the ports of this machine that nobody holds, its chips and its sensors."""
    from agent.drivers.scan import elsewhere

    owned = {str(Path(one["port"]).resolve()): f"the agent, as {one['name']}" for one in body.get("held", [])}
    ports = asyncio.run(_ports_of_this_machine(arguments, owned))
    named_one = "port" in arguments
    others = [] if named_one else [*elsewhere.thermometers(), *elsewhere.keyboards()]
    return {
        **body,
        "ports": [_port_body(report) for report in ports],
        "chips": [] if named_one else [_chip_body(chip) for chip in elsewhere.gpio_chips()],
        "others": [_finding_body(finding) for finding in others],
    }


async def _ports_of_this_machine(arguments: Arguments, owned: Mapping[str, str]) -> list[PortReport]:
    from agent.drivers.scan.serial_ports import named_port, serial_ports
    from agent.drivers.scan.survey import survey

    ports = (named_port(str(arguments["port"])),) if "port" in arguments else serial_ports()
    reports = survey(ports, owned, most_address=int(arguments["to"]), quick=bool(arguments["quick"]), tell=_progress)
    return [report async for report in reports]


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")


def _port_body(report: PortReport) -> dict[str, Any]:
    return {
        "port": report.port.stable,
        "device": report.port.device,
        "adapter": report.port.adapter,
        "holder": report.holder,
        "findings": [_finding_body(finding) for finding in report.findings],
    }


def _finding_body(finding: Finding) -> dict[str, Any]:
    return {"where": finding.where, "what": finding.what, "write": list(finding.write), "check": finding.check}


def _chip_body(chip: Any) -> dict[str, Any]:
    lines = [{"offset": line.offset, "name": line.name, "consumer": line.consumer} for line in chip.lines]
    return {"path": chip.path, "label": chip.label, "lines": lines, "check": chip.check, "write": list(chip.write)}
