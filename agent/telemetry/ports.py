"""What this room needs of its neighbours; the wiring passes the real ones in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from agent.bus import Bus
from agent.core.time import Instant


class Reply(Protocol):
    """The way back to whoever gave an order. Neither fails: what cannot be sent is counted and told in the log."""

    @property
    def nonce(self) -> str:
        """What `state` tells now; "" before the first connection."""
        ...

    @property
    def nonce_age_s(self) -> float:
        """Seconds since it was drawn."""
        ...

    def renew_nonce(self) -> None:
        """Somebody needs a young one: where the present one is not, draw another and tell the state anew."""
        ...

    async def say(self, body: Mapping[str, Any]) -> None:
        """One message at `res/<id>`; the order's id is `body["id"]`. Waits while too much is under way."""
        ...

    async def send_blob(self, id: str, name: str, content_type: str, file: Path) -> dict[str, Any]:
        """Send `file` in chunks at `blob/<id>/<k>` and return what the result names: the `blob` value of `res`.

        Takes as long as the link needs; no more than a few chunks are in memory. Raises OSError where the file cannot
        be read, and Busy where the link ended before the last chunk was acknowledged.
        """
        ...


class OrderDesk(Protocol):
    """Takes orders from afar. Judging, doing and answering are its own; never raises."""

    async def take(self, payload: bytes, reply: Reply, *, retained: bool) -> None:
        """One message from `cmd`, as it came. `retained`: it is an old one that the broker kept, never to be done."""
        ...


class Source(Protocol):
    """The charger as it is told. Every document has JSON's own types, unknown is absent, and no token is in it."""

    @property
    def bus(self) -> Bus: ...

    @property
    def orders(self) -> OrderDesk | None:
        """None where no orders are taken: nothing is subscribed to then."""
        ...

    @property
    def is_ending(self) -> bool:
        """Somebody wants the program to end. What is cancelled without that was cancelled by a failure."""
        ...

    def now(self) -> Instant: ...

    def time_quality(self) -> str:
        """Of `now`: "none", "csms" (told by the central system) or "clock"."""
        ...

    def identity(self) -> Mapping[str, Any]:
        """Of the birth: `serial_number`, `vendor`, `model`, `board`, `versions`."""
        ...

    def ports(self) -> Sequence[int]:
        """Their numbers, from 1."""
        ...

    def verdicts(self) -> Mapping[str, Any]:
        """What a new health document is sent for when it changes: the verdicts and the keys of their reasons. Cheap."""
        ...

    async def health(self) -> Mapping[str, Any]:
        """The whole document, below 64 KiB."""
        ...

    async def port_status(self, port: int) -> Mapping[str, Any]:
        """Schema `port_status` but for the head."""
        ...

    def port_meter(self, port: int) -> Mapping[str, Any] | None:
        """Schema `port_meter` but for the head; None where the meter said nothing yet."""
        ...

    async def load_profile(self, day: str) -> Mapping[str, Any] | None:
        """Schema `load` but for the head, of a day (UTC) that is over; None where nothing was recorded."""
        ...
