"""What a person with tools may ask of a pilot board, beside its everyday work. A control pilot may offer it.

Every method may raise DriverUnavailable (no answer), DriverRejected (the board said no, and why) and DriverImplausible
(an answer that makes no sense). None of them moves the contactor or the offer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from agent.values import frozen

Quantity = str | int | float | bool | None


@frozen(kw_only=True)
class BoardDescription:
    """Who the board is and what it counts. Units end the names; a part that the board has not is empty."""

    board: str
    revision: str
    firmware_version: str
    boot_id: str
    uptime_s: float
    capabilities: tuple[str, ...]
    measures: Mapping[str, Quantity]
    calibration: Mapping[str, Quantity]
    counters: Mapping[str, Quantity]
    update: Mapping[str, Quantity]
    configuration: Mapping[str, Quantity]
    mark: str
    """What a board file pins this configuration by; "" where the board tells none."""
    pinned: str
    """What the board file pins; "" where it takes any."""


@frozen(kw_only=True)
class PilotCapture:
    """Raw samples of the pilot, in millivolts, `step_us` microseconds apart."""

    step_us: int
    levels_mv: tuple[int, ...]


@frozen(kw_only=True)
class TripRecord:
    """What the board saw around its last trip: a row for each moment, oldest first. Units end the columns' names.

    `age_s` is how long ago it tripped; None where the board runs for longer than it counts in its records.
    """

    age_s: float | None
    columns: tuple[str, ...]
    rows: tuple[tuple[Quantity, ...], ...]


@frozen(kw_only=True)
class Clearing:
    """The end of one latched fault, as somebody signed it."""

    fault: str
    operator: str
    reason: str
    signature: bytes


@frozen(kw_only=True)
class FlashOutcome:
    """How an update ended. `stayed`: the new program runs, confirmed; else the board went back to the old one."""

    before: str
    after: str
    stayed: bool
    detail: str = ""


Supply = Callable[[int, int], Awaitable[bytes]]
"""So many bytes of an image from a place on."""
Progress = Callable[[int, int], Awaitable[None]]
"""Told now and then: bytes the board has, and all of them."""


class BoardService(Protocol):
    async def describe(self) -> BoardDescription: ...

    async def capture(self) -> PilotCapture:
        """The last 100 ms of the pilot."""
        ...

    async def trip_record(self) -> TripRecord:
        """The last trip's evidence; raises DriverRejected where there was none."""
        ...

    async def text_to_sign(self, fault: str, operator: str, reason: str) -> bytes:
        """What a signature for this clearing must be made of; void after a restart and after its use."""
        ...

    async def clear(self, clearing: Clearing) -> None:
        """Returns once the board let go of the fault."""
        ...

    async def confirm(self) -> None:
        """A person's word that the board may serve again after several short lives in a row (`mcu.restarts`)."""
        ...

    async def flash(self, size: int, supply: Supply, progress: Progress) -> FlashOutcome:
        """Write an image of `size` bytes, let the board start it, and wait for what becomes of it."""
        ...
