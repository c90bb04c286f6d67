"""The firmware's own link without pins or wires: bytes in, bytes out, a millisecond clock. For tests of words only."""

from __future__ import annotations

from faults import Faults
from frames import frame
from lease import Lease
from link import Identity, Link
from messages import ANSWER, IDENTIFY, pack

STATE_B = 2
OPEN = 1


class PaperBoard:
    """A board whose pilot always shows B, and that says "done" to every request. `boot` counts its starts."""

    def __init__(self, boot: int = 1, table_hash: str | None = None) -> None:
        self.boot = boot
        self._table_hash = table_hash
        self._started_ms = 0
        self.start(0)

    def start(self, now_ms: int) -> None:
        """Run the program from its beginning."""
        self._started_ms = now_ms
        self.lease = Lease()
        self.faults = Faults(())
        self.link = Link(Identity("paper", "a", "0.0.0", self.boot_id), self.lease)
        if self._table_hash is not None:
            self.link._table_hash = self._table_hash

    @property
    def boot_id(self) -> str:
        return f"{self.boot:08x}"

    def restart(self, now_ms: int) -> None:
        self.boot += 1
        self.start(now_ms)

    def turn(self, received: bytes, now_ms: int) -> bytes:
        """One turn of its loop; returns what it writes."""
        now = now_ms - self._started_ms
        self.link.hear(received, now)
        for number, values in self.link.requested:
            if number != IDENTIFY:
                self.link.outgoing.append(frame(pack(ANSWER, (values[0], 0, 0))))
        self.link.requested.clear()
        self.lease.observe(1, now)
        permitted = self.lease.is_permitted()
        levels = [STATE_B, self.lease.permitted_da(), 10_000, OPEN, 0, permitted, True, 1, True, 0, 0, None, 800, False]
        self.link.report(levels, [9_000, None, 0, 0], self.faults, now)
        written = b"".join(self.link.outgoing)
        self.link.outgoing.clear()
        return written
