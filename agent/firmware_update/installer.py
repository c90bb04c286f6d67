"""What an installer of firmware promises."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from agent.core.maintenance.updating import Outcome


class Installer(Protocol):
    """Puts an image in place so that, until it is known to be good, the old firmware can still run.

    `name` is the order's: what is asked about after a restart is that order and no other.
    """

    @property
    def objection(self) -> str:
        """Why nothing can be installed here, as a sentence; "" where it can."""
        ...

    async def check(self, image: Path) -> str:
        """Why this image may not be installed, whoever ordered it (not ours, not whole, not for this board); or ""."""
        ...

    async def install(self, image: Path, name: str) -> Outcome:
        """Put it in place. What is in use goes on until a restart. Raises InstallerError; FAILED is as good."""
        ...

    async def outcome(self, name: str) -> Outcome:
        """After a start of the program: what became of that order. UNKNOWN where it was cut off or never begun."""
        ...
