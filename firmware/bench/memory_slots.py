"""Two slots in memory, for tests of the update: what was written is there to be looked at."""

from slots import CONFIRMED, Slots


class MemorySlots(Slots):
    """`files` is the other slot's; `activated` the epoch that went on trial."""

    platform = "rp2"

    def __init__(self, standing: int = CONFIRMED, epoch: int = 0, exchanges: bool = True) -> None:
        self.files: dict[str, bytes] = {"old.py": b"old", "manifest": b"pilot-board-image 1\nversion 0.0.9\n"}
        self.activated: int | None = None
        self.fails = False
        """The medium refuses to write."""
        self.changes = 0
        self._standing = standing
        self._epoch = epoch
        self._exchanges = exchanges

    def standing(self) -> int:
        return self._standing

    def epoch(self) -> int:
        return self._epoch

    def head(self, running: bool) -> bytes:
        return b"pilot-board-image 1\nversion 0.1.0\n" if running else self.files.get("manifest", b"")[:200]

    def names(self) -> "list[str]":
        return sorted(self.files)

    def remove(self, name: str) -> None:
        self._write()
        del self.files[name]

    def append(self, name: str, content: bytes) -> None:
        self._write()
        self.files[name] = self.files.get(name, b"") + content

    def read(self, name: str, offset: int, size: int) -> bytes:
        return self.files.get(name, b"")[offset : offset + size]

    def activate(self, epoch: int) -> bool:
        self._write()
        if self._exchanges:
            self.activated = epoch
        return self._exchanges

    def confirm(self) -> None:
        self._write()
        self._standing = CONFIRMED

    def _write(self) -> None:
        if self.fails:
            raise OSError(28)
        self.changes += 1
