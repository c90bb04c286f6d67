"""A serial line as a pseudo-terminal: we hold the device's end, the charger opens the path.

The path is a symbolic link that we own, so that it stays the same when a killed world starts again. Both ends may be
in one loop; nothing here blocks.
"""

from __future__ import annotations

import asyncio
import os
import random
import tty
from collections.abc import Callable
from pathlib import Path

READ_OCTETS = 4096


class SerialWire:
    """`received` is called with whatever arrives. What nobody reads is lost when the line's queue is full."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        path: Path,
        received: Callable[[bytes], None],
        noise: random.Random,
    ) -> None:
        self.path = path
        self.is_cut = False
        self.has_charger = True
        """False: whoever held the charger's end was killed, and what its ruins still do reaches nobody."""
        self.flip_rate = 0.0
        """Share of octets that arrive with one bit wrong, both ways."""
        self.lost_octets = 0
        self._loop = loop
        self._received = received
        self._noise = noise
        self._device: int | None = None
        self._charger: int | None = None
        self.appear()

    def appear(self) -> None:
        """Plug the adapter in: the path exists and can be opened."""
        if self._device is not None:
            return
        # Our copy of the charger's end stays open: without any opener the kernel reports a hang-up in every poll.
        self._device, self._charger = os.openpty()
        tty.setraw(self._charger)
        os.set_blocking(self._device, False)
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._charger))
        fresh.replace(self.path)
        self._loop.add_reader(self._device, self._readable)

    def vanish(self) -> None:
        """Pull the adapter out: whoever has the path open sees a hang-up, and the path is gone."""
        if self._device is None or self._charger is None:
            return
        self._loop.remove_reader(self._device)
        self.path.unlink(missing_ok=True)
        os.close(self._device)
        os.close(self._charger)
        self._device = self._charger = None

    def send(self, octets: bytes) -> None:
        """To the charger. Returns at once; octets are lost on a cut line and where nobody reads."""
        if self._device is None or self.is_cut or not self.has_charger or not octets:
            return
        try:
            written = os.write(self._device, self._disturbed(octets))
        except BlockingIOError:
            written = 0
        self.lost_octets += len(octets) - written

    def _readable(self) -> None:
        if self._device is None:
            return
        try:
            octets = os.read(self._device, READ_OCTETS)
        except BlockingIOError:
            return
        if not self.is_cut and self.has_charger:
            self._received(self._disturbed(octets))

    def _disturbed(self, octets: bytes) -> bytes:
        if not self.flip_rate:
            return octets
        disturbed = bytearray(octets)
        for place in range(len(disturbed)):
            if self._noise.random() < self.flip_rate:
                disturbed[place] ^= 1 << self._noise.randrange(8)
        return bytes(disturbed)
