"""The lock of a socket on GPIO lines: `driver = "motor_lock"` under `lock`.

    [connector.lock]
    driver = "motor_lock"
    bus = "gpio"
    lock_line = "LOCK"
    unlock_line = "UNLOCK"
    feedback_line = "LOCKED"
    feedback = "normally_open"

`lock_line` and `unlock_line` turn the motor one way and the other, by pulses; without an `unlock_line` the bolt is
locked only while `lock_line` is driven, and a spring pulls it back. `feedback` is the contact that a locked bolt moves;
one that rests open is the better one: a broken wire then reads as "not locked", and nothing is charged.

Missing: it does not feel whether the plug is live: the agent keeps it locked while a contactor is told as closed or
welded. There is no stored energy that opens it without mains.
Wiring: an H-bridge, or two relays that are interlocked by their own contacts; a motor of 12 V that bears pulses of
`pulse_ms`; the contact dry, to ground or, with `feedback_closes_to = "supply"`, to the supply.
Quirks: - Ten movements a minute and no more, as the motors of such locks bear; what is asked for beyond waits.
  - A program that ends leaves a motor's bolt where it is; a bolt with a spring opens then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Annotated

from agent.drivers.buses.gpio import GpioBus
from agent.drivers.gpio.contact import ClosesTo, contact_line
from agent.drivers.gpio.lines import Absent, LineName, OutputLine
from agent.drivers.interfaces import Bus, DeviceFault
from agent.drivers.level import Level, changes
from agent.drivers.locks.motor import REST_BEFORE_TURNING_S, TRIES, TRY_S, Drive, Motor
from agent.drivers.power_path.contacts import ContactKind
from agent.errors import DriverUnavailable
from agent.tables import Within
from agent.values import frozen

BUS_KINDS = ("gpio",)
SETTLES_WITHIN_S = TRIES * TRY_S + REST_BEFORE_TURNING_S
"""Three tries; what takes longer is told as it is then, and goes on."""
DEBOUNCE_S = 0.01
LOST_AFTER_S = 10.0
"""Lines that are away for so long while a plug is to be locked count as a lock that did not lock. Proposed value."""


@frozen(kw_only=True)
class Options:
    """`pulse_ms` is the longest that the motor is driven at a time; it ends when the feedback agrees."""

    bus: str
    lock_line: LineName
    feedback_line: LineName
    unlock_line: LineName | None = None
    active_low: bool = False
    pulse_ms: Annotated[int, Within(50, 1000, "ms", "longer pulses burn the motor of a bolt that is stuck")] = 600
    feedback: ContactKind = ContactKind.NORMALLY_OPEN
    feedback_closes_to: ClosesTo = ClosesTo.GROUND
    feedback_own_resistor: bool = False


@frozen(kw_only=True)
class Seen:
    """What is known of the lock. `absent`: lines that cannot be used now, with why; None for a bus not yet open."""

    is_locked: bool | None = None
    absent: Absent | None = None
    is_lost: bool = False
    """Lines were away for LOST_AFTER_S."""
    has_failed: bool = False
    gave_way: bool = False
    wish: bool | None = None

    @property
    def is_settled(self) -> bool:
        """There is nothing to wait for: it is where it is wanted, or cannot be moved there."""
        return self.absent is not None or self.has_failed or self.is_locked is self.wish


class MotorLock:
    """A `Lock` that tells its faults."""

    def __init__(self, name: str, bus: GpioBus, options: Options) -> None:
        self.name = name
        self.level: Level[Seen] = Level(Seen())
        self._options = options
        self._motor = Motor(options.pulse_ms / 1000, springs_back=options.unlock_line is None)
        self._timer: asyncio.TimerHandle | None = None
        self._away_since_s: float | None = None
        self._is_open = False
        lines = [line for line in (options.lock_line, options.unlock_line) if line is not None]
        wanted = [OutputLine(line=line, active_low=options.active_low) for line in lines]
        self._drives = bus.outputs(name, wanted, self._look)
        contact = contact_line(
            options.feedback_line,
            options.feedback,
            options.feedback_closes_to,
            own_resistor=options.feedback_own_resistor,
            debounce_s=DEBOUNCE_S,
        )
        self._feedback = bus.inputs(name, [contact], on_level=self._look)

    async def open(self) -> None:
        """The bus asks for the lines."""
        self._is_open = True

    async def aclose(self) -> None:
        """The motor rests; its bolt stays where it is: a program that ends holds no cable and gives none away."""
        self._is_open = False
        self._cancel()
        with suppress(DriverUnavailable):
            self._drives.set(*self._drives.safe)

    async def set_locked(self, locked: bool) -> bool:
        """Whether it is locked, at the latest after SETTLES_WITHIN_S. Raises DriverUnavailable.

        The wish stays, and is carried out once the lines are back.
        """
        self._motor.want(locked)
        self._look()
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLES_WITHIN_S):
                while not self.level.value.is_settled:
                    await self.level.change()
        return self._require()

    def trouble(self) -> str:
        """`Troubled`: why its lines cannot be used."""
        absent = self.level.value.absent
        return "" if absent is None else absent.why

    def is_locked(self) -> bool | None:
        """`FeltLock`: by its feedback."""
        return self.level.value.is_locked

    def faults(self) -> AsyncIterator[tuple[DeviceFault, ...]]:
        """What it does that it was not told, each time that set changes; being away for long is one of these."""
        return changes(self.level, _to_tell, _faults)

    def _require(self) -> bool:
        seen = self.level.value
        if seen.absent is not None:
            raise seen.absent.error(self.name)
        if seen.is_locked is None:
            raise DriverUnavailable(self.name, "its lines are not there yet; check again in a moment")
        return seen.is_locked

    def _look(self) -> None:
        """Something has changed, or it is time."""
        self._cancel()
        if not self._is_open:
            return
        feedback, drives = self._feedback.level.value, self._drives.level.value
        absent = next((one for one in (drives, feedback) if isinstance(one, Absent)), None)
        motor = self._motor
        if not isinstance(feedback, tuple) or not isinstance(drives, tuple):
            # Nobody drives a motor blind; what comes back begins with its lines at rest.
            motor.drive = Drive.REST
            self.level.set(Seen(absent=absent, is_lost=self._is_lost(absent), wish=motor.wish))
            return
        self._away_since_s = None
        motor.observe(feedback[0], asyncio.get_running_loop().time())
        self._look_again_at(motor.due_s)
        self._follow(drives)
        self.level.set(
            Seen(is_locked=feedback[0], has_failed=motor.has_failed, gave_way=motor.gave_way, wish=motor.wish)
        )

    def _is_lost(self, absent: Absent | None) -> bool:
        """Looks again when it will be."""
        if absent is None:
            return False
        now_s = asyncio.get_running_loop().time()
        self._away_since_s = now_s if self._away_since_s is None else self._away_since_s
        lost_at_s = self._away_since_s + LOST_AFTER_S
        if now_s < lost_at_s:
            self._look_again_at(lost_at_s)
        return now_s >= lost_at_s

    def _look_again_at(self, due_s: float | None) -> None:
        if due_s is not None:
            self._timer = asyncio.get_running_loop().call_at(due_s, self._look)

    def _follow(self, now: tuple[bool, ...]) -> None:
        drive = self._motor.drive
        wanted = (drive is Drive.LOCK, drive is Drive.UNLOCK)[: len(now)]
        if wanted != now:
            # Lines that are lost in this very moment are told by their level.
            with suppress(DriverUnavailable):
                self._drives.set(*wanted)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _to_tell(seen: Seen) -> Seen | None:
    """None while it is not known: what was told last stands for a moment."""
    return seen if seen.is_locked is not None or seen.is_lost else None


def _faults(seen: Seen) -> tuple[DeviceFault, ...]:
    found = []
    if seen.has_failed:
        id = "lock.lock_failed" if seen.wish else "lock.unlock_failed"
        found.append(DeviceFault(id=id, evidence=(("tries", TRIES),)))
    if seen.is_lost and seen.wish and seen.absent is not None:
        found.append(DeviceFault(id="lock.lock_failed", evidence=(("detail", seen.absent.why),)))
    if seen.gave_way:
        found.append(DeviceFault(id="lock.unexpected_open"))
    return tuple(found)


def create(name: str, options: Options, buses: Mapping[str, Bus]) -> MotorLock:
    """Raises ConfigError where a line has a user already."""
    bus = buses[options.bus]
    assert isinstance(bus, GpioBus)
    return MotorLock(name, bus, options)
