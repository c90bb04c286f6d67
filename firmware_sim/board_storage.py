"""What a pilot board keeps over a loss of power: a file for each record, as on the board's own file system."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from pathlib import Path


class FolderStorage(MutableMapping[str, bytes]):
    """Records by name. Each is replaced as a whole: a killed world finds the old one or the new one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> bytes:
        path = self.folder / name
        if not path.is_file():
            raise KeyError(name)
        return path.read_bytes()

    def __setitem__(self, name: str, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f"{name}.new"
        fresh.write_bytes(content)
        fresh.replace(self.folder / name)

    def __delitem__(self, name: str) -> None:
        try:
            (self.folder / name).unlink()
        except FileNotFoundError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        if self.folder.is_dir():
            yield from sorted(path.name for path in self.folder.iterdir() if path.suffix != ".new" and path.is_file())

    def __len__(self) -> int:
        return len(list(iter(self)))
