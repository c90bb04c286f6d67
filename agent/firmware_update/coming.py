"""Installers of real hardware that are still to come: they say so before anything is fetched for them."""

from __future__ import annotations

from pathlib import Path

from agent.core.maintenance.updating import Outcome
from agent.errors import InstallerError

RAUC = 'firmware cannot be installed by rauc yet; install bundles at the charger with "rauc install" until then'
SLOT = "firmware cannot be written to a second slot yet; bring new versions as the image's packages until then"


class ComingInstaller:
    """An `Installer` that installs nothing, and says so before anything begins."""

    def __init__(self, why: str) -> None:
        self._why = why

    @property
    def objection(self) -> str:
        return self._why

    async def check(self, image: Path) -> str:
        return self._why

    async def install(self, image: Path, name: str) -> Outcome:
        raise InstallerError(self._why)

    async def outcome(self, name: str) -> Outcome:
        return Outcome.UNKNOWN
