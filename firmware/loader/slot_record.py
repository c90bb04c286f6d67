"""Which of the two programs a board starts: a record of two copies, and the rule that follows it. Never updated.

The copies are written in turn, so that a loss of power in the middle of one leaves the other. The program uses the same
file, through `boards/file_slots.py`, to put a new image on trial and to confirm it.
"""

import os
import struct
from binascii import crc32

SLOTS = ("a", "b")

CONFIRMED = 0
TRIAL = 1
"""Activated and not started yet."""
TRIED = 2
"""Started once. Another start means that it ended without confirming itself."""
FELL_BACK = 3

COPIES = ("slot.0", "slot.1")
LAYOUT = "<IBBII"
"""Sequence, state, number of the slot to start, lowest epoch accepted, epoch of the image on trial; CRC-32 behind."""
A_FOLDER = 0x4000


class Flash:
    """The files below one folder. `OSError` where the medium refuses; a file that is not there reads as empty."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def read(self, path: str, offset: int = 0, size: int = -1) -> bytes:
        try:
            with open(self._at(path), "rb") as file:
                file.seek(offset)
                content: bytes = file.read(size)
                return content
        except OSError:
            return b""

    def write(self, path: str, content: bytes) -> None:
        """The whole file."""
        with open(self._at(path), "wb") as file:
            file.write(content)

    def append(self, path: str, content: bytes) -> None:
        """To the end of a file, which is made, with its folders, where it is not there."""
        for place, character in enumerate(path):
            if character == "/":
                self._make_folder(self._at(path[:place]))
        with open(self._at(path), "ab") as file:
            file.write(content)

    def remove(self, path: str) -> None:
        os.remove(self._at(path))

    def names(self, folder: str) -> "list[str]":
        """Every file below `folder`, by its path from there; none where there is no such folder."""
        found = []
        try:
            listed = os.listdir(self._at(folder))
        except OSError:
            return []
        for name in sorted(listed):
            if os.stat(self._at(folder + "/" + name))[0] & A_FOLDER:
                found.extend([name + "/" + inner for inner in self.names(folder + "/" + name)])
            else:
                found.append(name)
        return found

    def _at(self, path: str) -> str:
        return self._folder + "/" + path

    def _make_folder(self, path: str) -> None:
        try:
            os.stat(path)
        except OSError:
            os.mkdir(path)


class Record:
    """What was decided last. Without arguments: a board as it was delivered, with one program in slot a."""

    def __init__(
        self, sequence: int = 0, state: int = CONFIRMED, active: int = 0, epoch: int = 0, trial_epoch: int = 0
    ) -> None:
        self.sequence = sequence
        self.state = state
        self.active = active
        """Place in `SLOTS` of the program to start."""
        self.epoch = epoch
        """No image of a lower one is accepted: what it repaired shall not come back."""
        self.trial_epoch = trial_epoch

    def keep(self, flash: Flash) -> None:
        """Write it over the older copy."""
        self.sequence += 1
        packed = struct.pack(LAYOUT, self.sequence, self.state, self.active, self.epoch, self.trial_epoch)
        flash.write(COPIES[self.sequence % 2], packed + struct.pack("<I", crc32(packed)))

    def activate(self, flash: Flash, epoch: int) -> None:
        """The next start tries the other slot, which holds a whole and verified image."""
        self.state = TRIAL
        self.active = 1 - self.active
        self.trial_epoch = epoch
        self.keep(flash)

    def confirm(self, flash: Flash) -> None:
        """The program that runs has proven itself."""
        self.state = CONFIRMED
        self.epoch = max(self.epoch, self.trial_epoch)
        self.keep(flash)


def newest(flash: Flash) -> Record:
    """The latest whole copy."""
    record = Record()
    for copy in COPIES:
        content = flash.read(copy)
        if len(content) != struct.calcsize(LAYOUT) + 4:
            continue
        packed, checksum = content[:-4], content[-4:]
        sequence, state, active, epoch, trial_epoch = struct.unpack(LAYOUT, packed)
        known = state <= FELL_BACK and active < len(SLOTS)
        if known and struct.pack("<I", crc32(packed)) == checksum and sequence > record.sequence:
            record = Record(sequence, state, active, epoch, trial_epoch)
    return record


def start(flash: Flash) -> str:
    """The folder of the program to start now. What is on trial has one start, which is written down before it."""
    record = newest(flash)
    previous = 1 - record.active
    if record.state not in (TRIAL, TRIED):
        return SLOTS[record.active]
    if record.state == TRIAL:
        record.state = TRIED
    else:
        record.state = FELL_BACK
        record.active = previous
    try:
        record.keep(flash)
    except OSError:
        # A start that cannot be counted is none: it could be tried for ever.
        return SLOTS[previous]
    return SLOTS[record.active]
