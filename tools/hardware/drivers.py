"""The part of docs/hardware.md about drivers: a table of all, and a section for each device."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from agent.core.control_pilot import WithoutAgent
from agent.drivers import loader
from tools.driver_notes import (
    BUS,
    MISSING,
    PROTECTS,
    QUIRKS,
    TRIED_ON,
    WIRING,
    every_driver,
    notes_in,
    notes_of,
    summary_of,
)
from tools.hardware import evidence
from tools.hardware.evidence import Recorded
from tools.hardware.markdown import NONE, capital, codes, facts, link, prose, table
from tools.hardware.options import about_options, options_table

DEAD = {
    WithoutAgent.OPENS: "it opens by itself",
    WithoutAgent.STAYS: "it may go on: `[connector.cut_off]` or `lab_only`",
    WithoutAgent.BARE: "nothing ends it: `lab_only`",
}
"""When the agent is dead, and what the board file must say then."""
NOBODY = "no device yet"
SHOWN_BOARDS = 5
SHOWN_TESTS = 4
SIMULATED = "sim-"
WORDS = {"token_reader": "card reader", "temperature_sensor": "temperature sensor", "control_pilot": "control pilot"}


@dataclass(frozen=True, slots=True)
class Device:
    """What one section is about: a device with all its interfaces, or one driver. The bus is first."""

    kind: str
    parts: tuple[tuple[str, str], ...]
    """Interface and driver name."""

    @property
    def heading(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def name(self) -> str:
        return self.parts[0][1]

    @property
    def module(self) -> ModuleType:
        return loader.module_of(*self.parts[0])


def devices() -> list[Device]:
    """Wires first, then controllers and boards of several interfaces, then what has one."""
    drivers = every_driver()
    packages = {name for interface, name in drivers if interface == BUS and _is_package(name)}
    wires = [Device("Bus", (one,)) for one in drivers if one[0] == BUS and one[1] not in packages]
    of_several = [
        Device("Device", tuple(one for one in drivers if one[1] == name and _is_part(one))) for name in sorted(packages)
    ]
    taken = {part for device in (*wires, *of_several) for part in device.parts}
    return wires + of_several + [Device(_word(one[0]), (one,)) for one in drivers if one not in taken]


def _is_package(kind: str) -> bool:
    return loader.module_of(BUS, kind).__name__.endswith(f"{kind}.link")


def _is_part(driver: tuple[str, str]) -> bool:
    interface, name = driver
    return f".{name}." in loader.module_of(interface, name).__name__


def _word(interface: str) -> str:
    return WORDS.get(interface, interface.replace("_", " ")).capitalize()


def contents() -> str:
    """Links to all sections, a line for each kind."""
    lines: dict[str, list[str]] = {}
    for device in devices():
        lines.setdefault(device.kind, []).append(link(device.heading, device.name))
    return "".join(f"   - {kind}: {', '.join(links)}\n" for kind, links in lines.items())


def overview() -> str:
    """Every driver in one row."""
    rows = []
    for device in devices():
        for interface, name in device.parts:
            tests = evidence.contract_tests(interface, name)
            rows.append(
                (
                    link(device.heading, name),
                    "bus" if interface == BUS else interface,
                    _dead(interface, name, short=True),
                    "yes" if tests else NONE,
                    str(len(evidence.boards_with(interface, name)) or NONE),
                    "yes" if TRIED_ON in notes_of(interface, name) else "no",
                )
            )
    return table(("driver", "interface", "agent dead", "contract", "boards", "tried"), rows)


def section(device: Device) -> str:
    """All of one device."""
    notes = notes_of(*device.parts[0])
    parts = [
        f"### {device.heading}\n",
        prose(_first_paragraph(device.module)) + "\n",
        _facts(device),
        *(_note(label, notes) for label in (PROTECTS, MISSING, WIRING, QUIRKS)),
        *(_own_notes(device, part) for part in device.parts[1:]),
        *(_options(device, part) for part in device.parts),
        *_kinds(device.module),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts if part) + "\n"


def _first_paragraph(module: ModuleType) -> str:
    return summary_of(module).split("\n\n")[0]


def _note(label: str, notes: dict[str, str]) -> str:
    if label not in notes:
        return ""
    text = prose(notes[label])
    return f"**{label}.**\n\n{text}\n" if text.startswith("- ") else f"**{label}.** {capital(text)}\n"


def _own_notes(device: Device, part: tuple[str, str]) -> str:
    """What the driver of one interface adds to the notes of its device."""
    own = notes_in(loader.module_of(*part))
    texts = [_note(label, own).replace(f"**{label}.**", f"**{label}, `{part[0]}`.**") for label in own]
    return "\n".join(texts)


# --- facts


def _facts(device: Device) -> str:
    boards = dict.fromkeys(board for part in device.parts for board in evidence.boards_with(*part))
    return facts(
        [
            ("interfaces", codes(interface for interface, _ in device.parts if interface != BUS)),
            ("on a bus of kind", codes(_bus_kinds(device))),
            ("when the agent is dead", "; ".join(filter(None, (_dead(*part) for part in device.parts)))),
            ("boards", boards_told(tuple(boards))),
            ("tested against", _tested(device)),
            ("tried on", notes_of(*device.parts[0]).get(TRIED_ON, NOBODY)),
        ]
    )


def boards_told(boards: Sequence[str]) -> str:
    """Those that are not only for the simulator first, and not more than a line of them."""
    ordered = sorted(boards, key=lambda board: board.startswith(SIMULATED))
    more = len(ordered) - SHOWN_BOARDS
    return codes(ordered[:SHOWN_BOARDS]) + (f" and {more} more" if more > 0 else "")


def _bus_kinds(device: Device) -> list[str]:
    """Wires below it; that the parts of a device are on the device's own bus goes without saying."""
    kinds = dict.fromkeys(kind for part in device.parts for kind in loader.bus_kinds_of(*part))
    return [kind for kind in kinds if kind != device.name or device.parts[0][0] != BUS]


