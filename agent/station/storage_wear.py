"""What is written to the storage, and how worn that is by its own word. Looked at in a thread, counted in the loop."""

from __future__ import annotations

from pathlib import Path

from agent.core.wear.model import PartKind, Wear, part_id
from agent.host import process, storage
from agent.host.storage import MB
from agent.values import frozen

STORAGE = part_id(PartKind.STORAGE)


@frozen(kw_only=True)
class StorageSeen:
    """One look. Bytes are since the start of this program, and of the kernel; None: the system does not tell."""

    serial: str = ""
    model: str = ""
    own_bytes: int | None = None
    device_bytes: int | None = None
    life_used_percent: int | None = None


class StorageWear:
    """One object a run. `root` None looks at nothing, for simulation."""

    def __init__(self, folder: Path, root: Path | None) -> None:
        self._folder, self._root = folder, root
        self._own_mb = 0
        self._device_mb: int | None = None

    def look(self) -> StorageSeen:
        """Blocks. Never raises: what cannot be read is not told."""
        if self._root is None:
            return StorageSeen()
        try:
            told, worn = storage.label(self._folder, self._root), storage.wear(self._folder, self._root)
            device_bytes = storage.written_bytes(self._folder, self._root)
        except (OSError, ValueError):
            return StorageSeen(own_bytes=process.written_bytes(self._root))
        used = worn.get("life_used_percent")
        return StorageSeen(
            serial=told.get("serial", ""),
            model=told.get("model", ""),
            own_bytes=process.written_bytes(self._root),
            device_bytes=device_bytes,
            life_used_percent=used if isinstance(used, int) else None,
        )

    def counted(self, wear: Wear, seen: StorageSeen) -> Wear:
        """Whole megabytes since the look before; what the device took before the first one is nobody's to know."""
        if seen.own_bytes is not None:
            own_mb = seen.own_bytes // MB
            wear, self._own_mb = wear.more(STORAGE, "written_mb", own_mb - self._own_mb), own_mb
        if seen.device_bytes is not None:
            device_mb = seen.device_bytes // MB
            before_mb = device_mb if self._device_mb is None else self._device_mb
            wear, self._device_mb = wear.more(STORAGE, "device_written_mb", device_mb - before_mb), device_mb
        if seen.life_used_percent is not None:
            wear = wear.at_least(STORAGE, "life_used_percent", seen.life_used_percent)
        return wear
