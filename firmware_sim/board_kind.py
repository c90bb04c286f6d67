"""What a simulated pilot board has, as fields of the firmware's `Kind`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware_sim.arguments import BadArgument
from firmware_sim.firmware import load_module

Words = Mapping[str, int | str]

NOT_FITTED = ("VENTILATION", "SOCKET", "UPDATE")
"""Cars that need ventilation are refused here; only a socket has a lock; and a program that runs inside ours cannot be
exchanged: a board that can says so itself."""

PARTS = (
    "VENTILATION", "SOCKET", "RESIDUAL_CURRENT", "LOAD_SENSE", "EARTH_SENSE", "METERING", "TEMPERATURES", "RAILS",
    "CHAIN_FEEDBACK", "STORAGE", "CAPTURE", "UPDATE",
)  # fmt: skip


def kind_words(*, tethered: bool, given: Words | None = None) -> dict[str, int | str]:
    """Everything that is simulated, with `given` in place of its own. Raises BadArgument for a field there is not."""
    module = load_module("kind")
    fitted = [part for part in PARTS if part not in NOT_FITTED or (part == "SOCKET" and not tethered)]
    words: dict[str, int | str] = {"has": sum(getattr(module, part) for part in fitted)}
    known = vars(module.Kind())
    for name, value in (given or {}).items():
        if name not in known:
            raise BadArgument(f"kind: {name} is no property of a board; there are {', '.join(known)}")
        words[name] = value
    return words


def kind_of(words: Words) -> Any:
    """The firmware's own object."""
    return load_module("kind").Kind(**words)
