"""`evse-agent datasheet BOARD`: what a board file says of a charger, for a proposal and for the design of a site.

Everything is read from the board file and from the notes of its drivers, so it says no more than the program knows.
What a data sheet of a product has beside it (dimensions, protection class, conformity) is the manufacturer's to add.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from agent import VERSION
from agent.config.boards import find_board, known_boards, read_board
from agent.config.model import BoardConfig, ConnectorConfig, DriverConfig
from agent.core.control_pilot import MIN_OFFER_A
from agent.drivers import loader, notes
from agent.errors import AgentError, BadRequest
from agent.tables import nearest
from agent.toml_files.reader import read

SUPPLY_V = 230.0
"""To neutral, for the power of the sheet (IEC 60038); a board's own file knows no voltage."""
BETWEEN_PHASES_V = 400.0
MEANS = ("control_pilot", "contactor", "cut_off", "lock", "meter", "indicator")
GIVES_POWER = ("control_pilot", "contactor", "cut_off")
OCPP_16 = (
    "all feature profiles (firmware management where an installer can install), security profiles 0 to 3, "
    "several addresses"
)
NO_PDF = 3
PDF_WITHIN_S = 60


def sheet_of(name: str) -> dict[str, Any]:
    """The sheet of a board, by name or path, as plain JSON. Raises BadRequest."""
    file = find_board(name, Path.cwd() / "site.toml")
    if file is None:
        raise BadRequest(f'there is no board "{name[:60]}"{nearest(name, known_boards())}')
    document = read(file)
    board = read_board(document, loader) if not document.problems else None
    if board is None or document.problems:
        raise BadRequest("\n".join(document.problems.lines()))
    return {
        "board": board.board,
        "vendor": board.vendor,
        "model": board.model,
        "software_version": VERSION,
        "ratings": _ratings(board),
        "outlets": [_outlet(board, connector) for connector in board.connectors],
        "protective_functions": _protection(board),
        "station": _station(board),
        "protocols": _protocols(board),
        "statements": _statements(board),
    }


def _ratings(board: BoardConfig) -> dict[str, Any]:
    power_w = board.rated_current_a * SUPPLY_V * board.phases
    return {
        "rated_current_a": board.rated_current_a,
        "least_current_a": MIN_OFFER_A,
        "phases": board.phases,
        "nominal_voltage_v": SUPPLY_V if board.phases == 1 else BETWEEN_PHASES_V,
        "power_each_w": round(power_w),
        "outlets": len(board.connectors),
        "charging_mode": "mode 3, IEC 61851-1, control pilot by pulse width",
        "shared_supply": "the outlets of one charger share its supply; its breaker is never exceeded by their sum"
        if len(board.connectors) > 1
        else "one outlet",
    }


def _outlet(board: BoardConfig, connector: ConnectorConfig) -> dict[str, Any]:
    has_lock = "lock" in connector.drivers
    meter = connector.drivers["meter"]
    return {
        "number": int(connector.id),
        "kind": connector.outlet.value,
        "locks_the_plug": has_lock,
        "meter": str(meter.options.get("map", meter.driver)),
        "meter_signs": loader.signs(meter.driver),
        "meter_phases": loader.phases_of("meter", meter.driver, meter.options) or board.phases,
        "devices": {name: connector.drivers[name].driver for name in MEANS if name in connector.drivers},
        "inputs": [one.means.value for one in connector.inputs],
        "temperature_sensors": [one.place.value for one in connector.temperature_sensors],
    }


def _protection(board: BoardConfig) -> list[dict[str, Any]]:
    """What each kind of device in the way of the power does by itself, and what it does not, in its driver's words."""
    found: dict[tuple[str, str], list[str]] = {}
    for connector in board.connectors:
        for interface in GIVES_POWER:
            if interface in connector.drivers:
                said = notes.notes_of(interface, connector.drivers[interface].driver)
                words = (_line(said.get(notes.PROTECTS, "")), _line(said.get(notes.MISSING, "")))
                found.setdefault(words, []).append(_named(connector.drivers[interface]))
    return [
        {"devices": sorted(set(devices)), "protects": protects, "missing": missing}
        for (protects, missing), devices in found.items()
    ]


def _named(driver: DriverConfig) -> str:
    return f"{driver.interface.replace('_', ' ')} ({driver.driver})"


def _line(text: str) -> str:
    """Markdown of a few lines as one."""
    return " ".join(text.replace("`", "").split())


def _station(board: BoardConfig) -> dict[str, Any]:
    return {
        "token_reader": board.drivers["token_reader"].driver if "token_reader" in board.drivers else "",
        "inputs": [one.means.value for one in board.inputs],
        "temperature_sensors": [one.place.value for one in board.temperature_sensors],
        "buses": [f"{bus.name}: {bus.kind}" for bus in board.buses],
    }


def _protocols(board: BoardConfig) -> list[dict[str, str]]:
    wires = sorted({bus.kind for bus in board.buses})
    return [
        {"name": "OCPP 1.6J", "what": OCPP_16},
        {"name": "IEC 61851-1", "what": "control pilot, states A to F, offers of 6 to 80 A"},
        {"name": "Smart charging", "what": "charging profiles of OCPP 1.6; a safe current while the network is silent"},
        {"name": "Local control", "what": "evsectl over a Unix socket, by the roles of the system's groups"},
        {"name": "Inner wires", "what": ", ".join(wires) or "none"},
    ]


def _statements(board: BoardConfig) -> list[str]:
    """What whoever plans with this must not take it for."""
    found = [
        "Made from the board file and the drivers' notes; a declaration of conformity is not part of it.",
        f"Power at {SUPPLY_V:g} V to neutral. OCPP 2.0.1, 2.1 and ISO 15118 are not spoken.",
    ]
    if board.lab_only:
        found.insert(0, "For the laboratory only: this hardware can never be commissioned.")
    return found


def main(words: list[str]) -> int:
    """Print the sheet as JSON, or write the PDF. Returns the exit code. Raises BadRequest and AgentError."""
    parser = argparse.ArgumentParser(prog="evse-agent datasheet", description="The data sheet of a board, as JSON.")
    parser.add_argument("board", metavar="BOARD", help="name of a board, or path of a board file")
    parser.add_argument("--pdf", type=Path, metavar="FILE", help="write a PDF instead; needs evse-agent[pdf]")
    typed = parser.parse_args(words)
    sheet = json.dumps(sheet_of(typed.board), ensure_ascii=False, indent=2)
    if typed.pdf is None:
        sys.stdout.write(f"{sheet}\n")
    else:
        write_pdf(sheet, typed.pdf)
        sys.stdout.write(f"{typed.pdf} written\n")
    return 0


def write_pdf(sheet: str, file: Path) -> None:
    """In a process of its own: the library for it is large and no other command loads it. Raises AgentError."""
    command = [sys.executable, "-m", "agent.control.datasheet_pdf", str(file)]
    ended = subprocess.run(  # noqa: S603 our own program
        command, input=sheet.encode(), capture_output=True, timeout=PDF_WITHIN_S, check=False
    )
    if ended.returncode == NO_PDF:
        raise AgentError("no PDF can be made here, ReportLab is not installed; install evse-agent[pdf]")
    if ended.returncode:
        why = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise AgentError(f"{file} was not written: {why}; look at the folder and its owner")
