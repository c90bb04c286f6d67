"""What a driver says of itself to the people who wire it, read from the docstring of its module.

Notes stand at the end of the docstring. Each begins with its label at the start of a line and ends with the next one:

    Protects: what the device does for a person by itself.
    Missing: what it does not, of all that a charger needs.
    Wiring: terminals, levels, line settings.
    Quirks: what surprises, or "none known".
    Tried on: device, firmware and date; left out as long as nobody has.

The drivers of one device share those of its bus (`link.py`), and repeat only what differs.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from types import ModuleType

from agent.drivers import loader

PROTECTS, MISSING, WIRING, QUIRKS, TRIED_ON = LABELS = ("Protects", "Missing", "Wiring", "Quirks", "Tried on")
BUS = "bus"

_LABEL = re.compile(rf"^({'|'.join(LABELS)}): *", re.MULTILINE)


def notes_of(interface: str, name: str) -> dict[str, str]:
    """By label, each in Markdown: its own, and those of the bus of the same device."""
    own = notes_in(loader.module_of(interface, name))
    is_part = interface != BUS and loader.module_of(interface, name).__name__.endswith(f".{name}.{interface}")
    return {**(notes_of(BUS, name) if is_part and name in loader.known_buses() else {}), **own}


def notes_in(module: ModuleType) -> dict[str, str]:
    """The notes of one docstring."""
    _, *parts = _LABEL.split(inspect.getdoc(module) or "")
    return {label: _flush(text) for label, text in zip(parts[::2], parts[1::2], strict=True)}


def _flush(text: str) -> str:
    """The lines below the label may hang: what all of them have in front is not meant."""
    first, _, rest = text.partition("\n")
    return f"{first}\n{textwrap.dedent(rest)}".strip()


def summary_of(module: ModuleType) -> str:
    """What stands in front of the notes."""
    return _LABEL.split(inspect.getdoc(module) or "")[0].strip()
