"""Pulses to energy and power, and the file in which they are counted on. The first part is pure.

Each pulse is a piece of energy that has flowed. Power is that piece over the time between two of them, and never more
than the time since the last one allows.
"""

from __future__ import annotations

import os
from binascii import crc32
from pathlib import Path

WS_PER_KWH = 3_600_000
LINE_BYTES = 37
"""Count, pulses for a kWh, checksum, and the end of the line."""


class PulseTrain:
    """The pulses of one meter since the program began. Times are loop time."""

    def __init__(self, pulses_per_kwh: int, highest_w: float) -> None:
        self.count = 0
        self.too_fast = 0
        """Pulses that would be more power than can flow: bouncing contacts, or another number of pulses."""
        self._ws = WS_PER_KWH / pulses_per_kwh
        self._least_s = self._ws / highest_w
        self._last_at: float | None = None
        self._spacing_s: float | None = None

    def pulse(self, at_s: float) -> None:
        """One more."""
        spacing_s = None if self._last_at is None else at_s - self._last_at
        if spacing_s is not None and spacing_s < self._least_s:
            self.too_fast += 1
            return
        self.count += 1
        self._last_at, self._spacing_s = at_s, spacing_s

    def gap(self) -> None:
        """Some were not seen: between the last and the next there is no telling how many."""
        self._last_at = self._spacing_s = None

    def power_w(self, now: float) -> float | None:
        """Of the last two pulses, or at most what the wait for the next one leaves; None before there were two."""
        if self._last_at is None or self._spacing_s is None:
            return None
        return round(self._ws / max(self._spacing_s, now - self._last_at), 1)


class CountLost(Exception):
    """The file cannot be read or written; the text says what to check."""


class CountFile:
    """Two lines, written in turn, each with its checksum: whatever ends a writing leaves the other one.

    The kernel writes them to the disk when it sees fit, so only a loss of power takes back the last half a minute.
    """

    def __init__(self, path: Path, pulses_per_kwh: int) -> None:
        self.path = path
        self._pulses_per_kwh = pulses_per_kwh
        self._turn = 0

    def load(self) -> int:
        """The pulses counted so far, 0 where there is no file. Raises CountLost."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise CountLost(
                f"{self.path} cannot be read ({error.strerror}); check its folder and its rights"
            ) from error
        places = (content[:LINE_BYTES], content[LINE_BYTES : 2 * LINE_BYTES])
        records = [(*record, place) for place, line in enumerate(places) if (record := _record(line)) is not None]
        if not records:
            raise CountLost(f"{self.path} holds no count; check the disk, then delete it: the register begins at 0")
        count, per_kwh, newest = max(records)
        self._turn = 1 - newest
        if per_kwh != self._pulses_per_kwh:
            raise CountLost(
                f"{self.path} was counted with {per_kwh} pulses for a kWh, and the board file says "
                f"{self._pulses_per_kwh}; check the meter's plate, or name another file"
            )
        return count

    def save(self, count: int, *, flush: bool = False) -> None:
        """Keep it. Raises CountLost. `flush` waits for the disk."""
        line = _line(count, self._pulses_per_kwh)
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o640)
            try:
                os.pwrite(descriptor, line, self._turn * LINE_BYTES)
                if flush:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise CountLost(
                f"the count cannot be kept in {self.path} ({error.strerror}); check its folder and its rights"
            ) from error
        self._turn = 1 - self._turn


def _line(count: int, per_kwh: int) -> bytes:
    words = f"{count:020d} {per_kwh:06d}"
    return f"{words} {crc32(words.encode()):08x}\n".encode()


def _record(line: bytes) -> tuple[int, int] | None:
    words, _, check = line.rstrip(b"\n").rpartition(b" ")
    if len(line) != LINE_BYTES or f"{crc32(words):08x}".encode() != check:
        return None
    count, per_kwh = words.split()
    return int(count), int(per_kwh)