def _dead(interface: str, name: str, *, short: bool = False) -> str:
    if interface != "contactor":
        return ""
    answer = loader.without_agent(name, loader.defaults_of(BUS, name))
    return answer.value if short else DEAD[answer]


def _tested(device: Device) -> str:
    held = dict.fromkeys(test for part in device.parts for test in evidence.contract_tests(*part))
    own = dict.fromkeys(
        test
        for part in device.parts
        if not evidence.contract_tests(*part)
        for test in evidence.direct_tests(*part)
        if test not in held
    )
    recorded = evidence.recorded(device.name)
    said = [
        f"the contract of its interface ({', '.join(map(_to_file, held))})" if held else "",
        f"tests of its own ({_some_files(list(own))})" if own else "",
        vectors_told(recorded) if recorded else "",
    ]
    return "; ".join(filter(None, said)) or "nothing"


def _some_files(files: Sequence[str]) -> str:
    more = len(files) - SHOWN_TESTS
    return ", ".join(map(_to_file, files[:SHOWN_TESTS])) + (f" and {more} more" if more > 0 else "")


def vectors_told(recorded: Recorded) -> str:
    """How many, and from where."""
    counted = [
        f"{recorded.from_a_device} recorded on a device" if recorded.from_a_device else "",
        f"{recorded.computed} computed or published" if recorded.computed else "",
    ]
    return f"vectors: {', '.join(filter(None, counted))} ({_to_file(recorded.file)})"


def _to_file(path: str) -> str:
    return f"[{Path(path).name}](../{path})"


# --- options


def _options(device: Device, part: tuple[str, str]) -> str:
    rows = options_table(*part)
    if not rows:
        return ""
    interface, _ = part
    of = f'`[bus.NAME]`, `kind = "{device.name}"`' if interface == BUS else f'`{interface}`, `driver = "{part[1]}"`'
    about = about_options(*part)
    return f"Options of {of}:{' ' + prose(about) if about else ''}\n\n{rows}"


# --- the kinds of devices that one driver knows


def _kinds(module: ModuleType) -> Iterator[str]:
    """Devices that a driver tells apart, each a file of a folder beside it: what the file says of its device."""
    folder = Path(inspect.getfile(module)).parent
    for file in sorted(folder.glob("controllers/*.py")):
        text = inspect.cleandoc(ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "")
        if text:
            yield f"#### {file.stem.replace('_', '-')}\n\n{prose(text)}\n"
