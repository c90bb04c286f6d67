"""The slots on disk: what the network changed of the site file's, and where the charger was heard last."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from agent.errors import StoreError
from agent.security import private_files
from agent.security.disk import Disk
from agent.security.slots import NetworkProfile, Slots, restored, written

log = logging.getLogger(__name__)

FILE = "slots.json"


class SlotFile:
    """Beside `beside`; `site` is what the site file says now."""

    def __init__(self, beside: Path, disk: Disk, site: Mapping[int, NetworkProfile]) -> None:
        self._file, self._disk, self._site = beside.with_name(FILE), disk, site

    def text(self, slots: Slots) -> str:
        """What is kept of them; equal where nothing that is kept differs."""
        return json.dumps(written(slots, self._site))

    async def write(self, text: str) -> None:
        """Durable when it returns. Raises StoreError."""
        try:
            await self._disk.do(lambda: private_files.write(self._file, text))
        except OSError as error:
            raise StoreError(f"{self._file} cannot be written ({error.strerror}); check the disk") from error

    def read(self) -> Slots:
        """As they were kept, as far as that holds beside the site file; else what that says."""
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            kept = None
        except (OSError, ValueError):
            log.warning("the changes of slots cannot be read; the site file counts", extra={"file": FILE})
            kept = None
        return restored(kept, self._site)

    def erase(self) -> None:
        """Blocks. Raises OSError."""
        private_files.remove(self._file)
