"""What a person with tools may ask of a pilot board, beside its everyday work. A control pilot may offer it.

Every method may raise DriverUnavailable (no answer), DriverRejected (the board said no, and why) and DriverImplausible
(an answer that makes no sense). None of them moves the contactor or the offer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Protocol, runtime_checkable

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

    async def restart(self) -> float | None:
        """Have the board start anew while nobody is plugged in; seconds until it was heard again.

        None: it agreed and was not heard again in time. DriverRejected says what it waits for; it forgets nothing by a
        start that counts still.
        """
        ...

    async def flash(self, size: int, supply: Supply, progress: Progress) -> FlashOutcome:
        """Write an image of `size` bytes, let the board start it, and wait for what becomes of it."""
        ...


class Drive(Enum):
    """What the pilot shall show in a test. CUT: nothing at all, as in a wake-up. RELEASE: the board decides again."""

    RELEASE = "release"
    X1 = "x1"
    F = "f"
    PWM = "pwm"
    CUT = "cut"


@frozen(kw_only=True)
class ResidualTestOutcome:
    """One self-test of the residual current unit. Milliseconds from the test pulse; None where it never happened.

    `chain_dropped`: None on a board that cannot see its hardware chain.
    """

    passed: bool
    trip_ms: int | None
    clear_ms: int | None
    chain_dropped: bool | None


@frozen(kw_only=True)
class Travel:
    """The latest closing and opening of the contactor, milliseconds after the coil was switched; None: not seen.

    `load_*_ms` by phase, L1 first, of those that are sensed. `why_opened` is the board's own word for what came before
    ("state", "permit", "residual", "chain", "earth", "lease", "fault"; "" before the first opening), and `event_ms` how
    long before the coil it was seen: the two times together are a reaction from event to dead output. "lease" counts
    from the last wish that was heard. Seen by the board's loop, to 5 ms; a phase up to 30 ms later than it is.
    """

    mirror_closed_ms: int | None
    load_live_ms: tuple[int | None, ...]
    mirror_open_ms: int | None
    load_dead_ms: tuple[int | None, ...]
    why_opened: str
    event_ms: int | None


@runtime_checkable
class TestedBoard(BoardService, Protocol):
    """A board's service may be one of these too: it takes part in the self-tests of the charger.

    Nothing in here closes the contactor: that remains permission and a car's (or adapter's) state C. What a test drives
    ends by itself: with a plug, a fault, a permission, a silent host, and after ten seconds.
    """

    async def challenge(self) -> bytes:
        """What the proof of a test with power is made for: HMAC-SHA256 of it with the local key of the unit."""
        ...

    async def begin_test(self, proof: bytes) -> None:
        """Let the contactor close before commissioning. DriverRejected: the proof is wrong, or it is not the time."""
        ...

    async def end_test(self) -> None: ...

    async def drive(self, what: Drive, duty_percent: float = 0.0) -> None:
        """Show something on an empty outlet's pilot, or CUT it with an adapter in; `duty_percent` (3…97) is for PWM.

        Returns once the board says that it is driven. PWM comes after three seconds of x1, unless it is there already.
        CUT ends after six seconds, the rest after ten. DriverRejected: it is not the time, and what it would need.
        """
        ...

    async def test_residual(self) -> ResidualTestOutcome:
        """The board's own self-test of the unit, now."""
        ...

    async def last_residual_test(self) -> ResidualTestOutcome | None:
        """What became of the last one; None while one runs, before the first, and where the board has no unit."""
        ...

    async def travel(self) -> Travel: ...

    async def stop_alive(self) -> None:
        """Under a test with power: stop the pulses that keep the hardware chain closed, outputs left as they are."""
        ...

    async def hang(self) -> None:
        """Under a test with power: stand still until the watchdog starts the board anew."""
        ...

    async def fall_silent(self, seconds: float) -> None:
        """Say no word to the board for so long, whatever is wished meanwhile, as a Linux that has died."""
        ...
