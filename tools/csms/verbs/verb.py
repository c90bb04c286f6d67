"""What a command of the bench is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tools.csms.arguments import Arguments
from tools.csms.server import CentralSystem

Outcome = dict[str, Any]
"""What a command answers beside `ok`: plain JSON values."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One command. `carry_out` takes every argument it knows and raises BadCommand, LookupError or TimeoutError."""

    name: str
    usage: str
    purpose: str
    carry_out: Callable[[CentralSystem, Arguments], Awaitable[Outcome]]
