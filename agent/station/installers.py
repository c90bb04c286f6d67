"""The installer of the site file, and whether it can install anything at all."""

from __future__ import annotations

from pathlib import Path

from agent.config.model import Installer as InstallerKind
from agent.config.model import StationConfig
from agent.firmware_update.coming import RAUC, SLOT, ComingInstaller
from agent.firmware_update.installer import Installer
from agent.firmware_update.simulated import SimulatedInstaller

FOLDER = "maintenance"
"""Below the storage path: files under way, and what the simulated installer calls slots."""


def installer_of(config: StationConfig) -> Installer:
    """What puts new firmware in place here; its `objection` says whether it can."""
    match config.firmware.installer:
        case InstallerKind.SIMULATED:
            return SimulatedInstaller(folder_of(config))
        case InstallerKind.RAUC:
            return ComingInstaller(RAUC)
        case InstallerKind.SLOT:
            return ComingInstaller(SLOT)


def folder_of(config: StationConfig) -> Path:
    return config.storage.path / FOLDER
