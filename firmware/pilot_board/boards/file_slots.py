"""The two slots as folders `a` and `b` of a file system, with the record of the loader beside them."""

import sys

from slot_record import SLOTS, Flash, newest
from slots import Slots

MANIFEST = "manifest"
HEAD_BYTES = 200


class FileSlots(Slots):
    """Of a program that the loader has started: the record then names the slot that runs."""

    platform = sys.platform

    def __init__(self, flash: Flash) -> None:
        self._flash = flash
        self._record = newest(flash)
        self._running = SLOTS[self._record.active]
        self._other = SLOTS[1 - self._record.active]

    def standing(self) -> int:
        return self._record.state

    def epoch(self) -> int:
        return self._record.epoch

    def head(self, running: bool) -> bytes:
        return self._flash.read((self._running if running else self._other) + "/" + MANIFEST, 0, HEAD_BYTES)

    def names(self) -> "list[str]":
        return self._flash.names(self._other)

    def remove(self, name: str) -> None:
        self._flash.remove(self._other + "/" + name)

    def append(self, name: str, content: bytes) -> None:
        self._flash.append(self._other + "/" + name, content)

    def read(self, name: str, offset: int, size: int) -> bytes:
        return self._flash.read(self._other + "/" + name, offset, size)

    def activate(self, epoch: int) -> bool:
        self._record.activate(self._flash, epoch)
        return True

    def confirm(self) -> None:
        self._record.confirm(self._flash)
