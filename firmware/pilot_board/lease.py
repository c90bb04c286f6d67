"""The host's wish and how long it counts. It names a whole state, never a step: permission is not closing."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LEASE_MS = 2_000

HALF_OF_ALL = 0x8000_0000
"""Sequence numbers wrap after 32 bits: up to half the way round a number is a later one."""

NEVER = 0
FRESH = 1
EXPIRED = 2


class Lease:
    """The last wish heard. After `LEASE_MS` without a newer one it is void, and the board stops gracefully."""

    def __init__(self) -> None:
        self.sequence: int | None = None
        self.permit = False
        self.offer_da = 0
        self.lock = False
        self.signal = 0
        self.insertion = 0
        """The plug that the permission is for, by the board's own count."""
        self.commissioned = False
        """The host says that this station was taken into service by whoever may."""
        self.configuration: int | None = None
        """The mark of the configuration that the host expects of this board (`Kind.mark`); None where it has none."""
        self.standing = NEVER
        self._operative = True
        self._open_at_once = False
        self._said: list[Any] = []
        self.heard_at = 0
        """When the last wish came."""
        self._plug = 0

    def hear(self, wish: "list[Any]", now: int) -> bool:
        """Take the fields of a wish message; returns whether they say anything new beside the sequence number.

        A number that is not later than the last one is a frame that came twice, or a transmitter stuck on its buffers:
        no sign of life.
        """
        sequence = wish[0]
        if self.sequence is not None and not 0 < (sequence - self.sequence) & 0xFFFF_FFFF < HALF_OF_ALL:
            return False
        said = wish[1:]
        changed = self.standing != FRESH or said != self._said
        self._said = said
        self.sequence = sequence
        self.permit, self.offer_da, self.lock, self.signal, self.insertion = said[:5]
        self.commissioned, self._operative, self._open_at_once, self.configuration = said[5:]
        self.standing = FRESH
        self.heard_at = now
        return changed

    def expect_new_host(self) -> None:
        """Whoever speaks next counts from a number of his own."""
        self.sequence = None

    def revoke(self) -> None:
        """A host that speaks another table took over: nothing wished before counts."""
        self.permit = False
        self.offer_da = 0
        if self.standing == FRESH:
            self.standing = EXPIRED

    def observe(self, plug: int, now: int) -> "int | None":
        """Let the wish grow old; `plug` is the one that is in. Returns when it will be void, None when none counts."""
        self._plug = plug
        if self.standing != FRESH:
            return None
        if now - self.heard_at >= LEASE_MS:
            self.standing = EXPIRED
            return None
        return self.heard_at + LEASE_MS

    def is_permitted(self) -> bool:
        """There is a permission, it is fresh, and it is for the plug that is in: not for one before it."""
        fresh = self.standing == FRESH and not self._open_at_once
        return self.permit and fresh and self.insertion == self._plug

    def permitted_da(self) -> int:
        """The current that may be offered now, in 0.1 A; 0 without a fresh permission."""
        return self.offer_da if self.is_permitted() else 0

    def must_open(self) -> bool:
        """The host asked for open contacts now, not when the car has stopped: a tilt, water (P31).

        Its silence takes nothing of that back.
        """
        return self._open_at_once

    def is_inoperative(self) -> bool:
        """The host says that nobody can charge here. One that is silent has taken nothing out of service."""
        return not self._operative and self.standing == FRESH
