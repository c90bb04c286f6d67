"""An installer for the bench: images are small JSON files, two slots a file. It proves nobody's word but its own.

    {"simulated_firmware": "1.2.3", "sha256": "…of the text in padding…", "padding": "…", "fails": "install"}

`fails` may be "install" or "boot": the slot is not written, or the new one does not come up and the old one runs on.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from agent.core.maintenance.updating import Outcome
from agent.errors import InstallerError

STATE = "simulated-slots.json"
LARGEST_IMAGE_BYTES = 1_000_000


class SimulatedInstaller:
    """An `Installer`. A new instance is a restart of the charger."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / STATE

    @property
    def objection(self) -> str:
        return ""

    async def check(self, image: Path) -> str:
        return _objection(image)

    async def install(self, image: Path, name: str) -> Outcome:
        """Written to the other slot, which the next start runs."""
        if why := _objection(image):
            raise InstallerError(why)
        manifest = _manifest(image)
        self._keep({"name": name, "written": False})
        if manifest.get("fails") == "install":
            raise InstallerError("the slot could not be written (the image says so)")
        comes_up = manifest.get("fails") != "boot"
        self._keep({"name": name, "written": True, "comes_up": comes_up, "version": manifest["simulated_firmware"]})
        return Outcome.NEEDS_REBOOT

    async def outcome(self, name: str) -> Outcome:
        kept = self._kept()
        if kept.get("name") != name or not kept.get("written"):
            return Outcome.UNKNOWN
        return Outcome.INSTALLED if kept.get("comes_up") else Outcome.FAILED

    def _kept(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _keep(self, state: dict[str, object]) -> None:
        """Whole or not at all, whenever the power goes."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = self._file.with_suffix(".new")
        with written.open("w", encoding="utf-8") as file:
            file.write(json.dumps(state))
            file.flush()
            os.fsync(file.fileno())
        written.replace(self._file)


def _objection(image: Path) -> str:
    try:
        manifest = _manifest(image)
    except (OSError, ValueError) as error:
        return f"this is no simulated image ({error}); check what was uploaded"
    digest = hashlib.sha256(str(manifest.get("padding", "")).encode()).hexdigest()
    if not isinstance(manifest.get("simulated_firmware"), str):
        return 'this is no simulated image: it names no "simulated_firmware"'
    return "" if manifest.get("sha256") == digest else "the image is damaged: its digest does not fit"


def _manifest(image: Path) -> dict[str, Any]:
    """Raises OSError, ValueError."""
    if image.stat().st_size > LARGEST_IMAGE_BYTES:
        raise ValueError("it is too large for one")
    manifest = json.loads(image.read_bytes())
    if not isinstance(manifest, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - of the file's content, like the others
    return manifest
